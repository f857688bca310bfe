"""Closing an hour log: which records come into being, what is late, and what has to wait. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from meterhouse.domain.allowances.allowance import ZERO, Allowance, AllowanceKey, Taking
from meterhouse.domain.hours import is_sendable
from meterhouse.domain.journal.closing_plan import ClosingPlan
from meterhouse.domain.journal.folding import LogFold
from meterhouse.domain.journal.including import billed_by_tags, included_of
from meterhouse.domain.journal.meter_fold import MeterFold, split_by_allowance
from meterhouse.domain.journal.segments import CarriedPart
from meterhouse.domain.keys import LogKey, MeterKey, RecordKey
from meterhouse.domain.records.coverage import why_stranger, why_uncovered
from meterhouse.domain.records.endings import HOLD_PAUSE_MAX
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.records.record import (
    Allocation,
    MeteringRecord,
    RecordStatus,
    SealedRecord,
    contradictions,
)
from meterhouse.domain.records.sealing import seal_usage, timestamp_of
from meterhouse.domain.records.spikes import NO_HOLD, SpikeHold, going_time_of
from meterhouse.domain.records.step_when_due import LEASE
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.subscription import Subscription


@dataclass(frozen=True, slots=True)
class ClosingFacts:
    """What closing a log rests on, besides its fold.

    Attributes:
        log: the log.
        now: UTC.
        known: the subscriptions that are registered.
        beating: meters to which AWS is told zero if they used nothing; empty without a heartbeat.
        is_beating: whether meters that reported zero are told, too.
        only: freeze these subscriptions' usage and leave the others to their time; empty for all.
        may_be_billed: a lost table may have billed usage of the hour.
        spikes: what waits for a person.
        norms: what is usual of the meters that may have a spike, where it is known; empty where
            nothing may wait, as in a flush.
        allowances: of the meters of which units are included, and some have met none.

    """

    log: LogKey
    now: datetime
    known: Mapping[SubscriptionKey, Subscription]
    beating: AbstractSet[MeterKey] = frozenset()
    is_beating: bool = False
    only: AbstractSet[SubscriptionKey] = frozenset()
    may_be_billed: bool = False
    spikes: SpikeHold = NO_HOLD
    norms: Mapping[MeterKey, Decimal] = field(default_factory=dict)
    allowances: Mapping[MeterKey, Allowance] = field(default_factory=dict)


def plan_closing(fold: LogFold, facts: ClosingFacts) -> ClosingPlan:
    """Decide about every meter of a fold that has no record yet."""
    plan = ClosingPlan()
    spent = defaultdict[AllowanceKey, Decimal](Decimal)
    for meter, usage in _unfrozen(fold, facts):
        allowance = facts.allowances.get(meter)
        if allowance is not None and spent[allowance.key]:
            allowance = replace(allowance, taken=allowance.taken + spent[allowance.key])
        record = _freeze(meter, usage, allowance, facts)
        if record is not None:
            plan.records.append(record)
            if record.included:
                plan.takings[meter] = _taking(facts.allowances[meter], record.included)
                spent[facts.allowances[meter].key] += record.included
            plan.repeats += usage.repeats
            plan.conflicts += len(usage.conflicts)
        elif usage.units:
            plan.waiting.add(meter.subscription)
            if meter.subscription in facts.known:
                plan.unentitled.add(meter.subscription)
            plan.waiting_units += usage.units
    return plan


def _unfrozen(fold: LogFold, facts: ClosingFacts) -> Iterator[tuple[MeterKey, MeterFold]]:
    meters = fold.meters.keys() | facts.beating
    for meter in sorted(meters - fold.frozen.keys()):
        if not facts.only or meter.subscription in facts.only:
            yield meter, fold.meters.get(meter, MeterFold())


def _taking(allowance: Allowance, units: Decimal) -> Taking:
    granted = allowance.granted or ZERO
    return Taking(allowance.key, before=allowance.taken, units=units, granted=granted)


def _freeze(
    meter: MeterKey, usage: MeterFold, allowance: Allowance | None, facts: ClosingFacts
) -> MeteringRecord | None:
    """Return a meter's record in its first state, or None if there is nothing to freeze yet.

    A record that can no longer be sent ends at once: carried, or REJECTED if its subscription never
    became known, since carrying a mistyped license for ever would hide it. So does one whose hour
    is none of its subscription's. If it may be billed already it is EXPIRED.
    """
    hour_at, now = facts.log.hour_at, facts.now
    subscription = facts.known.get(meter.subscription)
    uncovered = why_uncovered(subscription, hour_at, is_carried=usage.is_carried)
    # What nobody is to be billed for takes nothing, nor what may be billed already.
    is_billed = uncovered is None and (is_sendable(hour_at, now) or not facts.may_be_billed)
    included = None
    if subscription is not None and is_billed:
        if allowance is not None and _waits_for_word(allowance, subscription, facts):
            return None
        if allowance is None or not _meets_it_elsewhere(allowance, usage, facts):
            included = included_of(usage, allowance)
    sealed = _sealed(RecordKey(*meter, hour_at), usage, subscription, now, included=included)
    status = _first_status(sealed, subscription, uncovered, facts)
    return None if status is None else _record(sealed, status)


def _first_status(
    sealed: SealedRecord,
    subscription: Subscription | None,
    uncovered: Reason | None,
    facts: ClosingFacts,
) -> RecordStatus | None:
    hour_at, now = facts.log.hour_at, facts.now
    sendable = is_sendable(hour_at, now) and uncovered is None
    if not sealed.quantity:
        is_told = facts.is_beating and not facts.only and _may_beat(subscription)
        if not (is_told and sendable):
            return RecordStatus(RecordState.INCLUDED, None) if sealed.included else None
    if not sendable:
        return _unsendable_status(sealed, subscription, uncovered, facts)
    if subscription is None:
        return None
    if _waits_for_person(sealed, subscription, facts):
        return RecordStatus(RecordState.SEALED, going_time_of(hour_at), Reason.SPIKE_HELD)
    return RecordStatus(RecordState.SUBMITTING, now + LEASE, sends=1)


def _unsendable_status(
    sealed: SealedRecord,
    subscription: Subscription | None,
    uncovered: Reason | None,
    facts: ClosingFacts,
) -> RecordStatus:
    if facts.may_be_billed:
        return RecordStatus(RecordState.EXPIRED, None, Reason.TABLE_RESTORED)
    if uncovered is not None or subscription is None:
        reason = uncovered or why_stranger([sealed.key.subscription])
        return RecordStatus(RecordState.REJECTED, None, reason)
    return RecordStatus(RecordState.CARRIED, facts.now, Reason.DEADLINE)


def _waits_for_word(allowance: Allowance, subscription: Subscription, facts: ClosingFacts) -> bool:
    """Tell whether usage waits for AWS to say how many units of it the contract includes.

    A refund can be asked for, and an hour that AWS no longer takes can not: what ends, or comes
    near its deadline or its agreed end, is billed as if nothing were included.
    """
    if allowance.granted is not None or subscription.ended_at is not None:
        return False
    going_at, ends_at = going_time_of(facts.log.hour_at), subscription.ends_at
    until = going_at if ends_at is None else min(going_at, ends_at - HOLD_PAUSE_MAX)
    return facts.now < until


def _meets_it_elsewhere(allowance: Allowance, usage: MeterFold, facts: ClosingFacts) -> bool:
    """Tell whether usage meets its allowance in the hour to which it is carried at once.

    There AWS has time to say how many units there are. What has met one goes where it went.
    """
    is_carried = not is_sendable(facts.log.hour_at, facts.now)
    _, met = split_by_allowance(usage.own)
    return allowance.granted is None and is_carried and not met


def _waits_for_person(
    sealed: SealedRecord, subscription: Subscription, facts: ClosingFacts
) -> bool:
    """Tell whether a record is a spike that somebody may look at before it is sent.

    Nothing waits of a subscription that ended, or will have ended until the record goes by itself,
    since AWS takes its records for an hour only. What earlier hours carried in was looked at there,
    or is several hours' usage and no spike.
    """
    going_at = going_time_of(sealed.key.hour_at)
    ends_at = subscription.ended_at or subscription.ends_at
    is_ending = ends_at is not None and ends_at <= going_at
    if sealed.is_carried or is_ending or facts.now >= going_at:
        return False
    return facts.spikes.is_spike(sealed.quantity, facts.norms.get(sealed.key.meter))


def _record(sealed: SealedRecord, status: RecordStatus) -> MeteringRecord:
    """Return a new record, which contradicts nothing."""
    record = MeteringRecord(sealed, status)
    wrong = list(contradictions(record))
    assert not wrong, wrong
    return record


def _may_beat(subscription: Subscription | None) -> bool:
    return subscription is not None and subscription.ended_at is None


def _sealed(
    key: RecordKey,
    usage: MeterFold,
    subscription: Subscription | None,
    now: datetime,
    *,
    included: Decimal | None,
) -> SealedRecord:
    quantity, allocations, rest = seal_usage(billed_by_tags(usage, included or ZERO))
    starts_at = None if subscription is None else subscription.starts_at
    ended_at = None if subscription is None else subscription.ended_at
    return SealedRecord(
        key=key,
        identity=None if subscription is None else subscription.identity,
        product_code="" if subscription is None else subscription.product_code,
        timestamp_at=timestamp_of(
            key.hour_at, usage.earliest_at, now, starts_at=starts_at, ended_at=ended_at
        ),
        quantity=quantity,
        allocations=allocations,
        rest=rest,
        is_carried=usage.is_carried,
        included=included,
    )


def carried_parts(meter: MeterKey, parts: tuple[Allocation, ...]) -> tuple[CarriedPart, ...]:
    """Return a record's parts as another hour takes them."""
    return tuple(CarriedPart(meter, part.quantity, part.tags) for part in parts if part.quantity)
