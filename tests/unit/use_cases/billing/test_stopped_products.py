"""The seller says that its product has stopped: the unfinished hour need not wait any longer."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.operator_commands import Stop
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.use_cases.billing.leaving import (
    ENDED_AT,
    MINUTE,
    just_past_noon,
    leave,
    run_at,
    say_ended,
    used_at,
)

DAY = timedelta(days=1)


@pytest.fixture
def house() -> Meterhouse:
    return just_past_noon(Meterhouse())


def test_the_seller_says_that_its_product_has_stopped(house: Meterhouse) -> None:
    buyer = leave(house)
    key = house.key(buyer).subscription
    house.queue.waiting = 1
    stop = Stop(key, ENDED_AT + MINUTE)
    house.queue.note_progress(ENDED_AT, house.clock.now())

    answer = run_at(house, ENDED_AT + 2 * MINUTE, stops=[stop]).stopped[key]
    assert answer["answer"] == "left", "what was sent before may still wait"

    house.queue.note_progress(ENDED_AT + MINUTE, house.clock.now())
    run_at(house, ENDED_AT + 3 * MINUTE)
    assert house.billed(buyer) == {"11": Decimal(7), "12": Decimal(3)}


def test_a_stop_is_answered_with_what_it_billed(house: Meterhouse) -> None:
    buyer = leave(house)
    key = house.key(buyer).subscription

    summary = run_at(house, ENDED_AT + MINUTE, stops=[Stop(key, ENDED_AT + MINUTE)])

    answer = summary.stopped[key]
    assert (answer["answer"], answer["left"]) == ("flushed", 0)
    assert [one["quantity"] for one in answer["billed"]] == ["7", "3"]
    assert summary.flushed == {}


def test_a_stop_before_the_end_counts_when_aws_ends_it(house: Meterhouse) -> None:
    buyer = house.buyer()
    key = house.key(buyer).subscription
    used_at(house, buyer, NOON + MINUTE)

    stopped = run_at(house, NOON + MINUTE, stops=[Stop(key, NOON + MINUTE)]).stopped
    assert stopped == {key: {"answer": "noted"}}
    assert house.billed(buyer) == {}

    house.clock.move_to(ENDED_AT)
    say_ended(house, buyer)
    run_at(house, ENDED_AT)
    assert house.billed(buyer) == {"12": Decimal(1)}


def test_a_stop_before_an_agreed_end_says_in_how_many_days_that_is(house: Meterhouse) -> None:
    key = house.key(house.buyer()).subscription
    book = house.subscriptions.subscriptions
    now = house.clock.now()

    told = []
    for left in (30 * DAY, 30 * DAY - MINUTE, MINUTE, -MINUTE):
        book[key] = replace(book[key], ends_at=now + left)
        told.append(run_at(house, now, stops=[Stop(key, now)]).stopped[key])

    assert told == [{"answer": "noted", "days_left": days} for days in (30, 29, 0, 0)]


def test_a_stop_of_nobody_or_too_late_says_so(house: Meterhouse) -> None:
    stranger = SubscriptionKey("license#l-nobody")
    key = house.key(leave(house)).subscription
    now = ENDED_AT + HOUR

    summary = run_at(house, now, stops=[Stop(stranger, now), Stop(key, now)])

    assert summary.stopped == {stranger: {"answer": "not_found"}, key: {"answer": "too_late"}}
