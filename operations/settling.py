"""`write-off`, `bill-elsewhere` and `reopen`: say what became of usage that AWS does not bill."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

import typer

from meterhouse.domain.journal.settling import entry_of
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.operator_commands import read_commands
from meterhouse.domain.records.audit_trail import standing_text
from meterhouse.domain.records.settlement import Operator, SettlingWord
from meterhouse.errors import CommandRefusedError, CommandUnreadableError
from meterhouse.use_cases.billing.settle_record import plan_settling
from operations.careful_ledger import CarefulUsageTable, OpenTable
from operations.options import IsAgreed, answering
from operations.reconcile_function import ReconcileFunction
from operations.record_orders import (
    ByWhom,
    Command,
    OrderAnswer,
    RecordNames,
    Why,
    command_of,
    send_command,
)
from operations.showing import print_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledAnswer(OrderAnswer):
    """What became of each record that was named."""

    @property
    def sentences(self) -> Iterator[str]:
        """Say what the answers mean."""
        answers = {one.answer for one in self.records}
        if "settled" in answers:
            yield (
                "What is settled needs nobody any more: `refused` shows it no more, `record`, "
                "`statement` and `audit-trail` do. `reopen` takes it back."
            )
        if "reopened" in answers:
            yield "What is reopened needs a person again: see `refused`."
        if "changed_meanwhile" in answers:
            yield "`changed_meanwhile`: look at the record again, and repeat the command."
        if any(one.startswith("settled: ") for one in answers):
            yield "What is settled already in another way is reopened first."
        if not self.is_done:
            yield "Nothing was done about the others."


@dataclass(frozen=True, slots=True)
class Effect:
    """What a command would do about a record, or why it would do nothing."""

    record: str
    stands: str
    units: Decimal
    late_units: Decimal
    becomes: str


@answering
def write_off(
    function: ReconcileFunction,
    records: RecordNames,
    *,
    reason: Why,
    by: ByWhom = None,
    yes: IsAgreed = False,
    caller: str,
    table: OpenTable,
) -> SettledAnswer:
    """Write usage off that AWS does not bill, so that it needs nobody any more.

    It is for records that are REJECTED, DISPUTED or EXPIRED, and for what came too late for one:
    nobody is to pay for it. Who did so, when and why stays on record. Exits with 1 when something
    was not written off.
    """
    said = {"as": "written_off", "reason": reason}
    command = command_of("settle", records, Operator(caller, by), said)
    question = "Write off what this shows, which nobody will bill"
    return _do(function, command, question, table=table, is_agreed=yes)


@answering
def bill_elsewhere(
    function: ReconcileFunction,
    records: RecordNames,
    *,
    reference: Annotated[
        str, typer.Option(help="Where it is billed: an invoice's number, a case with AWS.")
    ],
    reason: Why,
    by: ByWhom = None,
    yes: IsAgreed = False,
    caller: str,
    table: OpenTable,
) -> SettledAnswer:
    """Note that usage which AWS does not bill is billed elsewhere, and never redrive it.

    It is for records that are REJECTED, DISPUTED or EXPIRED, and for what came too late for one.
    Who did so, when, why and where it is billed stays on record. Exits with 1 when something was
    not noted.
    """
    said = {"as": "billed_elsewhere", "reason": reason, "reference": reference}
    command = command_of("settle", records, Operator(caller, by), said)
    question = f"Note that what this shows is billed elsewhere ({reference})"
    return _do(function, command, question, table=table, is_agreed=yes)


@answering
def reopen(
    function: ReconcileFunction,
    records: RecordNames,
    *,
    reason: Why,
    by: ByWhom = None,
    yes: IsAgreed = False,
    caller: str,
    table: OpenTable,
) -> SettledAnswer:
    """Take back that usage was written off or billed elsewhere: it needs a person again.

    A REJECTED record can be redriven then: be sure that nobody has paid for it. Who did so, when
    and why stays on record. Exits with 1 when something was not settled.
    """
    command = command_of("reopen", records, Operator(caller, by), {"reason": reason})
    question = "Reopen what this shows, which can then be redriven"
    return _do(function, command, question, table=table, is_agreed=yes)


def words_of(command: Command) -> dict[RecordKey, SettlingWord]:
    """Return what a command says of each record; raises CommandUnreadableError."""
    read = read_commands(command, datetime.now(UTC))
    return {**read.settled, **read.reopened}


def effects_of(
    ledger: CarefulUsageTable, words: Mapping[RecordKey, SettlingWord]
) -> tuple[Effect, ...]:
    """Return what would be done, by the same decision over the table; nothing is written."""
    shards = ledger.layout().shards
    return tuple(_effect_of(ledger, shards, key, word) for key, word in words.items())


def _do(
    function: ReconcileFunction,
    command: Command,
    question: str,
    *,
    table: OpenTable,
    is_agreed: bool,
) -> SettledAnswer:
    try:
        words = words_of(command)
    except CommandUnreadableError as error:
        raise typer.BadParameter(str(error)) from error
    if not is_agreed:
        with table() as ledger:
            if ledger is not None:
                print_rows(effects_of(ledger, words))
        typer.confirm(f"{question}: {', '.join(map(str, words))}?", abort=True)
    return SettledAnswer(records=send_command(function, command))


def _effect_of(
    ledger: CarefulUsageTable, shards: int, key: RecordKey, word: SettlingWord
) -> Effect:
    nothing = Decimal(0)
    try:
        placed, settling = plan_settling(ledger, shards, key, word)
    except CommandRefusedError as error:
        return Effect(str(key), error.answer, nothing, nothing, "nothing is done")
    entry = entry_of(word, key, placed.record, settling)
    stands = standing_text(placed.record)
    return Effect(str(key), stands, entry.units, entry.late_units, entry.action.value)
