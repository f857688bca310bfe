"""What to do next with a sealed record that is due: a pure function of facts."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from meterhouse.domain.hours import deadline_of, is_sendable
from meterhouse.domain.records.endings import carry_record, end_unbilled
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import Reason, is_refusal
from meterhouse.domain.records.record import MeteringRecord, RecordStatus

# Longer than the longest function runs, so that who holds a lease is surely gone when it is over;
# a test compares it with the template. It is also the longest time from a crash to the next try.
LEASE = timedelta(seconds=250)


@dataclass(frozen=True, slots=True)
class Claim:
    """Write the status; if that succeeds, send the record.

    `surely_unsent` tells that no earlier send can have been accepted.
    """

    status: RecordStatus
    surely_unsent: bool


@dataclass(frozen=True, slots=True)
class Keep:
    """Write the status; nothing is sent."""

    status: RecordStatus


def step_when_due(
    record: MeteringRecord,
    now: datetime,
    *,
    has_ended: bool,
    uncovered: Reason | None = None,
    may_be_billed: bool = False,
) -> Claim | Keep | None:
    """Return the next step of a due record, or None when nothing is to be sent or decided.

    `has_ended` tells that its subscription is known to have ended, `uncovered` why its hour is none
    of its subscription's, `may_be_billed` that a lost table may have sent it. What is uncovered is
    sent, or sent again, only if an operator says so: then AWS decides.
    """
    sendable = is_sendable(record.key.hour_at, now)
    if sendable and record.status.reason == Reason.REDRIVEN:
        uncovered = None
    match record.state:
        case RecordState.SEALED if may_be_billed:
            if uncovered is not None or not sendable:
                return Keep(end_unbilled(record, RecordState.EXPIRED, Reason.TABLE_RESTORED))
            return Claim(_claimed(record, now), surely_unsent=False)
        case RecordState.SEALED:
            return _step_sealed(record, now, has_ended=has_ended, uncovered=uncovered)
        case RecordState.SUBMITTING:
            if now >= deadline_of(record.key.hour_at):
                reason = record.status.reason or Reason.DEADLINE
                return Keep(end_unbilled(record, RecordState.EXPIRED, reason))
            return Claim(_claimed(record, now), surely_unsent=False)
        case (
            RecordState.METERED
            | RecordState.REJECTED
            | RecordState.DISPUTED
            | RecordState.EXPIRED
            | RecordState.INCLUDED
            | RecordState.CARRIED
        ):
            return None
        case _:
            assert_never(record.state)


def _step_sealed(
    record: MeteringRecord, now: datetime, *, has_ended: bool, uncovered: Reason | None
) -> Claim | Keep:
    if uncovered is not None:
        return Keep(end_unbilled(record, RecordState.REJECTED, uncovered))
    reason = record.status.reason
    sendable = is_sendable(record.key.hour_at, now)
    refused = is_refusal(reason) and not sendable
    if refused or (reason == Reason.NOT_SUBSCRIBED and (has_ended or not record.units)):
        return Keep(end_unbilled(record, RecordState.REJECTED, reason))
    if not sendable:
        return Keep(carry_record(record, now, Reason.DEADLINE))
    return Claim(_claimed(record, now), surely_unsent=True)


def _claimed(record: MeteringRecord, now: datetime) -> RecordStatus:
    """Return the status that a claim for one more send is written with."""
    status = record.status
    claimed = status.stepped(
        RecordState.SUBMITTING, due_at=now + LEASE, reason=status.reason, holds=status.holds
    )
    return replace(claimed, sends=status.sends + 1)
