"""`restore-begin`, `restore-finish`, `restore-report`: a usage table that was restored.

docs/disaster-recovery.md has the whole procedure.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from meterhouse.adapters.usage_table.layout import Layout
from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.hours import SUBMISSION_WINDOW
from meterhouse.domain.journal.head import Head
from meterhouse.domain.keys import LogKey, RecordKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.records.record import MeteringRecord
from meterhouse.ports.ledger import UsageLedger
from operations.answers import LayoutAnswer, UnsureAnswer, WithheldUnits
from operations.careful_ledger import CarefulUsageTable
from operations.errors import OperationError
from operations.hour_list import FIRST_AT
from operations.options import IsAgreed, agree, answering
from operations.reads import noted_unreadable, standing_of_record
from operations.times import read_moment

# A function's clock may be ahead of the operator's by so much.
_CLOCK_MARGIN = timedelta(minutes=5)


Moment = typer.Option(parser=read_moment, metavar="TIME")


@answering
def restore_begin(
    ledger: CarefulUsageTable,
    *,
    restored_to: Annotated[datetime, Moment],
    stopped_at: Annotated[datetime, Moment],
    shards: Annotated[
        int | None, typer.Option(help="JournalShards, if the table was never used at that time.")
    ] = None,
    yes: IsAgreed = False,
) -> LayoutAnswer:
    """Fence off a restored usage table, before functions use it.

    It was restored to the state of --restored-to; no function has used the lost table since
    --stopped-at. What that table may have billed will be treated as sent.
    """
    before = ledger.find_layout()
    _check(ledger, before, restored_to, stopped_at)
    known = before or (None if shards is None else Layout(shards, ledger.name))
    if known is None:
        raise OperationError(
            f"table {ledger.name} says nothing of itself: it is no UsageTable, or was not used yet "
            "at the time of --restored-to. In the latter case add --shards with the stack's "
            "JournalShards"
        )
    lost_until = max(stopped_at + _CLOCK_MARGIN, known.lost_until or stopped_at)
    after = replace(
        known,
        table=ledger.name,
        is_fenced=True,
        restored_to=min(restored_to, known.restored_to or restored_to),
        lost_until=lost_until,
    )
    agree(
        f"Table {ledger.name}: usage of all hours that began by {lost_until:%Y-%m-%dT%H:%MZ} will "
        "count as perhaps billed, for good, and nothing is billed until restore-finish. Go on?",
        is_agreed=yes,
    )
    ledger.change_layout(before, after)
    return _answer(after)


def _check(
    ledger: CarefulUsageTable, before: Layout | None, restored_to: datetime, stopped_at: datetime
) -> None:
    if restored_to > stopped_at:
        raise OperationError("--restored-to lies after --stopped-at")
    if stopped_at > datetime.now(UTC) + _CLOCK_MARGIN:
        raise OperationError("--stopped-at lies in the future: stop the functions first")
    if before is not None and before.table == ledger.name and not before.is_fenced:
        raise OperationError(
            f"table {ledger.name} is in use under its own name. Name the restored table; a table "
            "has to be restored under a name of its own, since running functions would not notice "
            "that it is another one"
        )


@answering
def restore_finish(ledger: CarefulUsageTable, *, yes: IsAgreed = False) -> LayoutAnswer:
    """Let billing go on: producers have sent again what may be lost, and it is drained."""
    before = ledger.layout()
    if before.table != ledger.name:
        raise OperationError(
            f"table {ledger.name} holds what was written to {before.table}: restore-begin comes "
            "first, since only you know until when that table billed"
        )
    if not before.is_fenced:
        raise OperationError(f"table {ledger.name} is not fenced: there is nothing to finish")
    agree(
        "Usage that comes from now on for an hour that was billed stays unbilled, and is named by "
        "restore-report. Has everything been sent again, and is UsageQueue empty?",
        is_agreed=yes,
    )
    after = replace(before, is_fenced=False)
    ledger.change_layout(before, after)
    return _answer(after)


@answering
def restore_report(ledger: CarefulUsageTable) -> UnsureAnswer:
    """Show what only AWS knows of since a restore: it was billed, or not, or in part."""
    layout = ledger.layout()
    if layout.restored_to is None or layout.lost_until is None:
        return UnsureAnswer(restored_to=None, lost_until=None, records=(), withheld=())
    now, records, withheld = datetime.now(UTC), list[MeteringRecord](), list[WithheldUnits]()
    for head in ledger.heads_between(FIRST_AT, layout.lost_until):
        if _may_hold_unsure(head, layout.restored_to):
            of_log = (one for batch in ledger.batches(head.log) for one in batch.records)
            records += filter(_is_unsure, of_log)
            withheld += _withheld(ledger, head.log)
    return UnsureAnswer(
        restored_to=layout.restored_to,
        lost_until=layout.lost_until,
        records=tuple(standing_of_record(one, now) for one in records),
        withheld=tuple(withheld),
        unreadable=tuple(noted_unreadable(ledger.noted)),
    )


def _may_hold_unsure(head: Head, restored_to: datetime) -> bool:
    """Tell whether an hour has to be read: its head tells what expired, once accounted for."""
    is_recent = head.log.hour_at >= restored_to - SUBMISSION_WINDOW
    unbilled = {Standing.EXPIRED, Standing.REJECTED} & dict(head.totals).keys()
    return is_recent or not head.is_balanced or bool(unbilled)


def _is_unsure(record: MeteringRecord) -> bool:
    is_lost = record.status.reason == Reason.LOST_DUPLICATE
    # The lost table may have redriven what it was refused.
    is_unbilled = record.state in (RecordState.EXPIRED, RecordState.REJECTED)
    return bool(record.units) and (is_lost or is_unbilled)


def _withheld(ledger: UsageLedger, log: LogKey) -> Iterator[WithheldUnits]:
    for carry in ledger.carries(log).values():
        for (subscription, dimension), units, _ in carry.parts if carry.is_withheld else ():
            record = RecordKey(subscription, dimension, log.hour_at)
            yield WithheldUnits(str(record), carry.name, units)


def _answer(layout: Layout) -> LayoutAnswer:
    return LayoutAnswer(
        shards=layout.shards,
        is_fenced=layout.is_fenced,
        restored_to=layout.restored_to,
        lost_until=layout.lost_until,
    )
