"""`redrive`: have records billed after all that AWS refused."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records.audit_trail import standing_text
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.records.settlement import Operator
from meterhouse.domain.records.step_on_redrive import step_on_redrive
from meterhouse.errors import CommandRefusedError
from meterhouse.use_cases.billing.named_records import find_record
from operations.careful_ledger import CarefulUsageTable, OpenTable
from operations.options import IsAgreed, agree, answering
from operations.reconcile_function import ReconcileFunction
from operations.record_orders import (
    ByWhom,
    OrderAnswer,
    RecordNames,
    WhyIfTold,
    command_of,
    send_command,
)
from operations.showing import print_rows


class RedriveStep(StrEnum):
    """What a redrive does with a record."""

    SENT = "the frozen record is sent again, unchanged"
    CARRIED = "its quantity is billed with the current hour, if at all"
    NONE = "nothing is done"


@dataclass(frozen=True, slots=True)
class RedriveEffect:
    """What a redrive would do with a record; the function knows its subscription, too.

    `remark` is why nothing is done.
    """

    record: str
    stands: str
    reason: str | None
    units: Decimal
    effect: RedriveStep
    remark: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RedriveAnswer(OrderAnswer):
    """What became of each record that was named."""

    @property
    def sentences(self) -> Iterator[str]:
        """Say what the answers mean."""
        if any(one.is_done for one in self.records):
            yield "What is redriven is sent again, or billed with the current hour: see `record`."
        if any(one.answer == Reason.SUBSCRIPTION_UNKNOWN for one in self.records):
            yield "`subscription_unknown`: redrive it when its buyer has registered."
        if any(one.answer == Reason.TENANT_UNLINKED for one in self.records):
            yield "`tenant_unlinked`: a later link does not change it; see `explain`."
        if not self.is_done:
            yield (
                "Nothing was done about the others. Only REJECTED records can be redriven: they "
                "are the ones that AWS surely does not bill."
            )


@answering
def redrive(
    function: ReconcileFunction,
    records: RecordNames,
    *,
    reason: WhyIfTold = None,
    by: ByWhom = None,
    yes: IsAgreed = False,
    now: datetime,
    caller: str,
    table: OpenTable,
) -> RedriveAnswer:
    """Have rejected records billed after all, once the cause is mended.

    Inside AWS's 24 hours the frozen record is sent again, unchanged; after them its quantity is
    billed with the current hour, and with it what came later while nobody knew its subscription.
    Exits with 1 when a record was not redriven.
    """
    named = tuple(dict.fromkeys(records))
    if not yes:
        with table() as ledger:
            if ledger is not None:
                print_rows(redrive_effects(ledger, named, now))
    agree(f"Redrive {len(named)} record(s): {', '.join(named)}?", is_agreed=yes)
    return redrive_records(function, named, Operator(caller, by), reason=reason)


def redrive_effects(
    ledger: CarefulUsageTable, names: Iterable[str], now: datetime
) -> tuple[RedriveEffect, ...]:
    """Return what a redrive would do, as far as the table alone tells; nothing is written."""
    shards = ledger.layout().shards
    return tuple(_effect_of(ledger, shards, RecordKey.parse(one), now) for one in names)


def _effect_of(
    ledger: CarefulUsageTable, shards: int, key: RecordKey, now: datetime
) -> RedriveEffect:
    try:
        record = find_record(ledger, shards, key).record
    except CommandRefusedError as error:
        return RedriveEffect(
            str(key), error.answer, None, Decimal(0), RedriveStep.NONE, remark=str(error)
        )
    effect, remark = RedriveStep.NONE, None
    try:
        step = step_on_redrive(record, now)
    except CommandRefusedError as error:
        remark = str(error)
    else:
        is_sent = step.state is RecordState.SEALED
        effect = RedriveStep.SENT if is_sent else RedriveStep.CARRIED
    return RedriveEffect(
        record=str(key),
        stands=standing_text(record),
        reason=record.status.reason,
        units=record.units,
        effect=effect,
        remark=remark,
    )


def redrive_records(
    function: ReconcileFunction,
    names: Iterable[str],
    operator: Operator,
    *,
    reason: str | None = None,
) -> RedriveAnswer:
    """Have records redriven, and return what became of each; who does so is on record."""
    command = command_of("redrive", names, operator, {"reason": reason})
    return RedriveAnswer(records=send_command(function, command))
