"""What the risk metrics call a risk, and what not."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from meterhouse.domain.journal.head import Head
from meterhouse.domain.keys import LogKey
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports.ledger import StoredSegment
from meterhouse.use_cases import reconcile_usage
from meterhouse.use_cases.accounting import measure_risk
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, Meterhouse
from tests.fakes.world import InMemoryReport
from tests.regressions.accidents import KilledError, WatchedApi, kill
from tests.unit.use_cases.ledgers import HookedLedger, on


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


@pytest.mark.parametrize(
    ("hours", "within"),
    [(17, (0, 0, 0)), (19, (2, 0, 0)), (22, (2, 2, 0)), (23.5, (2, 2, 2))],
    ids=["over six hours left", "five hours left", "two hours left", "half an hour left"],
)
def test_units_at_risk_stand_by_the_time_that_is_left_to_them(
    hours: float, within: tuple[int, int, int]
) -> None:
    house = Meterhouse()
    house.drain(house.event(house.subscribe(), quantity=2))
    house.clock.move_to(house.hour_at + hours * HOUR)

    house.reconcile()

    names = ("UnitsAtRisk", "UnitsAtRiskWithin3Hours", "UnitsAtRiskWithin1Hour")
    assert tuple(house.report.metrics[name] for name in names) == within


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


def test_what_a_run_has_no_time_to_read_counts_as_at_risk() -> None:
    house = Meterhouse()
    house.marketplace.inject_fault("throttle", count=1_000_000)
    house.drain(house.event(house.buyer(), quantity=1000))
    house.clock.move_to(house.hour_at + 20 * HOUR, seconds_left=14)

    # A log and a batch; that the log only waits to be accounted for stands in what was not read.
    assert house.reconcile().pending == 2

    assert house.report.metrics["RecordsAtRisk"] == 2


def test_batches_beyond_those_that_are_read_count_one_record_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(measure_risk, "RISK_BATCHES_MAX", 2)
    house = Meterhouse()
    house.marketplace.inject_fault("throttle", count=1_000_000)
    house.drain(*(house.event(house.buyer()) for _ in range(80)))
    house.clock.move_to(house.hour_at + 20 * HOUR)

    house.reconcile()

    # Two batches that are read, of 25 and 5, and two more.
    assert house.report.metrics["RecordsAtRisk"] == 32


def test_usage_that_came_after_its_deadline_is_a_risk_only_if_it_is_not_carried_soon() -> None:
    house = Meterhouse()
    house.policy = replace(house.policy, quiet=timedelta(minutes=2))
    buyer, time = house.buyer(), (house.hour_at - 48 * HOUR).isoformat()
    house.drain(house.event(buyer, "a", time=time))
    house.reconcile()
    assert house.report.metrics["RecordsAtRisk"] == 0

    house.fold_events_max = 0
    house.clock.move_to(house.clock.now() + timedelta(minutes=45))
    house.reconcile()
    assert house.report.metrics["RecordsAtRisk"] == 1

    # That more comes does not make what is put off any younger.
    house.drain(house.event(buyer, "b", time=time))
    house.reconcile()
    assert house.report.metrics["RecordsAtRisk"] == 1


class PublishedReport(InMemoryReport):
    """Keeps what was published, as CloudWatch does when a run is cut off."""

    def __init__(self) -> None:
        super().__init__()
        self.published: dict[str, float] = {}

    def publish(self) -> None:
        self.published |= self.metrics


def test_what_was_counted_is_published_before_a_run_can_be_cut_off() -> None:
    ledger = HookedLedger()
    house = Meterhouse(ledger)
    house.report = report = PublishedReport()
    house.queue.waiting = 1
    house.drain(house.event(house.buyer(), dimension="unheard_of"), sent_at=house.hour_at)
    house.queue.waiting = 0
    house.clock.move_to(house.clock.now() + timedelta(minutes=6))
    # The last thing that a run reads.
    ledger.before = on("heads_between", kill)

    with suppress(KilledError):
        house.reconcile()

    assert report.published["RecordsRejected"] == 1
    assert "RecordsAtRisk" in report.published


def test_what_a_run_did_before_it_was_cut_off_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile_usage, "SUBMITTED_MAX", 1)
    ledger = HookedLedger()
    house = Meterhouse(ledger)
    house.report = report = PublishedReport()
    buyer = house.buyer()
    house.queue.waiting = 1
    house.drain(
        house.event(buyer, dimension="unheard_of"),
        house.event(buyer, time=(house.hour_at + HOUR).isoformat()),
        sent_at=house.hour_at,
    )
    house.queue.waiting = 0
    house.clock.move_to(house.hour_at + 3 * HOUR)
    ledger.after = on("take", lambda: setattr(ledger, "before", on("take", kill)))

    with suppress(KilledError):
        house.reconcile()

    assert report.published["RecordsRejected"] == 1


def test_heads_that_a_run_has_no_time_to_read_count_as_at_risk() -> None:
    house = Meterhouse()
    house.drain(house.event(house.subscribe()))
    house.clock.move_to(house.hour_at + 20 * HOUR, seconds_left=600)
    house.reconcile()
    assert house.report.metrics["RecordsAtRisk"] == 1
    house.report.metrics.clear()

    house.clock.move_to(house.hour_at + 20.5 * HOUR, seconds_left=14)
    house.reconcile()

    assert house.report.metrics["RecordsAtRisk"] == 1


def test_a_run_that_is_cut_off_in_its_calls_has_told_of_the_risk_before() -> None:
    """AWS hangs for a day, and Lambda ends each run in the middle of a call."""
    house = Meterhouse()
    house.clock.move_to(house.hour_at + 0.8 * HOUR)
    house.drain(house.event(house.buyer(), quantity=3))
    house.clock.move_to(house.hour_at + 20 * HOUR)
    house.metering = WatchedApi(house)
    house.metering.before_call = kill

    with pytest.raises(KilledError):
        house.reconcile()

    assert house.report.metrics["RecordsAtRisk"] == 1
    assert house.report.metrics["OldestPendingAgeSeconds"] > 0


@pytest.mark.parametrize(("minutes", "measured"), [(80, 1), (120, 2)])
def test_only_where_something_is_overdue_a_run_measures_twice(
    minutes: int, measured: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = Meterhouse()
    house.clock.move_to(house.hour_at + 50 * timedelta(minutes=1))
    house.drain(house.event(house.buyer()))
    house.clock.move_to(house.hour_at + minutes * timedelta(minutes=1))
    gauges: list[str] = []
    monkeypatch.setattr(house.report, "gauge", lambda name, _: gauges.append(name))

    house.reconcile()

    assert gauges.count("RecordsAtRisk") == measured
