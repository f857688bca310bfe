"""A write may take effect long after its caller gave it up."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.journal import segments
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports.ledger import StoredSegment
from tests.fakes.books import check_books
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, Meterhouse
from tests.unit.use_cases.ledgers import HookedLedger, on

# When AWS's day for a record ends, with time left for the answer.
LAST_SEND = 24 * HOUR - timedelta(minutes=5)


class SlowLedger(InMemoryLedger):
    """Keeps segments on their way until `land`, while it is slow."""

    def __init__(self) -> None:
        super().__init__()
        self.is_slow = False
        self._on_their_way: list[tuple[LogKey, StoredSegment]] = []

    def append(self, log: LogKey, segment: StoredSegment) -> None:
        if not self.is_slow:
            super().append(log, segment)
            return
        self._on_their_way.append((log, segment))
        raise StorageUnavailableError("no answer in time")

    def land(self) -> None:
        self.is_slow = False
        for log, segment in self._on_their_way:
            super().append(log, segment)


def run_for_hours(house: Meterhouse, hours: int) -> None:
    for _ in range(2 * hours):
        house.clock.move_to(house.clock.now() + timedelta(minutes=30))
        house.reconcile()


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
    house.register(unregistered)
    assert house.drain(house.event(unregistered, "e2", quantity=1000)) == []
    assert house.state(unregistered) is RecordState.CARRIED
    ledger.land()

    run_for_hours(house, 30)

    assert sum(house.billed(unregistered).values()) == Decimal(1001)
    check_books(house)


@pytest.mark.parametrize("is_delivered_again", [True, False])
@pytest.mark.parametrize("has_neighbours", [True, False])
def test_a_write_that_lands_in_a_closed_generation_counts_only_by_its_next_delivery(
    *, has_neighbours: bool, is_delivered_again: bool
) -> None:
    ledger = SlowLedger()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    slow = house.event(buyer, "slow", quantity=10)
    ledger.is_slow = True
    assert house.drain(slow) == ["m0"]
    ledger.is_slow = False
    if has_neighbours:
        house.drain(house.event(buyer, "in time"))
        assert house.billed(buyer) == {"12": Decimal(1)}
    # When it takes effect in the generation that was closed meanwhile, or that is open still
    ledger.land()
    if is_delivered_again:
        assert house.drain(slow) == []
    run_for_hours(house, 3)

    # Then it is late, or in time, or nothing that anybody was told of: never twice
    billed = house.billed(buyer)
    if has_neighbours:
        late = {"13": Decimal(10)} if is_delivered_again else {}
        assert billed == {"12": Decimal(1)} | late
    else:
        assert billed == ({"12": Decimal(10)} if is_delivered_again else {})
    check_books(house)


@pytest.mark.parametrize("method", ["append", "heads", "open_log", "anything"])
def test_a_drain_ends_in_its_time_however_long_each_access_to_the_table_hangs(method: str) -> None:
    """Else Lambda gives all its messages back, those that were stored, too."""
    ledger = HookedLedger()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    times = [house.hour_at - hours * HOUR for hours in range(20)]
    house.clock.move_to(house.clock.now(), seconds_left=120)
    # The longest that one access can take; see the wiring.
    ledger.before = lambda asked: house.clock.pause(55) if method in {asked, "anything"} else None

    kept = house.drain_bodies(
        [json.dumps(house.event(buyer, f"{at}", time=at.isoformat())) for at in times]
    )

    assert house.clock.seconds_left() > 0
    # What had no time comes back, and is in the ledger once in the end.
    assert kept
    assert sorted(house.queue.retried) == kept


def test_a_write_that_fails_sends_its_own_messages_back_and_no_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A message comes back, too, whose event equals one that failed with another message."""
    monkeypatch.setattr(segments, "SEGMENT_EVENTS_MAX", 2)
    ledger = HookedLedger()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    house.queue.waiting = 1
    events = [house.event(buyer, name, quantity=10**place) for place, name in enumerate("abcd")]
    ledger.before = on("append", _fail)

    kept = house.drain_bodies(map(json.dumps, [*events, events[1]]))

    assert kept == ["m0", "m1", "m4"]
    assert house.report.metrics["EventsAccepted"] == 2
    house.queue.waiting = 0
    house.drain(events[0], events[1])
    run_for_hours(house, 2)
    assert sum(house.billed(buyer).values()) == 1111
    check_books(house)


def _fail() -> None:
    raise StorageUnavailableError("no answer in time")
