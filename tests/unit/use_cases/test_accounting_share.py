"""A run balances what it may read, and every account has its turn."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.keys import AccountKey, RecordKey
from meterhouse.domain.records import MeteringRecord
from sandbox.marketplace.core.sales.agreements import Agreement
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.fakes.world import VirtualClock

LATER = NOON + timedelta(hours=20)


class RestlessClock(VirtualClock):
    """Spreads what it is asked to spread over everything in turn."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(clock.now())
        self._asked = 0

    def jitter(self) -> float:
        self._asked += 1
        return self._asked * 0.37 % 1


def _plant_difference(house: Meterhouse, key: RecordKey) -> None:
    records = house.ledger.records  # type: ignore[attr-defined] # the ledger in memory has them
    records[key] = replace(records[key], units=Decimal(999))


def _billed_house() -> tuple[Meterhouse, Agreement]:
    house = Meterhouse()
    buyer = house.buyer()
    house.drain(house.event(buyer))
    house.reconcile()
    return house, buyer


@pytest.mark.parametrize("hours", [1, 20, 60])
def test_a_difference_in_a_light_account_is_found_by_the_next_run(hours: int) -> None:
    house, buyer = _billed_house()
    _plant_difference(house, house.key(buyer))
    house.clock.move_to(NOON + hours * HOUR)

    summary = house.reconcile()

    assert (summary.accounts_balanced, summary.accounts_left, summary.differences) == (1, 0, 1)
    assert house.report.metrics["AccountingDifferences"] == 1


def test_an_old_difference_in_a_heavy_account_is_found_before_long() -> None:
    house, buyer = _billed_house()
    _plant_difference(house, house.key(buyer))
    house.clock = RestlessClock(house.clock)
    house.clock.move_to(LATER)
    heavy = [house.event(buyer, f"{n}", time=LATER.isoformat()) for n in range(5_000)]
    house.drain(*heavy)

    found = Counter(house.reconcile().differences for _ in range(60))

    assert found[1] > 0
    assert found[0] > found[1], "the whole of a heavy account is not read each time"


def test_accounts_beyond_the_budget_of_a_run_have_their_turn_in_later_runs() -> None:
    house = Meterhouse()
    names = tuple(f"d{number}" for number in range(200))
    house.product = house.marketplace.create_product(dimensions=names)
    buyers = [house.buyer() for _ in range(3)]
    house.drain(*(house.event(buyer, dimension=name) for buyer in buyers for name in names))
    house.clock = RestlessClock(house.clock)
    _plant_difference(house, house.key(buyers[-1], "d199"))

    summaries = [house.reconcile() for _ in range(20)]

    assert all(0 < summary.accounts_left < 600 for summary in summaries)
    assert sum(summary.differences for summary in summaries) > 0


def test_a_run_without_time_balances_nothing_and_says_so() -> None:
    house, _ = _billed_house()
    house.clock.move_to(LATER, seconds_left=19)

    summary = house.reconcile()

    assert (summary.accounts_balanced, summary.accounts_left) == (0, 1)


@pytest.mark.parametrize("hours_later", range(5, 9))
def test_late_usage_that_was_carried_is_no_difference_at_the_edge_of_the_period(
    hours_later: int,
) -> None:
    house, buyer = _billed_house()
    house.drain(house.event(buyer, "late", quantity=2))
    house.clock.move_to(NOON + hours_later * HOUR + timedelta(minutes=27))

    assert house.reconcile().differences == 0


def test_an_account_that_was_heavy_before_is_read_within_the_budget() -> None:
    house, buyer = _billed_house()
    for hour in range(2, 12):
        at = NOON + hour * HOUR
        house.clock.move_to(at)
        heavy = [house.event(buyer, f"{n}", time=at.isoformat()) for n in range(50_000)]
        house.drain(*heavy)
    house.clock.move_to(NOON + 22 * HOUR)
    read = Counter[str]()
    real = house.ledger.read_account

    def counting(account: AccountKey, since: datetime | None) -> Iterator[MeteringRecord]:
        for record in real(account, since):
            read["entries"] += sum(len(page.entries) for page in record.pages)
            yield record

    house.ledger.read_account = counting  # type: ignore[method-assign] # counts what is read

    summary = house.reconcile()

    assert summary.accounts_balanced == 1
    assert 0 < read["entries"] < 500_000
