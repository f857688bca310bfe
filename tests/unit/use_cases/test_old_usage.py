"""Usage that happened long ago: what is rejected, what is carried, and who must not be misled."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from marketplace_sandbox.testing import Agreement

from tests.fakes.books import check_books
from tests.fakes.meterhouse import HOUR, Meterhouse

DAY = timedelta(days=1)


@pytest.fixture
def house() -> Meterhouse:
    return Meterhouse()


def codes_of(house: Meterhouse) -> list[str]:
    return [one.code for one in house.rejected.rejections]


def aged(house: Meterhouse, buyer: Agreement, age: timedelta) -> dict[str, object]:
    """Return an event of two units that happened some time ago."""
    time = house.hour_at + timedelta(minutes=30) - age
    return house.event(buyer, f"{age.days} days", quantity=2, time=time.isoformat())


def bill_everything(house: Meterhouse) -> None:
    for _ in range(3):
        house.reconcile()
        house.clock.move_to(house.clock.now() + HOUR)


def test_usage_of_1970_is_rejected_and_its_neighbours_are_billed(house: Meterhouse) -> None:
    buyer = house.buyer()
    ancient = house.event(buyer, "y1970", quantity=1970, time="1970-01-01T00:00:00Z")
    last_year = aged(house, buyer, 365 * DAY)

    assert house.drain(ancient, house.event(buyer, quantity=3), last_year) == []

    assert codes_of(house) == ["time_too_old", "time_too_old"]
    assert [one.content for one in house.rejected.rejections] == [ancient, last_year]
    assert house.billed(buyer) == {"12": Decimal(3)}
    assert house.report.metrics["EventsRejected"] == 2
    assert house.report.metrics["EventsRejected time_too_old"] == 2
    bill_everything(house)
    assert sum(house.billed(buyer).values()) == Decimal(3)
    check_books(house)


def test_usage_of_last_week_is_carried_as_it_ever_was(house: Meterhouse) -> None:
    buyer = house.buyer()

    house.drain(aged(house, buyer, 7 * DAY))
    bill_everything(house)

    assert codes_of(house) == []
    assert sum(house.billed(buyer).values()) == Decimal(2)


def test_usage_that_waited_in_the_queue_for_two_weeks_is_not_older_for_it(
    house: Meterhouse,
) -> None:
    buyer = house.buyer()
    house.policy = replace(house.policy, late_max=DAY)
    sent_at = house.clock.now() - 14 * DAY
    event = aged(house, buyer, 14 * DAY)

    for _ in range(2):
        assert house.drain(event, sent_at=sent_at) == []
        house.clock.move_to(house.clock.now() + HOUR)
    bill_everything(house)

    assert codes_of(house) == []
    assert sum(house.billed(buyer).values()) == Decimal(2)


@pytest.mark.parametrize("days", [(31, 1), (1, 31)], ids=["lowered", "raised"])
def test_a_bound_that_changes_between_two_deliveries_loses_nothing_and_bills_nothing_twice(
    house: Meterhouse, days: tuple[int, int]
) -> None:
    buyer = house.buyer()
    sent_at, event = house.clock.now(), aged(house, buyer, 7 * DAY)

    for bound in days:
        house.policy = replace(house.policy, late_max=bound * DAY)
        assert house.drain(event, sent_at=sent_at) == []
    bill_everything(house)

    # Each delivery was judged by the bound of its time: what one took is billed, and once, although
    # the other one's copy is in the queue of rejected usage.
    assert codes_of(house) == ["time_too_old"]
    assert sum(house.billed(buyer).values()) == Decimal(2)
    # So an operator who sends the copy again as it is, with a bound that takes it, bills no more.
    house.policy = replace(house.policy, late_max=31 * DAY)
    house.drain(event)
    bill_everything(house)
    assert sum(house.billed(buyer).values()) == Decimal(2)
    check_books(house)
