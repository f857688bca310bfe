"""A write may take effect long after its caller gave it up."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from meterhouse.ports import JournalResult, JournalWrite
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, Meterhouse

# When AWS's day for a record ends, with time left for the answer.
LAST_SEND = 24 * HOUR - timedelta(minutes=5)


class SlowLedger(InMemoryLedger):
    """Keeps journal writes on their way until `land`, while it is slow."""

    def __init__(self) -> None:
        super().__init__()
        self.is_slow = False
        self._on_their_way: list[JournalWrite] = []

    def journal(self, writes: Sequence[JournalWrite]) -> list[JournalResult]:
        if not self.is_slow:
            return super().journal(writes)
        self._on_their_way += writes
        return [JournalResult.FAILED for _ in writes]

    def land(self) -> None:
        self.is_slow = False
        super().journal(self._on_their_way)


def test_a_write_that_lands_after_its_event_was_carried_bills_nothing_twice() -> None:
    ledger = SlowLedger()
    house = Meterhouse(ledger)
    unregistered = house.subscribe()
    house.drain(house.event(unregistered, "e1"))
    # A write that is decided just in time does not come back in time
    house.clock.move_to(house.hour_at + LAST_SEND - timedelta(seconds=1))
    ledger.is_slow = True
    assert house.drain(house.event(unregistered, "e2", quantity=1000)) == ["m0"]
    # SQS delivers the message again when it is too late for its hour; then the write lands
    house.clock.move_to(house.hour_at + LAST_SEND + timedelta(seconds=5))
    ledger.is_slow = False
    assert house.drain(house.event(unregistered, "e2", quantity=1000)) == []
    ledger.land()

    house.register(unregistered)
    for _ in range(60):
        house.clock.move_to(house.clock.now() + timedelta(minutes=30))
        house.reconcile()

    assert sum(house.billed(unregistered).values()) == Decimal(1001)
    assert house.report.metrics["AccountingDifferences"] == 0
