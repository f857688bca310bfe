"""Late usage of one hour that comes in many drains: what closings read stays in proportion."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.keys import LogKey
from meterhouse.ports.ledger import StoredSegment
from tests.fakes.books import check_books
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.use_cases.ledgers import HookedLedger

MINUTE = timedelta(minutes=1)


class CountingLedger(HookedLedger):
    """Counts the segments that are read."""

    def __init__(self) -> None:
        super().__init__()
        self.read = 0

    def segments(self, log: LogKey, first: int, last: int | None = None) -> Iterator[StoredSegment]:
        for one in super().segments(log, first, last):
            self.read += 1
            yield one


def segments_read(drains: int) -> int:
    """Return how many segments are read while late usage comes every half minute."""
    ledger = CountingLedger()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    house.drain(house.event(buyer, "in time"))
    house.reconcile()
    for number in range(drains):
        house.clock.move_to(house.clock.now() + MINUTE / 2)
        house.drain(house.event(buyer, f"late {number}"))
        house.reconcile()
    for _ in range(4):
        house.clock.move_to(house.clock.now() + HOUR)
        house.reconcile()
    assert sum(house.billed(buyer).values()) == Decimal(1 + drains)
    check_books(house)
    return ledger.read


def test_four_times_as_many_drains_do_not_read_sixteen_times_as_much() -> None:
    few, many = segments_read(60), segments_read(240)

    # It was 2,435 and some 32,000 when each drain was followed by a closing.
    assert many < 8_000
    assert many / few < 6


def test_late_usage_is_not_waited_for_beyond_the_hours_deadline() -> None:
    """A meter that has no record yet is billed in its own hour, however often it was closed."""
    house = Meterhouse()
    buyer, other = house.buyer(), house.buyer()
    house.drain(house.event(buyer, "in time"))
    for number in range(8):
        house.clock.move_to(house.clock.now() + HOUR)
        house.drain(house.event(buyer, f"late {number}"))
        house.reconcile()
    house.clock.move_to(NOON + 24 * HOUR - 20 * MINUTE)
    house.drain(house.event(other, "first"))
    house.clock.move_to(NOON + 24 * HOUR - 14 * MINUTE)
    house.reconcile()

    assert house.billed(other) == {"12": Decimal(1)}


@pytest.mark.parametrize(
    ("segments", "seconds"), [(0, 0), (29, 0), (30, 30), (900, 900), (9_999, 3_600)]
)
def test_the_pause_before_an_hour_is_closed_again_grows_with_what_closing_it_reads(
    segments: int, seconds: int
) -> None:
    policy = Meterhouse().policy
    now = NOON + 30 * HOUR

    assert policy.reopening_time_of(NOON, segments, now) == now + timedelta(seconds=seconds)
