"""Redriving: an operator mended what made AWS refuse a record, and wants it billed after all."""

from datetime import datetime

from meterhouse.domain.closing import close_carried
from meterhouse.domain.hours import is_sendable
from meterhouse.domain.lifecycle import RecordState
from meterhouse.domain.records import Change, MeteringRecord
from meterhouse.errors import RedriveRefusedError

REDRIVEN = "redriven"


def redrive(record: MeteringRecord, now: datetime) -> Change:
    """Return the step that sends a rejected record again, unchanged, or carries it forward.

    Inside AWS's window the frozen record itself is due at once; after it, or when it was never
    frozen, its quantity goes to the current hour. Only REJECTED is surely not billed, so any other
    state raises RedriveRefusedError.
    """
    if record.state is not RecordState.REJECTED:
        raise RedriveRefusedError(f"record is {record.state.value}, not REJECTED")
    if record.frozen is not None and is_sendable(record.key.hour_at, now):
        sealed = record.stepped(RecordState.SEALED, due_at=now, reason=REDRIVEN)
        return Change(sealed, record.version)
    return close_carried(record, now, REDRIVEN)
