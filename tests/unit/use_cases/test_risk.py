"""What the risk metrics call a risk, and what not."""

from datetime import timedelta

import pytest

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
