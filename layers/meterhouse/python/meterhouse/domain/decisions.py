"""What to do next with one metering record that is due: a pure function of facts."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from meterhouse.domain.closing import all_parts, carry, close_carried, close_unbilled, hold_until
from meterhouse.domain.folding import Fold, fold_billable
from meterhouse.domain.hours import (
    HOUR,
    SEAL_MARGIN,
    deadline_of,
    is_sendable,
    quiet_time_of,
    seal_time_of,
)
from meterhouse.domain.journal import PageKind
from meterhouse.domain.lifecycle import RecordState
from meterhouse.domain.reasons import (
    BACKLOG,
    DEADLINE,
    NOT_SUBSCRIBED,
    SUBSCRIPTION_UNKNOWN,
    ZERO,
    is_refusal,
)
from meterhouse.domain.records import Change, FrozenUsage, MeteringRecord
from meterhouse.domain.sealing import carried_page, seal_usage
from meterhouse.domain.subscriptions import Subscription

# A claim lasts longer than any function may run, so that nobody sends what somebody else sends.
CLAIM_LEASE = timedelta(minutes=6)
BACKLOG_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a decision rests on, besides the record itself.

    Attributes:
        now: UTC.
        subscription: None while nobody registered it.
        settle: how long after an hour's end its record stays open.
        quiet: how long after its last page a record stays open.
        heartbeat: send records of zero.
        drained: no message that was sent within the record's time waits in the queue.
        flush: its subscription ends; bill what there is, the current hour included.

    """

    now: datetime
    subscription: Subscription | None
    settle: timedelta
    quiet: timedelta
    heartbeat: bool
    drained: bool
    flush: bool = False


@dataclass(frozen=True, slots=True)
class Send:
    """Write the claim; if that succeeds, send `change.record.frozen`.

    `surely_unsent` tells that no earlier send can have been accepted.
    """

    change: Change
    surely_unsent: bool
    fold: Fold | None = None


@dataclass(frozen=True, slots=True)
class Keep:
    """Write the change; nothing is sent."""

    change: Change
    fold: Fold | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    """Nothing to do now."""


Decision = Send | Keep | Leave


def decide(record: MeteringRecord, facts: Facts) -> Decision:
    """Return the next step of a record; `record.pages` must hold its whole journal."""
    if record.due_at is None or (record.due_at > facts.now and not _is_flushed(record, facts)):
        return Leave()
    if record.leased_until is not None and record.leased_until > facts.now:
        return Leave()
    match record.state:
        case RecordState.OPEN:
            return _decide_open(record, facts)
        case RecordState.SEALED:
            return _decide_sealed(record, facts)
        case RecordState.SUBMITTING:
            return _decide_submitting(record, facts)
        case (
            RecordState.METERED
            | RecordState.REJECTED
            | RecordState.DISPUTED
            | RecordState.EXPIRED
            | RecordState.CARRIED
        ):
            return Leave()


def _is_flushed(record: MeteringRecord, facts: Facts) -> bool:
    """Tell whether a final flush takes a record before its time.

    A claim that somebody holds is theirs, and an hour to come cannot be billed yet.
    """
    if not facts.flush or record.key.hour_at > facts.now:
        return False
    return record.state in (RecordState.OPEN, RecordState.SEALED)


def _decide_open(record: MeteringRecord, facts: Facts) -> Decision:
    now, hour_at = facts.now, record.key.hour_at
    seal_at = seal_time_of(hour_at, facts.settle)
    quiet_at = quiet_time_of(hour_at, record.written_at or seal_at, facts.quiet)
    is_settled = now >= max(seal_at, quiet_at)
    if not is_settled and not facts.flush:
        return Keep(_held(record, max(seal_at, quiet_at), None))
    fold = fold_billable(record.pages)
    if not is_settled and not (fold.units and facts.drained and facts.subscription):
        # A flush takes what it can bill now; anything else waits for its usual time.
        return Leave()
    return _decide_complete(record, fold, facts)


def _decide_complete(record: MeteringRecord, fold: Fold, facts: Facts) -> Decision:
    """Return the step of an open record whose hour takes no more usage, or must not wait for it."""
    now, hour_at = facts.now, record.key.hour_at
    last_call = now >= deadline_of(hour_at) - SEAL_MARGIN
    if not is_sendable(hour_at, now) or (last_call and not fold.units and not facts.heartbeat):
        return Keep(_close_open(record, fold, facts), fold)
    if facts.subscription is None:
        return Keep(_held(record, hold_until(record, now), SUBSCRIPTION_UNKNOWN))
    if not facts.drained and not last_call:
        return Keep(_held(record, now + BACKLOG_PAUSE, BACKLOG))
    if not fold.units and not facts.heartbeat:
        return Keep(_held(record, deadline_of(hour_at) - SEAL_MARGIN, ZERO))
    return _seal_and_send(record, fold, facts.subscription, now)


def _seal_and_send(
    record: MeteringRecord, fold: Fold, subscription: Subscription, now: datetime
) -> Send:
    sealed = seal_usage(fold)
    frozen = FrozenUsage(
        identity=subscription.identity,
        product_code=subscription.product_code,
        timestamp_at=_timestamp(record.key.hour_at, fold.earliest_at, now),
        quantity=sealed.quantity,
        allocations=sealed.allocations,
    )
    rest_units = sum((part.quantity for part in sealed.rest), Decimal(0))
    claimed = replace(
        _leased(record, now),
        units=sealed.quantity,
        frozen=frozen,
        rest_units=rest_units,
        sends=1,
    )
    page = carried_page(
        sealed.rest, kind=PageKind.CARRIED_REST, from_hour_at=record.key.hour_at, now=now
    )
    change = Change(claimed, record.version, carried=page if sealed.rest else None)
    return Send(change, surely_unsent=True, fold=fold)


def _timestamp(hour_at: datetime, earliest_at: datetime | None, now: datetime) -> datetime:
    """Return the earliest usage within the hour, in whole seconds.

    An hour's start can lie before the buyer's license became active, and AWS refuses that. A
    producer's clock may run ahead of ours, and AWS need not take what lies in the future.
    """
    last_at = min(hour_at + HOUR - timedelta(seconds=1), max(now, hour_at))
    moment = min(max(earliest_at or hour_at, hour_at), last_at)
    return moment.astimezone(UTC).replace(microsecond=0)


def _close_open(record: MeteringRecord, fold: Fold, facts: Facts) -> Change:
    """Close a record that can no longer be sent and never was."""
    sealed = replace(record, units=fold.units)
    if not fold.units:
        return Change(sealed.stepped(RecordState.CARRIED, reason=ZERO), record.version)
    if facts.subscription is None:
        rejected = sealed.stepped(RecordState.REJECTED, reason=SUBSCRIPTION_UNKNOWN)
        return Change(rejected, record.version)
    return carry(sealed, all_parts(fold), facts.now, DEADLINE)


def _decide_sealed(record: MeteringRecord, facts: Facts) -> Decision:
    ended = facts.subscription is not None and facts.subscription.ended_at is not None
    sendable = is_sendable(record.key.hour_at, facts.now)
    refused = is_refusal(record.reason) and not sendable
    if refused or (record.reason == NOT_SUBSCRIBED and (ended or not record.units)):
        return Keep(close_unbilled(record, RecordState.REJECTED, record.reason))
    if not sendable:
        return Keep(close_carried(record, facts.now, DEADLINE))
    return _claim(record, facts.now)


def _decide_submitting(record: MeteringRecord, facts: Facts) -> Decision:
    deadline_at = deadline_of(record.key.hour_at)
    if facts.now >= deadline_at:
        return Keep(close_unbilled(record, RecordState.EXPIRED, record.reason or DEADLINE))
    return _claim(record, facts.now)


def _claim(record: MeteringRecord, now: datetime) -> Send:
    """Take a frozen record for one send; what was frozen stays untouched."""
    unsent = record.state is RecordState.SEALED
    kept = replace(_leased(record, now), reason=record.reason, holds=record.holds)
    claimed = replace(kept, sends=record.sends + 1)
    return Send(Change(claimed, record.version), surely_unsent=unsent)


def _leased(record: MeteringRecord, now: datetime) -> MeteringRecord:
    """Step to SUBMITTING for one send.

    The record stays due, so that a run which finds the lease over takes it up; and what does not
    change in the due index costs nothing there.
    """
    assert record.due_at is not None
    return record.stepped(
        RecordState.SUBMITTING,
        # A flush may come before the record's time, and what it leaves must not wait for that.
        due_at=min(record.due_at, now),
        leased_until=now + CLAIM_LEASE,
    )


def _held(record: MeteringRecord, due_at: datetime, reason: str | None) -> Change:
    held = record.stepped(record.state, due_at=due_at, reason=reason, holds=record.holds + 1)
    return Change(held, record.version)
