"""From AWS's answer about a record that was sent to the record's next state: pure."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from meterhouse.domain.records.answers import (
    Accepted,
    Duplicate,
    Missing,
    NotSubscribed,
    RecordAnswer,
    RefusalCause,
    Refused,
    UnknownStatus,
    Unprocessed,
)
from meterhouse.domain.records.endings import carry_record, end_unbilled, hold_until
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import Reason, Why, answered_with, refused_with
from meterhouse.domain.records.record import MeteringRecord, RecordStatus

RETRY_PAUSE = timedelta(minutes=1)


def settle_answer(
    record: MeteringRecord,
    answer: RecordAnswer,
    *,
    surely_unsent: bool,
    now: datetime,
    may_be_billed: bool = False,
) -> RecordStatus:
    """Return the step that an answer about one record means.

    `surely_unsent` tells whether the answered send was the first that AWS can have seen. If it was
    not, an answer that refuses the record proves nothing about the earlier send. `may_be_billed`
    tells that the earlier send can have been a lost table's, of another quantity.
    """
    match answer:
        case Accepted(metering_record_id):
            return _finish(record, RecordState.METERED, None, metering_record_id)
        case Duplicate(metering_record_id) if surely_unsent:
            return _finish(record, RecordState.DISPUTED, Reason.DUPLICATE, metering_record_id)
        case Duplicate(metering_record_id):
            # Every send of a record is identical, so the earlier send is what AWS holds; of a lost
            # table's sends only their hours are known.
            reason = Reason.LOST_DUPLICATE if may_be_billed else Reason.OWN_DUPLICATE
            return _finish(record, RecordState.METERED, reason, metering_record_id)
        case NotSubscribed():
            due_at = hold_until(record.key.hour_at, record.status.holds, now)
            return release(record, Reason.NOT_SUBSCRIBED, due_at, surely_unsent=surely_unsent)
        case Unprocessed() | Missing():
            named = isinstance(answer, Unprocessed)
            reason = Reason.UNPROCESSED if named else Reason.MISSING
            due_at = now + RETRY_PAUSE
            return release(record, reason, due_at, surely_unsent=surely_unsent and named)
        case UnknownStatus(status):
            due_at = hold_until(record.key.hour_at, record.status.holds, now)
            return release(record, answered_with(status), due_at, surely_unsent=False)
        case _:
            assert_never(answer)


def settle_refusal(
    record: MeteringRecord,
    refused: Refused,
    *,
    surely_unsent: bool,
    now: datetime,
    uncovered: Reason | None = None,
) -> RecordStatus:
    """Return the step that an error for a call with this one record means.

    `uncovered` tells why its hour is none of its subscription's: then no other hour is billed for
    it.
    """
    due_at = hold_until(record.key.hour_at, record.status.holds, now)
    match refused.cause:
        case RefusalCause.RECORD if surely_unsent:
            return end_unbilled(record, RecordState.REJECTED, refused.code)
        case RefusalCause.TIMESTAMP if surely_unsent and uncovered is not None:
            return end_unbilled(record, RecordState.REJECTED, uncovered)
        case RefusalCause.TIMESTAMP if surely_unsent:
            return carry_record(record, now, refused.code)
        case RefusalCause.TIMESTAMP:
            return end_unbilled(record, RecordState.EXPIRED, refused.code)
        case RefusalCause.UNKNOWN:
            # Held, so that a passing trouble passes; and refused for good at the deadline.
            return release(record, refused_with(refused.code), due_at, surely_unsent=surely_unsent)
        case RefusalCause.RECORD | RefusalCause.PRODUCT | RefusalCause.DEPLOYMENT:
            return release(record, refused.code, due_at, surely_unsent=surely_unsent)
        case _:
            assert_never(refused.cause)


def release(
    record: MeteringRecord, reason: Why, due_at: datetime, *, surely_unsent: bool
) -> RecordStatus:
    """Give up a claim: back to SEALED if surely never accepted, else still SUBMITTING."""
    state = RecordState.SEALED if surely_unsent else RecordState.SUBMITTING
    return record.status.stepped(state, due_at=due_at, reason=reason, holds=record.status.holds + 1)


def _finish(
    record: MeteringRecord, state: RecordState, reason: Why | None, receipt: str | None
) -> RecordStatus:
    return replace(record.status.stepped(state, reason=reason), metering_record_id=receipt)
