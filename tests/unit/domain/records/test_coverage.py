"""Which hours a subscription pays for."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhouse.domain.records.coverage import why_record_uncovered, why_uncovered
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import UNCOVERED, Reason
from tests.unit.domain.builders import (
    HOUR,
    MINUTE,
    NOON_AT,
    SUBSCRIPTION,
    record_in,
    sealed_record,
)

BEFORE_START, AFTER_END = Reason.BEFORE_START, Reason.AFTER_END
MICROSECOND = timedelta(microseconds=1)

HOURS = {
    "times that nobody told bound nothing": (None, None, None),
    "the hour of the start is covered whole": (NOON_AT + 59 * MINUTE, None, None),
    "an hour that is over before it is not": (
        NOON_AT + HOUR,
        None,
        BEFORE_START,
    ),
    "not even by its last instant": (NOON_AT + HOUR - MICROSECOND, None, None),
    "the hour of the end is covered whole": (None, NOON_AT + MICROSECOND, None),
    "an hour that begins at the end is not": (None, NOON_AT, AFTER_END),
    "an hour that begins later is not": (None, NOON_AT - 5 * MINUTE, AFTER_END),
    "a few minutes within an hour cover it": (NOON_AT + 5 * MINUTE, NOON_AT + 9 * MINUTE, None),
    "what ended before it was to begin covers nothing": (NOON_AT + 2 * HOUR, NOON_AT, BEFORE_START),
}


@pytest.mark.parametrize(("starts_at", "ended_at", "expected"), HOURS.values(), ids=HOURS)
def test_an_hour_is_covered_if_the_subscription_touches_it(
    starts_at: datetime | None, ended_at: datetime | None, expected: Reason | None
) -> None:
    subscription = replace(SUBSCRIPTION, starts_at=starts_at, ended_at=ended_at)

    assert why_uncovered(subscription, NOON_AT, is_carried=False) is expected


def test_nobody_can_say_of_an_unknown_subscription_what_it_covers() -> None:
    assert why_uncovered(None, NOON_AT, is_carried=False) is None


def test_usage_of_an_earlier_hour_may_be_billed_after_the_end_and_never_before_the_start() -> None:
    ended = replace(SUBSCRIPTION, ended_at=NOON_AT - HOUR)
    scheduled = replace(SUBSCRIPTION, starts_at=NOON_AT + HOUR)

    assert why_uncovered(ended, NOON_AT, is_carried=True) is None
    assert why_uncovered(scheduled, NOON_AT, is_carried=True) is BEFORE_START


@given(st.integers(-300, 300), st.integers(0, 300), st.integers(-6, 6))
def test_the_hours_of_a_subscription_are_those_that_it_overlaps(
    begins: int, lasts: int, hours: int
) -> None:
    starts_at, ended_at = NOON_AT + begins * MINUTE, NOON_AT + (begins + lasts) * MINUTE
    hour_at = NOON_AT + hours * HOUR
    subscription = replace(SUBSCRIPTION, starts_at=starts_at, ended_at=ended_at)

    overlaps = hour_at < ended_at and starts_at < hour_at + HOUR

    found = why_uncovered(subscription, hour_at, is_carried=False)
    assert (found is None) is overlaps
    assert overlaps or found in UNCOVERED


def test_of_a_record_what_was_frozen_in_it_decides() -> None:
    known = {SUBSCRIPTION.key: replace(SUBSCRIPTION, ended_at=NOON_AT)}
    own = sealed_record()
    late = replace(own, is_carried=True)

    found = [
        why_record_uncovered(record_in(RecordState.SEALED, sealed), known) for sealed in (own, late)
    ]

    assert found == [AFTER_END, None]
    assert why_record_uncovered(record_in(RecordState.SEALED), {}) is None
