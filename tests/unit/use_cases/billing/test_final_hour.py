"""The final hour by itself: nobody types anything, and nothing that was sent in time is lost."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.errors import FencedError, StorageUnavailableError
from tests.fakes.books import check_books
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.fakes.world import InMemorySubscriptionBook
from tests.unit.use_cases.billing.leaving import (
    BEFORE,
    ENDED_AT,
    MINUTE,
    just_past_noon,
    leave,
    run_at,
    run_until,
    say_ended,
    used_at,
)


@pytest.fixture
def house() -> Meterhouse:
    return just_past_noon(Meterhouse())


def test_the_hours_that_are_over_are_billed_at_once(house: Meterhouse) -> None:
    buyer = leave(house)

    summary = run_at(house, ENDED_AT)

    assert house.billed(buyer) == {"11": Decimal(7)}
    assert (summary.ending, summary.ending_left) == (1, 0)


def test_the_unfinished_hour_is_billed_once_when_its_last_usage_had_time_to_come(
    house: Meterhouse,
) -> None:
    buyer = leave(house)
    run_until(house, ENDED_AT + 5 * MINUTE)
    used_at(house, buyer, ENDED_AT + 6 * MINUTE, quantity=2)
    assert house.billed(buyer) == {"11": Decimal(7)}

    run_at(house, ENDED_AT + 10 * MINUTE)

    assert house.billed(buyer) == {"11": Decimal(7), "12": Decimal(5)}
    check_books(house)


def test_with_no_minutes_to_wait_everything_is_billed_at_once(house: Meterhouse) -> None:
    house.policy = replace(house.policy, final_usage=timedelta(0))
    buyer = leave(house)

    run_at(house, ENDED_AT)

    assert house.billed(buyer) == {"11": Decimal(7), "12": Decimal(3)}


def test_late_usage_of_an_hour_that_was_over_is_billed_with_the_unfinished_one(
    house: Meterhouse,
) -> None:
    buyer = leave(house)
    run_at(house, ENDED_AT)
    house.drain(house.event(buyer, "late", quantity=4, time=BEFORE.isoformat()))

    run_until(house, ENDED_AT + 15 * MINUTE)

    assert house.billed(buyer) == {"11": Decimal(7), "12": Decimal(7)}
    check_books(house)


def test_an_hour_that_passes_while_its_last_usage_is_waited_for_stays_open(
    house: Meterhouse,
) -> None:
    buyer = house.buyer()
    house.clock.move_to(NOON + 55 * MINUTE)
    used_at(house, buyer, NOON + 50 * MINUTE, quantity=3)
    say_ended(house, buyer)
    run_at(house, NOON + HOUR + MINUTE)
    assert house.billed(buyer) == {}, "its final minutes go on"
    now = NOON + HOUR + 3 * MINUTE
    house.clock.move_to(now)
    in_time = house.event(buyer, "in time", quantity=2, time=(NOON + 59 * MINUTE).isoformat())
    house.drain(in_time, sent_at=now)
    used_at(house, buyer, now, quantity=1)

    run_at(house, NOON + HOUR + 5 * MINUTE)

    # What was used after the end is nobody's license's, and is not billed.
    assert house.billed(buyer) == {"12": Decimal(5)}
    check_books(house)


def test_late_usage_finds_the_next_hour_and_is_billed_there_in_the_window(
    house: Meterhouse,
) -> None:
    buyer = leave(house, NOON + 30 * MINUTE)
    run_until(house, NOON + 40 * MINUTE)
    assert house.billed(buyer)["12"] == 3
    used_at(house, buyer, NOON + 45 * MINUTE, quantity=2)

    run_until(house, NOON + HOUR + 5 * MINUTE)

    assert house.billed(buyer) == {"11": Decimal(7), "12": Decimal(3), "13": Decimal(2)}
    check_books(house)


def test_run_after_run_bills_nothing_twice(house: Meterhouse) -> None:
    buyer = leave(house)

    run_until(house, ENDED_AT + 3 * HOUR)

    assert house.billed(buyer) == {"11": Decimal(7), "12": Decimal(3)}
    assert house.marketplace.desks.bill.double_billed() == ()
    check_books(house)


def test_once_the_window_is_over_nothing_is_flushed(house: Meterhouse) -> None:
    leave(house)

    assert run_at(house, ENDED_AT + HOUR - MINUTE).ending == 1
    assert run_at(house, ENDED_AT + HOUR).ending == 0


def test_others_notice_nothing(house: Meterhouse) -> None:
    staying = house.buyer()
    used_at(house, staying, BEFORE + 50 * MINUTE)
    used_at(house, staying, NOON + MINUTE)
    leave(house)

    run_until(house, NOON + 12 * MINUTE)
    assert house.billed(staying) == {}
    assert house.is_open(staying, hour_at=BEFORE)
    # Stragglers still find their hours open.
    used_at(house, staying, BEFORE + 58 * MINUTE)
    used_at(house, staying, NOON + 50 * MINUTE)

    run_until(house, NOON + HOUR + 20 * MINUTE)
    assert house.billed(staying) == {"11": Decimal(2), "12": Decimal(2)}
    check_books(house)


def test_what_waits_in_the_queue_is_waited_for(house: Meterhouse) -> None:
    buyer = leave(house)
    house.queue.waiting = 100
    house.queue.note_progress(ENDED_AT - timedelta(seconds=1), house.clock.now())
    run_at(house, ENDED_AT + MINUTE)
    assert house.billed(buyer) == {}, "its usage of the hour before may wait there"
    house.queue.note_progress(ENDED_AT, house.clock.now())
    run_at(house, ENDED_AT + 12 * MINUTE)
    assert house.billed(buyer) == {"11": Decimal(7)}, "what was sent in the minutes after may wait"
    used_at(house, buyer, ENDED_AT + 9 * MINUTE, quantity=2)
    house.queue.note_progress(ENDED_AT + 10 * MINUTE, house.clock.now())

    run_at(house, ENDED_AT + 15 * MINUTE)

    assert house.billed(buyer) == {"11": Decimal(7), "12": Decimal(5)}


def test_twenty_minutes_before_the_end_no_queue_is_waited_for(house: Meterhouse) -> None:
    buyer = leave(house)
    house.queue.waiting = 100

    run_at(house, ENDED_AT + 39 * MINUTE)
    assert house.billed(buyer) == {}

    run_at(house, ENDED_AT + 40 * MINUTE)
    assert house.billed(buyer) == {"11": Decimal(7), "12": Decimal(3)}


def test_an_hour_that_waits_for_messages_of_others_is_billed_for_who_leaves(
    house: Meterhouse,
) -> None:
    staying = house.buyer()
    used_at(house, staying, BEFORE + 50 * MINUTE)
    buyer = leave(house)
    house.queue.waiting = 100

    run_at(house, ENDED_AT + 40 * MINUTE)

    assert house.billed(buyer)["11"] == 7
    assert house.billed(staying) == {}, "its messages may wait until two hours before the deadline"


class SlowBook(InMemorySubscriptionBook):
    """Its index does not know yet who ended."""

    def ending(self, now: datetime) -> tuple[Subscription, ...]:
        del now
        return ()


def test_who_ended_just_now_can_be_named(house: Meterhouse) -> None:
    house.subscriptions = SlowBook()
    buyer = leave(house)
    key = house.key(buyer).subscription
    run_at(house, ENDED_AT)
    assert house.billed(buyer) == {}

    assert run_at(house, ENDED_AT, ending=[key]).ending == 1

    assert house.billed(buyer) == {"11": Decimal(7)}


def test_who_did_not_end_is_named_in_vain(house: Meterhouse) -> None:
    buyer = house.buyer()
    used_at(house, buyer, NOON + MINUTE)
    stranger = SubscriptionKey("license#l-nobody")

    summary = run_at(house, ENDED_AT, ending=[house.key(buyer).subscription, stranger])

    assert summary.ending == 0
    assert house.billed(buyer) == {}
    assert ("ending_of_nobody", {"subscription": stranger}) in house.report.events


def test_a_run_without_time_says_what_it_left(house: Meterhouse) -> None:
    leave(house)
    house.clock.move_to(ENDED_AT, seconds_left=40)

    summary = house.reconcile()

    assert (summary.ending, summary.ending_left) == (1, 2)


def test_a_fenced_table_bills_nothing_and_still_measures(house: Meterhouse) -> None:
    buyer = leave(house)
    house.policy = replace(house.policy, is_fenced=True)

    run_at(house, ENDED_AT + 41 * MINUTE)

    assert house.billed(buyer) == {}
    assert house.report.metrics["FinalUnitsAtRisk"] == 10
    with pytest.raises(FencedError):
        house.reconcile(ending=[house.key(buyer).subscription])


def test_phases_move_on_in_every_run_and_stop_none(house: Meterhouse) -> None:
    class Broken(InMemorySubscriptionBook):
        def refresh(self, now: datetime) -> None:
            super().refresh(now)
            raise StorageUnavailableError("simulated")

    house.subscriptions = Broken()
    buyer = leave(house)

    run_at(house, ENDED_AT)

    assert house.subscriptions.refreshed_at == ENDED_AT
    assert house.billed(buyer) == {"11": Decimal(7)}
    assert "phases_left" in house.report.failures
