"""A drain whose hour is closed meanwhile, or whose writes fail for some hours only."""

import json
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from marketplace_sandbox.testing import Agreement

from meterhouse.domain.keys import LogKey
from meterhouse.domain.usage.events import QueueMessage
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports.ledger import StoredSegment
from tests.fakes.books import check_books
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.use_cases.ledgers import HookedLedger, on

MINUTE = timedelta(minutes=1)


class DownLedger(InMemoryLedger):
    """Fails in one method, for one hour or, where none is named, for all."""

    def __init__(self, method: str, hour_at: datetime | None = None) -> None:
        super().__init__()
        self._method, self._hour_at = method, hour_at

    def _fail(self, method: str, hour_at: datetime) -> None:
        if method == self._method and self._hour_at in {None, hour_at}:
            raise StorageUnavailableError(f"no {method} at {hour_at}")

    def append(self, log: LogKey, segment: StoredSegment) -> None:
        self._fail("append", log.hour_at)
        super().append(log, segment)

    def open_log(self, log: LogKey, due_at: datetime, written_at: datetime | None) -> bool:
        self._fail("open_log", log.hour_at)
        return super().open_log(log, due_at, written_at)


def drain_three(house: Meterhouse, buyer: Agreement) -> list[str]:
    """Drain a message of noon, one of the hour before, and one with usage of both."""
    before = (house.hour_at - 30 * MINUTE).isoformat()
    noon, earlier = house.event(buyer, "a"), house.event(buyer, "b", time=before)
    both = [house.event(buyer, "c"), house.event(buyer, "d", time=before)]
    bodies = [json.dumps({"events": events}) for events in ([noon], [earlier], both)]
    sent_at = house.clock.now()
    return house.drain_messages([QueueMessage(f"m{n}", b, sent_at) for n, b in enumerate(bodies)])


@pytest.mark.parametrize("method", ["append", "open_log"])
def test_a_log_that_failed_keeps_only_the_messages_with_usage_of_it(method: str) -> None:
    house = Meterhouse(DownLedger(method, NOON - HOUR))
    buyer = house.buyer()

    kept = drain_three(house, buyer)

    assert kept == house.queue.retried == ["m1", "m2"]
    assert house.billed(buyer) == {"12": Decimal(2)}, "what was written is billed at once"
    assert house.report.metrics["EventsDeferred"] == 2


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("is_late", [False, True])
def test_usage_is_billed_once_though_its_hour_is_closed_while_it_is_drained(
    moment: str, *, is_late: bool
) -> None:
    ledger = HookedLedger()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    if is_late:
        house.drain(house.event(buyer, "early", quantity=100))
    house.queue.waiting = 1
    sent_at = house.hour_at
    house.drain(house.event(buyer, "first"), sent_at=sent_at)
    house.queue.waiting = 0
    house.clock.pause(301)

    def close() -> None:
        house.reconcile()
        house.reconcile()

    setattr(ledger, moment, on("append", close))
    assert house.drain(house.event(buyer, "second", quantity=10), sent_at=sent_at) == []
    for _ in range(4):
        house.clock.move_to(house.clock.now() + 40 * MINUTE)
        house.reconcile()

    assert sum(house.billed(buyer).values()) == (111 if is_late else 11)
    check_books(house)
