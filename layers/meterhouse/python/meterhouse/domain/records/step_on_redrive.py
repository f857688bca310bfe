"""Redriving: an operator mended what made AWS refuse a record, and wants it billed after all."""

from datetime import datetime

from meterhouse.domain.hours import is_sendable
from meterhouse.domain.records.endings import carry_record
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.records.record import MeteringRecord, RecordStatus
from meterhouse.errors import CommandRefusedError


def step_on_redrive(
    record: MeteringRecord,
    now: datetime,
    *,
    is_known: bool = True,
    uncovered: Reason | None = None,
    may_be_billed: bool = False,
) -> RecordStatus:
    """Return the step that sends a rejected record again, unchanged, or carries it forward.

    Inside AWS's window the frozen record itself is due at once; after it, or when its subscription
    was never known, its quantity goes to the current hour. Only REJECTED is surely not billed, so
    any other state raises CommandRefusedError. So does what a person has settled, which is billed
    elsewhere or by nobody until that is taken back. And so does what must be carried, unless its
    subscription `is_known`, for nobody can tell what its hours are; if `uncovered` tells that its
    own hour is none of them, and why, for another hour's bill must not hold it; or if
    `may_be_billed` tells that a lost table may have carried it, too.
    """
    settlement = record.status.settlement
    if settlement is not None:
        raise CommandRefusedError(
            f"settled: {settlement.settled_as}",
            f"record was settled as {settlement.settled_as}: reopen it first, if that was wrong",
        )
    if record.state is not RecordState.REJECTED:
        state = record.state.value
        raise CommandRefusedError(f"not_rejected: {state}", f"record is {state}, not REJECTED")
    if record.sealed.identity is not None and is_sendable(record.key.hour_at, now):
        return record.status.stepped(RecordState.SEALED, due_at=now, reason=Reason.REDRIVEN)
    if record.status.reason == Reason.TENANT_UNLINKED:
        raise CommandRefusedError(
            Reason.TENANT_UNLINKED.value,
            "no subscription covered it while AWS took its hour, and a later link does not change "
            "that: if a buyer owes it, send it again as usage of his license, with a new time",
        )
    if not is_known:
        raise CommandRefusedError(
            Reason.SUBSCRIPTION_UNKNOWN.value,
            "nobody knows its subscription yet: redrive it once its buyer has registered",
        )
    if uncovered is not None:
        raise CommandRefusedError(
            uncovered.value,
            "its hour is none of its subscription's, and AWS takes nothing for that hour any more: "
            "if the buyer owes it, bill it outside AWS metering",
        )
    if may_be_billed:
        raise CommandRefusedError(
            "perhaps_billed_before_restore",
            "its hour is past, and it may have been billed before the table was restored: "
            "see what AWS holds, and bill the difference otherwise",
        )
    return carry_record(record, now, Reason.REDRIVEN)
