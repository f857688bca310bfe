"""One write of many pages takes several transactions; in the middle of them the record closes."""

import json
import threading
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

from meterhouse.domain.journal import PageKind
from meterhouse.domain.lifecycle import RecordState
from tests.fakes.meterhouse import HOUR, Meterhouse
from tests.limits.conftest import Table
from tests.limits.sizes import ITEM_BYTES_MAX, item_bytes, large_id

EVENTS = 9_000


class InterruptedClient:
    """A DynamoDB client, before whose second transaction something happens; then it is itself."""

    def __init__(self, client: Any, interruption: Callable[[], None]) -> None:
        self._client = client
        self._interruption = interruption
        self._lock = threading.Lock()
        self.transactions = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **request: Any) -> Any:
        # One after the other, so that the interruption falls between two parts of a write.
        with self._lock:
            self.transactions += 1
            if self.transactions == 2:
                self._interruption()
            return self._client.transact_write_items(**request)


def test_a_record_that_closes_between_two_parts_of_a_write_loses_and_repeats_nothing(
    table: Table,
) -> None:
    random = Random(3)  # noqa: S311 - ids that do not compress, the same in every run
    house = Meterhouse(table.ledger())
    buyer = house.buyer()
    bodies = [json.dumps(house.event(buyer, large_id(random))) for _ in range(EVENTS)]

    def bill_what_is_there() -> None:
        assert house.reconcile().records_due == 1
        assert house.state(buyer) is RecordState.METERED

    client = InterruptedClient(table.aws.dynamodb, bill_what_is_there)
    other = Meterhouse(table.ledger(client))
    other.subscriptions, other.metering = house.subscriptions, house.metering

    kept = other.drain_bodies(bodies)

    assert client.transactions > 2
    assert kept == []
    first = house.billed(buyer)["12"]
    assert 0 < first < EVENTS
    # When the event source repeats the batch, and the hour that took the rest is over
    assert other.drain_bodies(bodies) == []
    house.clock.move_to(house.clock.now() + HOUR)
    house.reconcile()
    assert house.billed(buyer) == {"12": first, "13": Decimal(EVENTS) - first}
    assert house.report.metrics["AccountingDifferences"] == 0
    kinds = {page.kind for page in house.record(buyer).pages}
    assert kinds == {PageKind.HOME, PageKind.LATE}
    assert max(map(item_bytes, table.items())) < ITEM_BYTES_MAX
