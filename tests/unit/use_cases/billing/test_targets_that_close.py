"""Usage is carried to hours that close before it arrives there."""

from dataclasses import replace
from decimal import Decimal

import pytest

from meterhouse.domain.keys import LogKey
from meterhouse.ports.ledger import StoredSegment
from tests.fakes.books import check_books
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import Meterhouse
from tests.unit.use_cases.billing.hours import LOG, run_at


class ClosingLedger(InMemoryLedger):
    """A number of times it closes the open generation of another hour, just before usage comes."""

    def __init__(self, closings: int) -> None:
        super().__init__()
        self.closings = closings

    def append(self, log: LogKey, segment: StoredSegment) -> None:
        if log != LOG and self.closings:
            self.closings -= 1
            head = self.stored_heads[log]
            self.stored_heads[log] = replace(head, open=head.open + 1)
            self.write_manifest(log, head.open, set())
        super().append(log, segment)


@pytest.mark.parametrize("closings", [1, 2, 3, 4, 7])
def test_usage_that_finds_its_target_closed_time_and_again_is_tried_again(closings: int) -> None:
    ledger = ClosingLedger(closings=0)
    house = Meterhouse(ledger)
    buyer = house.buyer()
    house.drain(house.event(buyer, "a"))
    run_at(house, 5)
    # The hour to which late usage goes is there.
    house.drain(house.event(buyer, "b", quantity=10, time=house.clock.now().isoformat()))
    ledger.closings = closings
    house.drain(house.event(buyer, "late", quantity=100))

    for _ in range(12):
        run_at(house, 30)

    assert ledger.closings == 0
    assert house.billed(buyer)["12"] == 1
    assert sum(house.billed(buyer).values()) == Decimal(111)
    check_books(house)
