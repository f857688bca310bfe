"""`spikes`: records far beyond their meter's norm, which wait for a person (ADR 0032)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import typer

from meterhouse.domain.accounting.norms import norm_days, norms_of
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.operator_commands import DONE
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.records.settlement import Operator
from meterhouse.domain.records.spikes import going_time_of
from meterhouse.errors import JournalCorruptError
from meterhouse.ports.ledger import UsageLedger
from operations.answers import Answer, StandingRecord, Unreadable
from operations.careful_ledger import CarefulUsageTable
from operations.options import IsAgreed, agree, answering
from operations.reads import ENTRIES_MAX, read_unfinished
from operations.reconcile_function import ReconcileFunction
from operations.record_orders import (
    ByWhom,
    OrderAnswer,
    RecordNames,
    WhyIfTold,
    command_of,
    send_command,
)

# Of each the sheets of nine days are read.
SPIKES_MAX = 1_000

app = typer.Typer(
    no_args_is_help=True,
    help="Look at records that wait because they are far beyond their norm, and decide.",
)


@dataclass(frozen=True, slots=True)
class HeldSpike:
    """A record that waits; `norm` is the most that AWS billed for an hour of the days before."""

    record: str
    units: Decimal
    norm: Decimal | None
    goes_at: datetime
    deadline: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SpikesAnswer(Answer):
    """Every record that waits as a spike; what goes first stands first."""

    records: tuple[HeldSpike, ...]

    @property
    def sentences(self) -> Iterator[str]:
        """Say what can be done."""
        if not self.records:
            yield "No record waits as a spike."
        else:
            yield (
                "`spikes release` has one billed at once, `spikes reject` not at all. Without a "
                "word it goes by itself."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionAnswer(OrderAnswer):
    """What became of each record that was named; `decision` is what was wanted of it."""

    decision: str

    @property
    def sentences(self) -> Iterator[str]:
        """Say what comes next."""
        if any(one.is_done for one in self.records):
            yield (
                "What is released is sent by this run or the next."
                if self.decision == "released"
                else "What is rejected is not billed; `redrive` has it billed after all."
            )
        if not self.is_done:
            yield "Nothing was done about the others: they do not wait as spikes."


@answering
def list_spikes(ledger: CarefulUsageTable, *, now: datetime) -> SpikesAnswer:
    """List the records that wait, with their norm and the time when each goes by itself."""
    return read_spikes(ledger, now)


@answering
def release(
    function: ReconcileFunction,
    records: RecordNames,
    *,
    reason: WhyIfTold = None,
    by: ByWhom = None,
    yes: IsAgreed = False,
    caller: str,
) -> DecisionAnswer:
    """Have records billed at once that wait as spikes, as they are frozen.

    Exits with 1 when one of them does not wait.
    """
    named = tuple(dict.fromkeys(records))
    agree(f"Have {len(named)} record(s) billed: {', '.join(named)}?", is_agreed=yes)
    return decide_spikes(function, "release", named, Operator(caller, by), reason=reason)


@answering
def reject(
    function: ReconcileFunction,
    records: RecordNames,
    *,
    reason: WhyIfTold = None,
    by: ByWhom = None,
    yes: IsAgreed = False,
    caller: str,
) -> DecisionAnswer:
    """Say that records that wait as spikes are wrong: they are not billed.

    They stand among what ended unbilled, and can be redriven like any rejected record. Exits with
    1 when one of them does not wait.
    """
    named = tuple(dict.fromkeys(records))
    agree(f"Leave {len(named)} record(s) unbilled: {', '.join(named)}?", is_agreed=yes)
    return decide_spikes(function, "reject", named, Operator(caller, by), reason=reason)


def read_spikes(
    ledger: UsageLedger, now: datetime, *, entries_max: int = ENTRIES_MAX
) -> SpikesAnswer:
    """Return the records that wait as spikes, with what is usual of their meters."""
    unfinished = read_unfinished(ledger, now, entries_max=entries_max)
    held = [one for one in unfinished.records if one.reason == Reason.SPIKE_HELD]
    unreadable = [*unfinished.unreadable]
    rows = [_row(ledger, one, unreadable) for one in held[:SPIKES_MAX]]
    return SpikesAnswer(
        records=tuple(sorted(rows, key=lambda one: (one.goes_at, one.record))),
        is_whole=unfinished.is_whole and len(held) <= SPIKES_MAX,
        unreadable=tuple(unreadable),
    )


def decide_spikes(
    function: ReconcileFunction,
    command: str,
    names: Iterable[str],
    operator: Operator,
    *,
    reason: str | None = None,
) -> DecisionAnswer:
    """Have records released or rejected, which is on record; return what became of each."""
    said = command_of(command, names, operator, {"reason": reason})
    return DecisionAnswer(decision=DONE[command], records=send_command(function, said))


def _row(ledger: UsageLedger, record: StandingRecord, unreadable: list[Unreadable]) -> HeldSpike:
    key = RecordKey.parse(record.record)
    norms: dict[str, Decimal] = {}
    try:
        norms = norms_of(ledger.sheets(key.subscription, *norm_days(key.hour_at)))
    except JournalCorruptError as error:
        unreadable.append(Unreadable(f"norm of {record.record}", str(error)))
    return HeldSpike(
        record=record.record,
        units=record.units,
        norm=norms.get(key.dimension),
        goes_at=going_time_of(key.hour_at),
        deadline=record.deadline,
    )


app.command("list")(list_spikes)
app.command()(release)
app.command()(reject)
