"""An hour that is too large to fold is refused, named, and billed once the bound is raised."""

from collections.abc import Set as AbstractSet
from decimal import Decimal

from meterhouse.domain.keys import LogKey
from meterhouse.domain.operator_commands import Flush
from meterhouse.errors import FoldTooLargeError
from tests.fakes.books import check_books
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.use_cases.billing.hours import (
    LOG,
    MINUTE,
    drain_while_others_wait,
    events_named,
    run_at,
)


def test_an_hour_beyond_the_bound_of_a_fold_is_refused_named_and_at_risk() -> None:
    house = Meterhouse()
    house.fold_events_max = 3
    buyer, neighbour = house.buyer(), house.buyer()
    hour_before = (NOON - HOUR).isoformat()
    house.drain(
        *(house.event(buyer, f"e{number}") for number in range(4)),
        house.event(neighbour, time=hour_before),
    )

    assert house.billed(neighbour) == {"11": Decimal(1)}, "the other hours are not held up"
    assert house.billed(buyer) == {}
    assert house.report.metrics["FoldsRefused"] == 1
    assert [one["log"] for one in events_named(house, "fold_refused")] == [str(LOG)]
    assert house.head().reason == "fold_too_large"
    assert house.head().due_at is not None

    house.clock.move_to(NOON + 20 * HOUR)
    house.reconcile()

    assert house.report.metrics["RecordsAtRisk"] == 1
    risks = events_named(house, "hour_at_risk")
    assert {(one["log"], one["reason"]) for one in risks} == {(str(LOG), "fold_too_large")}


def test_an_hour_beyond_the_bound_is_billed_in_its_hour_once_the_bound_is_raised() -> None:
    house = Meterhouse()
    house.fold_events_max = 3
    buyer = house.buyer()
    house.drain(*(house.event(buyer, f"e{number}") for number in range(4)))
    for _ in range(8):
        run_at(house, 60)
    house.drain(house.event(buyer, "more"))
    assert house.billed(buyer) == {}

    house.fold_events_max = 5
    run_at(house, 60)

    assert house.billed(buyer) == {"12": Decimal(5)}
    assert house.head().reason is None
    run_at(house, 60)
    check_books(house)


def test_an_hour_beyond_the_bound_is_no_reason_to_call_a_flush_done() -> None:
    house = Meterhouse()
    house.fold_events_max = 3
    buyer = house.buyer()
    house.drain(*(house.event(buyer, f"e{number}") for number in range(4)))
    house.clock.move_to(house.clock.now() + 5 * MINUTE)
    flush = Flush(house.key(buyer).subscription, house.clock.now())

    assert house.reconcile(flushes=[flush]).flush_left > 0


def test_late_usage_beyond_the_bound_waits_and_is_carried_once_it_is_raised() -> None:
    house = Meterhouse()
    house.fold_events_max = 3
    buyer = house.buyer()
    house.drain(*(house.event(buyer, f"e{number}") for number in range(3)))
    house.drain(house.event(buyer, "late", quantity=10))
    assert house.head().reason == "fold_too_large"

    house.fold_events_max = 10
    for _ in range(4):
        run_at(house, 30)

    assert house.billed(buyer) == {"12": Decimal(3), "13": Decimal(10)}
    check_books(house)


class LedgerOfSmallManifests(InMemoryLedger):
    """Takes manifests of a few segments only."""

    names_max = 2

    def write_manifest(
        self, log: LogKey, generation: int, names: AbstractSet[str]
    ) -> frozenset[str]:
        if len(names) > self.names_max:
            raise FoldTooLargeError(f"{len(names)} segments")
        return super().write_manifest(log, generation, names)


def test_an_hour_with_more_segments_than_a_manifest_holds_is_refused_and_billed_later() -> None:
    ledger = LedgerOfSmallManifests()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    for number in range(3):
        drain_while_others_wait(house, house.event(buyer, f"e{number}"))
    run_at(house, 5)
    assert house.head().reason == "fold_too_large"
    assert house.report.metrics["FoldsRefused"] == 1

    ledger.names_max = 3
    run_at(house, 60)

    assert house.billed(buyer) == {"12": Decimal(3)}
    run_at(house, 60)
    check_books(house)
