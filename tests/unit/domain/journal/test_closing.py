"""Closing an hour: which records come into being, what is late, and what has to wait."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhouse.domain.hours import deadline_of
from meterhouse.domain.journal.closing import (
    ClosingFacts,
    carried_parts,
    plan_closing,
)
from meterhouse.domain.journal.closing_plan import ClosingPlan
from meterhouse.domain.journal.late_usage import late_parts
from meterhouse.domain.journal.segments import CarriedPart
from meterhouse.domain.keys import MeterKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.record import Allocation, MeteringRecord
from meterhouse.domain.records.step_when_due import LEASE
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.usage.events import UsageEvent
from tests.unit.domain.builders import (
    HOUR,
    KEY,
    LICENSE,
    LOG,
    METER,
    MINUTE,
    NOON_AT,
    PRODUCT_CODE,
    SUBSCRIPTION,
    carried_segment,
    fold_of,
    segment_of,
    usage_event,
)
from tests.unit.domain.strategies import usage_events

ADS = (("team", "ads"),)
NOW = NOON_AT + 75 * MINUTE
TOO_LATE_AT = deadline_of(NOON_AT) - 5 * MINUTE
SUBMITTING, CARRIED, REJECTED = RecordState.SUBMITTING, RecordState.CARRIED, RecordState.REJECTED
ENDED = replace(SUBSCRIPTION, ended_at=NOON_AT + 30 * MINUTE)
GONE = replace(SUBSCRIPTION, ended_at=NOON_AT)
FUTURE = replace(SUBSCRIPTION, starts_at=NOON_AT + HOUR)
OTHER = KEY._replace(dimension="gigabytes")
STRANGER = SubscriptionKey("license#l-stranger")

FACTS = ClosingFacts(LOG, NOW, {SUBSCRIPTION.key: SUBSCRIPTION})
UNKNOWN = replace(FACTS, known={})
LAST = replace(FACTS, now=TOO_LATE_AT)
BEATING = replace(FACTS, beating=frozenset({METER}), is_beating=True)

Found = tuple[RecordState, str | None, datetime | None] | None


def plan_of(
    *events: UsageEvent, facts: ClosingFacts = FACTS, through: dict[MeterKey, int] | None = None
) -> ClosingPlan:
    return plan_closing(fold_of([segment_of(*events)] if events else [], through=through), facts)


def only_record(plan: ClosingPlan) -> MeteringRecord:
    [record] = plan.records
    return record


@pytest.mark.parametrize(
    ("quantity", "facts", "expected"),
    [
        (7, FACTS, (SUBMITTING, None, NOW + LEASE)),
        (
            7,
            replace(FACTS, now=TOO_LATE_AT - MINUTE),
            (SUBMITTING, None, TOO_LATE_AT + LEASE - MINUTE),
        ),
        (7, LAST, (CARRIED, "deadline", TOO_LATE_AT)),
        (7, replace(LAST, known={}), (REJECTED, "subscription_unknown", None)),
        (7, UNKNOWN, None),
        (7, replace(FACTS, known={SUBSCRIPTION.key: ENDED}), (SUBMITTING, None, NOW + LEASE)),
        (7, replace(FACTS, known={SUBSCRIPTION.key: GONE}), (REJECTED, "after_end", None)),
        (7, replace(LAST, known={SUBSCRIPTION.key: GONE}), (REJECTED, "after_end", None)),
        (7, replace(FACTS, known={SUBSCRIPTION.key: FUTURE}), (REJECTED, "before_start", None)),
        (7, replace(LAST, known={SUBSCRIPTION.key: FUTURE}), (REJECTED, "before_start", None)),
        (
            7,
            replace(FACTS, known={SUBSCRIPTION.key: FUTURE}, may_be_billed=True),
            (RecordState.EXPIRED, "table_restored", None),
        ),
        (7, BEATING, (SUBMITTING, None, NOW + LEASE)),
        (0, FACTS, None),
        (0, UNKNOWN, None),
        (0, LAST, None),
        (0, BEATING, (SUBMITTING, None, NOW + LEASE)),
        (0, replace(BEATING, known={}), None),
        (0, replace(BEATING, known={SUBSCRIPTION.key: ENDED}), None),
        (0, replace(BEATING, known={SUBSCRIPTION.key: FUTURE}), None),
        (0, replace(FACTS, known={SUBSCRIPTION.key: FUTURE}), None),
        (0, replace(BEATING, now=TOO_LATE_AT), None),
        (0, replace(BEATING, only={SUBSCRIPTION.key}), None),
    ],
)
def test_a_meter_without_a_record(quantity: int, facts: ClosingFacts, expected: Found) -> None:
    plan = plan_of(usage_event(quantity=quantity), facts=facts)

    found = [(one.state, one.status.reason, one.status.due_at) for one in plan.records]
    assert found == ([] if expected is None else [expected])


def test_the_first_claim_freezes_everything_that_aws_will_be_told() -> None:
    early = segment_of(
        usage_event("a", "2.5", occurred_at=NOON_AT + timedelta(minutes=7, seconds=8.9))
    )
    repeat = segment_of(
        usage_event("a", "2.5", occurred_at=NOON_AT + 30 * MINUTE),
        usage_event("b", 4, occurred_at=NOON_AT + 30 * MINUTE),
    )

    plan = plan_closing(fold_of([repeat, early]), FACTS)

    record = only_record(plan)
    assert (record.sealed.identity, record.sealed.product_code) == (LICENSE, PRODUCT_CODE)
    assert record.sealed.timestamp_at == NOON_AT + timedelta(minutes=7, seconds=8)
    assert record.sealed.quantity == Decimal("6.5")
    assert (record.key, record.status.sends) == (KEY, 1)
    assert (plan.repeats, plan.conflicts) == (1, 0)


def test_what_was_frozen_before_is_not_frozen_again() -> None:
    events = [usage_event("a"), usage_event("b", home=OTHER)]

    plan = plan_of(*events, through={METER: 0})

    assert [record.key for record in plan.records] == [OTHER]


def test_a_meter_that_beats_but_has_a_record_is_not_told_zero() -> None:
    assert plan_of(facts=BEATING, through={METER: 0}).records == []
    assert [record.units for record in plan_of(facts=BEATING).records] == [0]


def test_a_zero_is_told_for_the_start_of_its_hour() -> None:
    sealed = only_record(plan_of(facts=BEATING)).sealed

    assert (sealed.timestamp_at, sealed.identity) == (NOON_AT, LICENSE)


def test_usage_of_unknown_subscriptions_waits_and_is_added_up() -> None:
    stranger = KEY._replace(subscription=STRANGER)
    plan = plan_of(
        usage_event("a", 7),
        usage_event("b", 2, home=stranger),
        usage_event("c", "0.5", home=OTHER._replace(subscription=STRANGER)),
        usage_event("d", 0, home=KEY._replace(subscription=SubscriptionKey("license#l-zero"))),
    )

    assert [record.key for record in plan.records] == [KEY]
    assert plan.waiting == {STRANGER}
    assert plan.waiting_units == Decimal("2.5")


@pytest.mark.parametrize("now", [NOW, TOO_LATE_AT])
def test_a_flush_freezes_one_subscription_and_says_nothing_of_the_others(now: datetime) -> None:
    other = KEY._replace(subscription=STRANGER)
    facts = replace(FACTS, now=now, only={SUBSCRIPTION.key})

    plan = plan_of(usage_event("a", 7), usage_event("b", 2, home=other), facts=facts)

    assert [record.key for record in plan.records] == [KEY]
    assert plan.waiting == set()


@pytest.mark.parametrize("hours", [-3, 5])
def test_the_frozen_timestamp_lies_within_the_hour_whatever_was_carried_into_it(
    hours: int,
) -> None:
    carried = carried_segment((1, ()), carried_at=NOON_AT + hours * HOUR)

    sealed = only_record(plan_closing(fold_of([carried]), FACTS)).sealed

    assert NOON_AT <= sealed.timestamp_at < NOON_AT + HOUR
    assert sealed.timestamp_at.microsecond == 0


def test_what_exceeds_ten_digits_is_set_apart_in_the_write_that_freezes() -> None:
    record = only_record(plan_of(usage_event("a", 9_999_999_999), usage_event("b", 10, tags=ADS)))

    assert record.units == Decimal("9999999999.999999")
    assert record.sealed.rest_units == Decimal("9.000001")
    assert record.units + record.sealed.rest_units == 10_000_000_009


@pytest.mark.parametrize("facts", [LAST, replace(LAST, known={})], ids=["carried", "rejected"])
def test_what_can_no_longer_be_sent_keeps_its_whole_quantity_and_its_tags(
    facts: ClosingFacts,
) -> None:
    plan = plan_of(usage_event("a", 4, tags=ADS), usage_event("b", 3), facts=facts)

    sealed = only_record(plan).sealed
    assert sealed.quantity == 7
    assert {part.tags: part.quantity for part in sealed.parts} == {ADS: 4, (): 3}
    assert (sealed.identity is None) is (facts is not LAST)


def test_late_usage_is_not_part_of_what_is_frozen_and_is_told_by_generation() -> None:
    fold = fold_of(
        [segment_of(usage_event("a", 1))],
        [segment_of(usage_event("b", 100, tags=ADS), usage_event("c", 3), usage_event("d", 0))],
        [segment_of(usage_event("e", 9), usage_event("f", 5, home=OTHER))],
        through={METER: 0},
    )

    assert late_parts(fold, 0) == ()
    assert late_parts(fold, 1) == (
        CarriedPart(METER, Decimal(3), ()),
        CarriedPart(METER, Decimal(100), ADS),
    )
    assert late_parts(fold, 2) == (CarriedPart(METER, Decimal(9), ()),)
    assert [record.key for record in plan_closing(fold, FACTS).records] == [OTHER]


def test_conflicts_are_counted_with_the_record_that_they_concern() -> None:
    plan = plan_of(
        usage_event("a", 9), usage_event("a", 4), usage_event("b", 1), usage_event("b", 1, tags=ADS)
    )

    assert plan.conflicts == 2
    assert only_record(plan).units == 5


def test_a_part_without_units_is_not_carried() -> None:
    parts = (Allocation(Decimal(2), ADS), Allocation(Decimal(0), ()))

    assert carried_parts(METER, parts) == (CarriedPart(METER, Decimal(2), ADS),)


GENERATIONS = st.lists(
    st.lists(usage_events(few_ids=True, homes=4), min_size=1, max_size=6), min_size=1, max_size=3
)


@given(GENERATIONS, st.randoms(), st.sampled_from([NOW, TOO_LATE_AT]))
def test_what_is_frozen_does_not_depend_on_the_order_of_reading(
    generations: list[list[UsageEvent]], shuffler: Random, now: datetime
) -> None:
    known = {event.home.subscription: SUBSCRIPTION for one in generations for event in one[:1]}
    facts = replace(FACTS, now=now, known=known)
    segments = [[segment_of(event) for event in one] for one in generations]
    shuffled = [sorted(one, key=lambda _: shuffler.random()) for one in segments]

    plan, other = (plan_closing(fold_of(*found), facts) for found in (segments, shuffled))

    assert plan == other


@given(GENERATIONS, st.integers(0, 2), st.sampled_from([NOW, TOO_LATE_AT]))
def test_every_unit_is_frozen_or_late_or_waits(
    generations: list[list[UsageEvent]], through: int, now: datetime
) -> None:
    frozen = {generations[0][0].home.meter: through}
    fold = fold_of(*([segment_of(*one)] for one in generations), through=frozen)
    known = {event.home.subscription: SUBSCRIPTION for one in generations for event in one[:1]}

    plan = plan_closing(fold, replace(FACTS, now=now, known=known))

    late = sum(part.quantity for g in range(len(generations)) for part in late_parts(fold, g))
    before = sum(fold.meters[meter].units for meter in frozen if meter in fold.meters)
    told = sum(record.units + record.sealed.rest_units for record in plan.records)
    everything = sum(one.units + one.late_units for one in fold.meters.values())
    assert before + told + late + plan.waiting_units == everything
    assert not plan.waiting_units or now == NOW
