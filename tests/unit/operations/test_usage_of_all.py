"""What all subscriptions used: added up to the last decimal, and read once for all."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

import pytest

from meterhouse.domain.accounting.sheets import day_of
from meterhouse.domain.journal.head import Head
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.use_cases.accounting.read_usage import ReadUsage
from operations.careful_ledger import Noted, Part
from operations.findings import Fault, FaultKind
from operations.reads import read_usage
from operations.usage_of_all import SubscriptionUnits, UsageOfAllAnswer, read_usage_of_all
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, NOON
from tests.unit.operations.books import Books
from tests.unit.operations.record_lists import file_days

DAYS = (day_of(NOON), day_of(NOON + 24 * HOUR))


def names(books: Books) -> list[SubscriptionKey]:
    keys = books.keys
    return sorted(key.subscription for key in (keys.metered, keys.rejected, keys.large))


def of_all(books: Books, after: str | None = None, limit: int = 1_000) -> UsageOfAllAnswer:
    return read_usage_of_all(books.ledger, 1, names(books), DAYS, after=after, limit=limit)


@pytest.mark.parametrize("is_filed", [False, True], ids=["not filed", "filed"])
def test_each_subscription_and_all_together_are_added_up(books: Books, *, is_filed: bool) -> None:
    if is_filed:
        file_days(books.house)

    answer = of_all(books)

    read = ReadUsage(books.ledger, 1)
    of_each = {name: read_usage(read, name, DAYS).totals for name in names(books)}
    assert answer.lines == tuple(
        SubscriptionUnits(name, one.dimension, one.standing, one.units)
        for name, totals in of_each.items()
        for one in totals
    )
    metered = Decimal("9999999999.999999") + Decimal("100.000001")
    # What was carried is billed by then.
    metered += Decimal("10.000001") if is_filed else 0
    totals = {one.standing: one.units for one in answer.totals}
    assert (totals["metered"], totals["rejected"]) == (metered, Decimal(2))
    assert {one.dimension for one in answer.totals} == {"api_calls"}
    assert (answer.subscriptions, answer.next) == (3, None)
    assert (answer.first_day, answer.last_day) == ("2026-11-18", "2026-11-19")
    assert bool(answer.unsettled) is not is_filed


def test_pages_of_subscriptions_are_everything_once(books: Books) -> None:
    found: list[SubscriptionUnits] = []
    after, whole = None, of_all(books)
    for page in range(3):
        answer = of_all(books, after, limit=1)
        found += answer.lines
        assert answer.subscriptions == 1
        assert (answer.next is None) == (page == 2)
        assert (answer.rest is None) == (page == 2)
        after = answer.next

    assert found == [*whole.lines]


class CountingLedger(InMemoryLedger):
    """Counts how often heads are read."""

    reads: Counter[str]

    def heads_between(self, first_at: datetime, last_at: datetime) -> Iterator[Head]:
        self.reads["heads"] += 1
        return super().heads_between(first_at, last_at)


def test_heads_are_read_once_and_what_cannot_be_read_is_named(books: Books) -> None:
    ledger, seen = CountingLedger(), list[str]()
    vars(ledger).update(vars(books.ledger), reads=Counter())
    noted = Noted(None, Part.BATCH, Fault("a batch", FaultKind.UNREADABLE, "broken"))

    def each(wanted: Sequence[SubscriptionKey]) -> Iterator[SubscriptionKey]:
        for one in wanted:
            seen.append(one)
            yield one

    answer = read_usage_of_all(ledger, 1, names(books), DAYS, noted=[noted], each=each)

    assert ledger.reads == {"heads": 1}
    assert seen == names(books)
    assert [one.name for one in answer.unreadable] == ["a batch"]


def test_nobody_used_nothing() -> None:
    answer = read_usage_of_all(InMemoryLedger(), 1, [], DAYS)

    assert (answer.lines, answer.totals, answer.next) == ((), (), None)
    assert "Nothing that they used" in next(answer.sentences)
