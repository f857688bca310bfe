"""`audit-trail`: who did what about usage that was not billed, when and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated

import typer

from meterhouse.domain.records.audit_trail import AuditEntry
from operations.answers import Answer
from operations.careful_ledger import CarefulUsageTable
from operations.hour_list import FIRST_AT
from operations.options import answering
from operations.record_orders import read_record_name
from operations.times import read_day

ENTRIES_MAX = 20_000


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One action, as the table has it."""

    done_at: datetime
    action: str
    record: str
    units: Decimal
    late_units: Decimal
    caller: str
    by: str | None
    reason: str | None
    reference: str | None
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditTrailAnswer(Answer):
    """What people did, in the order of time."""

    entries: tuple[AuditRow, ...]

    @property
    def sentences(self) -> Iterator[str]:
        """Say when there is nothing."""
        if not self.entries:
            yield "Nobody did anything."


@answering
def audit_trail(
    ledger: CarefulUsageTable,
    *,
    record: Annotated[
        str | None,
        typer.Option(parser=read_record_name, metavar="RECORD", help="Of one record alone."),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            parser=read_day, metavar="DAY", help="From the start of a UTC day, as 2026-11-22."
        ),
    ] = None,
    now: datetime,
) -> AuditTrailAnswer:
    """Show who wrote usage off, billed it elsewhere or reopened it, when and why.

    Each entry was written together with what it tells of, and is never changed.
    """
    first_at = since or FIRST_AT
    found = ledger.audit_trail(first_at, now, count_max=ENTRIES_MAX)
    rows = tuple(_row(one) for one in found if record in {None, str(one.record)})
    return AuditTrailAnswer(entries=rows, is_whole=len(found) < ENTRIES_MAX)


def _row(one: AuditEntry) -> AuditRow:
    return AuditRow(
        one.done_at,
        one.action.value,
        str(one.record),
        one.units,
        one.late_units,
        one.operator.caller,
        one.operator.name,
        one.reason,
        one.reference,
        one.before,
        one.after,
    )
