"""Closing an hour in which a subscription was not on: what is frozen, and what is late."""

from dataclasses import replace

import pytest

from meterhouse.domain.journal.closing import plan_closing
from meterhouse.domain.journal.late_usage import uncovered_late
from meterhouse.domain.journal.segments import Segment
from meterhouse.domain.keys import MeterKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.subscriptions.subscription import Subscription
from tests.unit.domain.builders import (
    HOUR,
    KEY,
    LICENSE,
    METER,
    MINUTE,
    NOON_AT,
    SUBSCRIPTION,
    carried_segment,
    fold_of,
    segment_of,
    usage_event,
)
from tests.unit.domain.journal.test_closing import (
    ENDED,
    FACTS,
    FUTURE,
    GONE,
    OTHER,
    REJECTED,
    STRANGER,
    SUBMITTING,
    only_record,
    plan_of,
)

IN = carried_segment((5, ()))
IN_LATER = carried_segment((6, ()), origin="2026-11-18T11#00/late#000002#000")

UNCOVERED_HOURS = {
    "its own usage ends unbilled": ([segment_of(usage_event("a", 7))], GONE, REJECTED, False),
    "usage that a covered hour carried in is sent": ([IN], GONE, SUBMITTING, True),
    "a zero of its own changes nothing about that": (
        [IN, segment_of(usage_event("zero", 0))],
        GONE,
        SUBMITTING,
        True,
    ),
    "with usage of its own beside it all of it ends unbilled": (
        [IN, segment_of(usage_event("a", 7))],
        GONE,
        REJECTED,
        False,
    ),
    "before the start nothing comes from a covered hour": ([IN], FUTURE, REJECTED, True),
}


@pytest.mark.parametrize(
    ("segments", "subscription", "state", "is_carried"),
    UNCOVERED_HOURS.values(),
    ids=UNCOVERED_HOURS,
)
def test_an_hour_that_is_none_of_its_subscriptions(
    segments: list[Segment], subscription: Subscription, state: RecordState, *, is_carried: bool
) -> None:
    facts = replace(FACTS, known={SUBSCRIPTION.key: subscription})

    record = only_record(plan_closing(fold_of(segments), facts))

    assert (record.state, record.sealed.is_carried) == (state, is_carried)
    assert (record.sealed.identity, record.status.due_at is None) == (LICENSE, state is REJECTED)


def test_the_frozen_timestamp_lies_within_the_subscriptions_time() -> None:
    began = replace(SUBSCRIPTION, starts_at=NOON_AT + 20 * MINUTE)
    events = usage_event("a", occurred_at=NOON_AT), usage_event("b", occurred_at=NOON_AT + HOUR)

    first = only_record(plan_of(*events, facts=replace(FACTS, known={SUBSCRIPTION.key: began})))
    last = only_record(plan_of(events[1], facts=replace(FACTS, known={SUBSCRIPTION.key: ENDED})))

    assert first.sealed.timestamp_at == NOON_AT + 20 * MINUTE
    assert last.sealed.timestamp_at == NOON_AT + 30 * MINUTE


def test_late_usage_of_an_hour_that_is_not_covered_is_told_apart_meter_by_meter() -> None:
    strange = KEY._replace(subscription=STRANGER)
    fold = fold_of(
        [
            segment_of(
                usage_event("a"), usage_event("b", home=OTHER), usage_event("c", home=strange)
            )
        ],
        [
            IN,
            segment_of(usage_event("d"), usage_event("e", 0, home=OTHER)),
            segment_of(usage_event("f", home=strange)),
        ],
        [IN_LATER],
        through={METER: 0, OTHER.meter: 0, strange.meter: 0},
    )

    def found(subscription: Subscription, generation: int) -> dict[MeterKey, Reason]:
        facts = replace(FACTS, known={SUBSCRIPTION.key: subscription})
        return uncovered_late(fold, generation, facts)

    assert found(GONE, 1)[METER] is Reason.AFTER_END
    assert found(FUTURE, 1)[METER] is Reason.BEFORE_START
    assert strange.meter not in found(GONE, 1)
    assert found(SUBSCRIPTION, 1) == found(ENDED, 1) == found(GONE, 0) == {}
    assert (found(GONE, 2), found(FUTURE, 2)) == ({}, {METER: Reason.BEFORE_START})
