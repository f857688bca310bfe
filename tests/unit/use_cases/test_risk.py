"""What the risk metrics call a risk, and what not."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from meterhouse.domain.journal.head import Head
from meterhouse.domain.journal.hour_log import LogKey
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports import StoredSegment
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
    """Breaks when a whole log is read, as the accounting does."""

    def segments(self, log: LogKey, first: int, last: int | None = None) -> Iterator[StoredSegment]:
        if last is None:
            raise MemoryError("too many segments")
        yield from super().segments(log, first, last)


def test_what_is_at_risk_is_published_whatever_becomes_of_the_accounting() -> None:
    house = Meterhouse(UnreadableLedger())
    hour_before = (house.hour_at - HOUR).isoformat()
    house.drain(
        house.event(house.subscribe(), quantity=1000),
        house.event(house.buyer(), quantity=1, time=hour_before),
    )
    house.clock.move_to(house.hour_at + 20 * HOUR)

    house.reconcile()

    assert house.report.metrics["SubmissionsFailed"] == 1, "the accounting broke"
    assert house.report.metrics["UnitsAtRisk"] == 1000


class LedgerWithoutTotals(InMemoryLedger):
    """Does not answer when many heads are asked for."""

    def heads_between(self, first_at: datetime, last_at: datetime) -> Iterator[Head]:
        raise StorageUnavailableError(f"no heads between {first_at} and {last_at}")


def test_what_is_at_risk_is_published_before_the_totals() -> None:
    house = Meterhouse(LedgerWithoutTotals())
    house.drain(house.event(house.subscribe(), quantity=1000))
    house.clock.move_to(house.hour_at + 20 * HOUR)

    with pytest.raises(StorageUnavailableError):
        house.reconcile()

    assert house.report.metrics["UnitsAtRisk"] == 1000
