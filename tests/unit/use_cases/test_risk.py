"""What the risk metrics call a risk, and what not."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from meterhouse.domain.keys import AccountKey
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, Meterhouse


@pytest.mark.parametrize("hours", [3, 12, 19, 23])
def test_an_hour_without_usage_is_no_risk(hours: int) -> None:
    house = Meterhouse()
    house.drain(house.event(house.buyer(), quantity=0))
    house.clock.move_to(house.hour_at + hours * HOUR)

    house.reconcile()

    assert house.report.metrics["RecordsAtRisk"] == 0
    assert house.report.metrics["OldestPendingAgeSeconds"] == 0


def test_a_record_that_is_held_grows_old_and_comes_into_danger() -> None:
    house = Meterhouse()
    house.drain(house.event(house.subscribe(), quantity="2.5"))
    house.clock.move_to(house.hour_at + 20 * HOUR)

    house.reconcile()

    assert house.report.metrics["RecordsAtRisk"] == 1
    assert house.report.metrics["UnitsAtRisk"] == 2.5
    age = timedelta(seconds=house.report.metrics["OldestPendingAgeSeconds"])
    assert age == timedelta(hours=18, minutes=45)


def test_an_hour_that_is_open_as_it_should_be_has_no_age() -> None:
    house = Meterhouse()
    house.queue.waiting = 1
    house.drain(house.event(house.buyer()), sent_at=house.hour_at)

    house.reconcile()

    assert house.report.metrics["RecordsPending"] == 1
    assert house.report.metrics["OldestPendingAgeSeconds"] == 0


def test_a_crowd_of_hours_without_usage_hides_no_risk() -> None:
    house = Meterhouse()
    idle = [house.buyer() for _ in range(550)]
    house.drain(*(house.event(buyer, quantity=0) for buyer in idle))
    house.drain(house.event(house.subscribe(), quantity=1000))
    house.clock.move_to(house.hour_at + 20 * HOUR)

    house.reconcile()

    assert house.report.metrics["UnitsAtRisk"] == 1000


class UnreadableLedger(InMemoryLedger):
    """Breaks when the accounts are asked for."""

    def accounts(self) -> Iterator[AccountKey]:
        raise MemoryError("too many accounts")


def test_what_is_at_risk_is_published_whatever_becomes_of_the_accounting() -> None:
    house = Meterhouse(UnreadableLedger())
    house.drain(house.event(house.subscribe(), quantity=1000))
    house.clock.move_to(house.hour_at + 20 * HOUR)
    published: list[float] = []
    house.report.publish = lambda: published.append(house.report.metrics["UnitsAtRisk"])  # type: ignore[method-assign] # notes the moment

    with pytest.raises(MemoryError):
        house.reconcile()

    assert published == [1000]
