"""Putting a record off, and ending one that AWS does not bill: its usage carried on, or visible."""

from datetime import datetime, timedelta

from meterhouse.domain.hours import LAST_TRY_MARGIN, SEND_MARGIN, deadline_of
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import Why
from meterhouse.domain.records.record import MeteringRecord, RecordStatus

HOLD_PAUSE_MIN = timedelta(minutes=5)
HOLD_PAUSE_MAX = timedelta(hours=1)
# Late usage of who leaves waits no longer than this once AWS has the record that it waits for.
LATE_PAUSE_MAX = timedelta(minutes=15)
_HOLD_DOUBLINGS_MAX = 6


def hold_until(hour_at: datetime, holds: int, now: datetime) -> datetime:
    """Return when what is held is looked at again: growing pauses, in time for its deadline."""
    pause = HOLD_PAUSE_MIN * (1 << min(holds, _HOLD_DOUBLINGS_MAX))
    wanted_at = now + min(pause, HOLD_PAUSE_MAX)
    closing_at = deadline_of(hour_at) - SEND_MARGIN
    # It gets one more try while a run can still send it.
    last_try_at = deadline_of(hour_at) - LAST_TRY_MARGIN
    look_at = min(wanted_at, last_try_at if now < last_try_at else closing_at)
    return max(look_at, now + timedelta(seconds=1))


def carry_record(record: MeteringRecord, now: datetime, reason: Why | None) -> RecordStatus:
    """Return the status of a record whose whole quantity goes to a later hour.

    It is due until its usage has arrived there; a zero has nothing to carry.
    """
    due_at = now if record.units else None
    return record.status.stepped(RecordState.CARRIED, due_at=due_at, reason=reason)


def end_unbilled(record: MeteringRecord, state: RecordState, reason: Why | None) -> RecordStatus:
    """Return the status of a record that ends as not billed, or maybe not.

    Nobody has to look after a zero, such as a heartbeat for a buyer who has left.
    """
    return record.status.stepped(state if record.units else RecordState.CARRIED, reason=reason)
