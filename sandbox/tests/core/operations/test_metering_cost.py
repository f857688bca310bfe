"""A metering call costs as much as its records, however much is billed: counted, not timed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from marketplace_sandbox.core.model.bill import BilledRecord, UsageKey
from tests.builders import AN_HOUR, Shop, statuses

LINES = 20_000
RECORDS = 25


class CountingBill(dict[UsageKey, BilledRecord]):
    """A bill that counts how often it is asked for a key, and how often it is read through."""

    def __init__(self, lines: dict[UsageKey, BilledRecord]) -> None:
        super().__init__(lines)
        self.uses: Counter[str] = Counter()

    def __getitem__(self, key: UsageKey) -> BilledRecord:
        self.uses["by key"] += 1
        return super().__getitem__(key)

    def get(self, key: UsageKey, default: Any = None) -> Any:
        self.uses["by key"] += 1
        return super().get(key, default)

    def __contains__(self, key: object) -> bool:
        self.uses["by key"] += 1
        return super().__contains__(key)

    def __setitem__(self, key: UsageKey, line: BilledRecord) -> None:
        self.uses["by key"] += 1
        super().__setitem__(key, line)

    def __iter__(self) -> Iterator[UsageKey]:
        self.uses["read through"] += 1
        return super().__iter__()

    def keys(self) -> Any:
        self.uses["read through"] += 1
        return super().keys()

    def values(self) -> Any:
        self.uses["read through"] += 1
        return super().values()

    def items(self) -> Any:
        self.uses["read through"] += 1
        return super().items()


@pytest.fixture
def long_bill(shop: Shop) -> CountingBill:
    """Put twenty thousand hours on the bill, and watch it from then on."""
    shop.meter(shop.licensed_record())
    (line,) = shop.marketplace.bill()
    keys = (
        replace(line.key, hour_at=line.key.hour_at - timedelta(hours=hours))
        for hours in range(1, LINES)
    )
    bill = CountingBill({key: replace(line, key=key) for key in keys})
    shop.marketplace._state.bill = bill
    return bill


def test_a_call_asks_a_long_bill_for_its_own_keys_only(shop: Shop, long_bill: CountingBill) -> None:
    records = [
        shop.licensed_record(Timestamp=shop.now - timedelta(minutes=minutes), Dimension=name)
        for minutes in range(0, 60, 5)
        for name in ("api_calls", "storage")
    ]
    records.append(shop.licensed_record(Timestamp=shop.now - 5 * AN_HOUR, Quantity=6))
    assert len(records) == RECORDS
    answer = shop.meter(*records)
    assert set(statuses(answer)) == {"Success", "DuplicateRecord"}
    assert long_bill.uses["read through"] == 0
    assert long_bill.uses["by key"] <= 3 * RECORDS


def test_a_refused_call_does_not_ask_the_bill_at_all(shop: Shop, long_bill: CountingBill) -> None:
    with pytest.raises(shop.marketplace.exceptions.InvalidUsageDimensionException):
        shop.meter(shop.licensed_record(Dimension="unknown"))
    assert long_bill.uses.total() == 0
