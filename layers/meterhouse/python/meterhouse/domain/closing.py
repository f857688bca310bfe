"""Putting a record off, and ending one that AWS does not bill: its usage carried on, or visible."""

from datetime import datetime, timedelta

from meterhouse.domain.folding import Fold, fold_billable
from meterhouse.domain.hours import SEND_MARGIN, deadline_of
from meterhouse.domain.journal import PageKind
from meterhouse.domain.lifecycle import RecordState
from meterhouse.domain.records import Allocation, Change, MeteringRecord
from meterhouse.domain.sealing import carried_page, seal_usage

HOLD_PAUSE_MIN = timedelta(minutes=5)
HOLD_PAUSE_MAX = timedelta(hours=1)
# Two runs of the default schedule.
LAST_TRY_MARGIN = timedelta(minutes=10)
_HOLD_DOUBLINGS_MAX = 6


def hold_until(record: MeteringRecord, now: datetime) -> datetime:
    """Return when a held record is looked at again: growing pauses, in time for its deadline."""
    pause = HOLD_PAUSE_MIN * (1 << min(record.holds, _HOLD_DOUBLINGS_MAX))
    wanted_at = now + min(pause, HOLD_PAUSE_MAX)
    closing_at = deadline_of(record.key.hour_at) - SEND_MARGIN
    # A record gets one more try while a run can still send it.
    last_try_at = closing_at - LAST_TRY_MARGIN
    look_at = min(wanted_at, last_try_at if now < last_try_at else closing_at)
    return max(look_at, now + timedelta(seconds=1))


def close_carried(record: MeteringRecord, now: datetime, reason: str) -> Change:
    """Return the change that hands a record's whole quantity to a later hour, tags included."""
    assert record.units is not None
    if record.frozen is None:
        parts = all_parts(fold_billable(record.pages))
    else:
        parts = record.frozen.allocations or (Allocation(record.units, ()),)
    return carry(record, parts, now, reason)


def all_parts(fold: Fold) -> tuple[Allocation, ...]:
    """Return a fold's whole quantity by tags, whatever one record may hold of it."""
    usage = seal_usage(fold)
    kept = usage.allocations or (Allocation(usage.quantity, ()),)
    return (*kept, *usage.rest)


def close_unbilled(record: MeteringRecord, state: RecordState, reason: str | None) -> Change:
    """Return the change that ends a record as not billed, or maybe not.

    Nobody has to look after a zero, such as a heartbeat for a buyer who has left.
    """
    ended_as = state if record.units else RecordState.CARRIED
    return Change(record.stepped(ended_as, reason=reason), record.version)


def carry(
    record: MeteringRecord, parts: tuple[Allocation, ...], now: datetime, reason: str
) -> Change:
    """Return the change that hands parts of a record to a later hour and ends it as CARRIED."""
    page = carried_page(
        parts, kind=PageKind.CARRIED_RECORD, from_hour_at=record.key.hour_at, now=now
    )
    return Change(
        record.stepped(RecordState.CARRIED, reason=reason),
        record.version,
        carried=page if record.units else None,
    )
