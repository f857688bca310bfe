"""When the last usage of a subscription that ends is sealed: every rule and its edge."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from meterhouse.domain.subscriptions.final_hour import (
    FINAL_USAGE_MAX,
    FinalUsage,
    final_usage_of,
    is_closed,
)
from meterhouse.domain.subscriptions.subscription import Subscription
from tests.unit.domain.builders import HOUR, MINUTE, NOON_AT, SUBSCRIPTION

SECOND = timedelta(seconds=1)
ENDED_AT = NOON_AT + 50 * MINUTE
LATEST_AT = ENDED_AT + 40 * MINUTE
ENDING = replace(SUBSCRIPTION, ended_at=ENDED_AT, closes_at=ENDED_AT + HOUR)
OVER, LAST, NEXT = NOON_AT - HOUR, NOON_AT, NOON_AT + HOUR


def final_usage(minutes: int = 15, stopped_at: datetime | None = None) -> FinalUsage:
    subscription = replace(ENDING, stopped_at=stopped_at)
    found = final_usage_of(subscription, ENDED_AT, timedelta(minutes=minutes))
    assert found is not None
    return found


def is_ready(
    hour_at: datetime, now: datetime, of: FinalUsage, drained_to: datetime | None = None
) -> bool:
    """Tell whether an hour is ready with a queue that is drained to a moment, or empty."""
    return of.is_ready(hour_at, now, lambda sent: drained_to is None or drained_to >= sent)


@pytest.mark.parametrize(
    ("subscription", "now", "is_ending"),
    [
        (SUBSCRIPTION, ENDED_AT, False),
        (ENDING, ENDED_AT - SECOND, False),
        (ENDING, ENDED_AT, True),
        (ENDING, ENDED_AT + HOUR - SECOND, True),
        (ENDING, ENDED_AT + HOUR, False),
        # AWS said so twice, and the later word counts for the end of the window.
        (replace(ENDING, closes_at=ENDED_AT + 2 * HOUR), ENDED_AT + 2 * HOUR - SECOND, True),
        (replace(ENDING, closes_at=None), ENDED_AT + HOUR - SECOND, True),
        (replace(ENDING, closes_at=None), ENDED_AT + HOUR, False),
    ],
)
def test_the_final_hour_runs_from_the_first_word_to_an_hour_after_the_last(
    subscription: Subscription, now: datetime, *, is_ending: bool
) -> None:
    assert (final_usage_of(subscription, now, 10 * MINUTE) is not None) == is_ending
    assert is_closed(ENDING, ENDED_AT + HOUR)
    assert not is_closed(SUBSCRIPTION, ENDED_AT + HOUR)


def test_an_hour_that_was_over_at_the_end_is_ready_at_once() -> None:
    assert is_ready(OVER, ENDED_AT, final_usage())


def test_an_hour_that_was_over_waits_for_messages_from_before_the_end() -> None:
    assert not is_ready(OVER, ENDED_AT, final_usage(), drained_to=ENDED_AT - SECOND)
    assert is_ready(OVER, ENDED_AT, final_usage(), drained_to=ENDED_AT)


def test_an_hour_that_ends_with_the_subscription_is_over() -> None:
    subscription = replace(ENDING, ended_at=NOON_AT + HOUR, closes_at=NOON_AT + 2 * HOUR)
    of = final_usage_of(subscription, NOON_AT + HOUR, 15 * MINUTE)

    assert of is not None
    assert is_ready(LAST, NOON_AT + HOUR, of)
    assert not is_ready(NEXT, NOON_AT + HOUR, of)


@pytest.mark.parametrize("hour_at", [LAST, NEXT], ids=["its hour", "a later one"])
def test_an_unfinished_hour_is_ready_once_its_usage_had_time_to_come(hour_at: datetime) -> None:
    complete_at = ENDED_AT + 15 * MINUTE

    # The hour's own end, at ten minutes, changes nothing.
    assert not is_ready(hour_at, complete_at - SECOND, final_usage())
    assert is_ready(hour_at, complete_at, final_usage())


def test_an_unfinished_hour_waits_for_what_was_sent_in_time() -> None:
    complete_at = ENDED_AT + 15 * MINUTE

    assert not is_ready(LAST, complete_at + MINUTE, final_usage(), complete_at - SECOND)
    assert is_ready(LAST, complete_at + MINUTE, final_usage(), drained_to=complete_at)


def test_without_a_wait_the_unfinished_hour_is_ready_at_once() -> None:
    assert is_ready(LAST, ENDED_AT, final_usage(minutes=0))


@pytest.mark.parametrize("stopped_at", [ENDED_AT - HOUR, ENDED_AT - MINUTE, ENDED_AT + MINUTE])
def test_a_product_that_stopped_is_not_waited_for(stopped_at: datetime) -> None:
    of = final_usage(stopped_at=stopped_at)
    now = max(stopped_at, ENDED_AT)

    assert is_ready(LAST, now, of)
    assert not is_ready(LAST, now, of, drained_to=stopped_at - SECOND)
    assert is_ready(LAST, now, of, drained_to=stopped_at)


def test_a_stop_that_comes_after_the_wait_prolongs_nothing() -> None:
    of = final_usage(stopped_at=ENDED_AT + 30 * MINUTE)

    assert of == final_usage()


@pytest.mark.parametrize("hour_at", [OVER, LAST])
@pytest.mark.parametrize("minutes", [0, 15, 40])
def test_twenty_minutes_before_the_end_no_queue_is_waited_for(
    hour_at: datetime, minutes: int
) -> None:
    of = final_usage(minutes)

    assert not is_ready(hour_at, LATEST_AT - SECOND, of, drained_to=NOON_AT)
    assert is_ready(hour_at, LATEST_AT, of, drained_to=NOON_AT)


def test_no_setting_waits_beyond_the_latest_moment() -> None:
    assert timedelta(minutes=40) == FINAL_USAGE_MAX
    assert final_usage(minutes=300).complete_at == LATEST_AT
