"""Facts that are learned at the same time, and learning that breaks off: one state comes of it."""

from collections.abc import Sequence
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from meterhouse.domain.subscriptions.announcing import News
from meterhouse.domain.subscriptions.facts import Fact, FolderKey
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.domain.subscriptions.state import State
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports.subscriptions import OpenFolder
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from tests.fakes.world import InMemoryReport, InMemorySubscriptionBook, VirtualClock
from tests.unit.domain.subscriptions.aws_tells import (
    AGREEMENT,
    OTHER_LICENSE,
    RENEWED,
    created,
    deprovisioned,
    ended,
    event,
    fact,
    licensed,
    registered,
    when,
)

if TYPE_CHECKING:
    from collections.abc import Callable

NAMELESS = registered(20, license_arn=None)
RENEWAL = created(7_000, id=RENEWED, intent="RENEW", previousAgreementId=AGREEMENT)
PAIRS = [
    *permutations([licensed(61), ended(7_000)], 2),
    *permutations([licensed(61), registered(82, agreement_id=AGREEMENT)], 2),
    *permutations([deprovisioned(7_031), ended(7_000)], 2),
    *permutations([NAMELESS, licensed(61)], 2),
    # One takes back what the other did, so that nothing seems to have happened.
    *permutations([deprovisioned(900), licensed(950)], 2),
    *permutations([RENEWAL, ended(7_000, "RENEWED")], 2),
    *permutations([licensed(7_061, OTHER_LICENSE, id=RENEWED), ended(9_000, id=RENEWED)], 2),
]
ADVISORY = fact(event("Purchase Agreement Advisory Issued - Manufacturer", 7_050))
BEFORE = [created(0), licensed(50, event_id="an earlier one"), RENEWAL, ADVISORY]


class SteppedBook(InMemorySubscriptionBook):
    """Lets something happen before one of its calls, or fails after it took effect."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0
        self.before: dict[int, Callable[[], object]] = {}
        self.fails_after: int | None = None

    def _step(self) -> None:
        self.calls += 1
        self.before.pop(self.calls, lambda: None)()

    def _end(self) -> None:
        if self.calls == self.fails_after:
            self.fails_after = None
            raise StorageUnavailableError("simulated")

    def add(self, folder: FolderKey, fact: Fact) -> bool:
        self._step()
        is_new = super().add(folder, fact)
        self._end()
        return is_new

    def link(self, reader: FolderKey, read: FolderKey) -> None:
        self._step()
        super().link(reader, read)
        self._end()

    def open(self, key: FolderKey) -> OpenFolder:
        self._step()
        opened = super().open(key)
        self._end()
        return opened

    def keep(
        self, state: State, version: int, *, is_listed: bool, news: Sequence[News] = ()
    ) -> bool:
        self._step()
        is_kept = super().keep(state, version, is_listed=is_listed, news=news)
        self._end()
        return is_kept


def keeper(book: InMemorySubscriptionBook) -> KeepSubscriptions:
    return KeepSubscriptions(book, Products(), VirtualClock(when(7_100)), InMemoryReport())


def states(book: InMemorySubscriptionBook) -> dict[FolderKey, State]:
    return {key: state for key, (_, state) in book.states.items()}


def book_before() -> SteppedBook:
    book = SteppedBook()
    for one in BEFORE:
        keeper(book).learn(one)
    book.calls = 0
    return book


def calls_of(told: Fact) -> int:
    book = book_before()
    keeper(book).learn(told)
    return book.calls


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_a_fact_that_comes_between_any_two_steps_of_another_counts(
    first: Fact, second: Fact
) -> None:
    plain = book_before()
    for one in (first, second):
        keeper(plain).learn(one)

    for step in range(1, calls_of(first) + 1):
        book = book_before()
        book.before[step] = lambda book=book: keeper(book).learn(second)  # type: ignore[misc]
        keeper(book).learn(first)

        assert states(book) == states(plain), step


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_what_broke_off_anywhere_is_made_up_for_when_the_fact_comes_again(
    first: Fact, second: Fact
) -> None:
    plain = book_before()
    for one in (first, second):
        keeper(plain).learn(one)

    for step in range(1, calls_of(first) + 1):
        book = book_before()
        book.fails_after = step
        with pytest.raises(StorageUnavailableError):
            keeper(book).learn(first)
        for one in (second, first):
            keeper(book).learn(one)

        assert states(book) == states(plain), step
