"""States in memory, as the seller's API reads them."""

from collections.abc import Callable
from dataclasses import dataclass

from meterhouse.domain.subscriptions.facts import FolderKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.state import Phase, State
from meterhouse.ports.subscriptions import StatePage
from tests.fakes.world import InMemorySubscriptionBook

Place = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InMemoryStates:
    """Implements `ports.subscriptions.SubscriptionStates` over the fake of the table."""

    book: InMemorySubscriptionBook

    def read(self, key: SubscriptionKey) -> State | None:
        folder = FolderKey(key)
        return self.book.states[folder][1] if folder in self.book.listed else None

    def in_phase(self, phase: Phase, *, count_max: int, after: Place | None = None) -> StatePage:
        def place(one: State) -> Place:
            return (one.folder, one.phase_at.isoformat())

        return self._page(lambda one: one.phase is phase, place, count_max, after)

    def of_account(
        self, account_id: str, *, count_max: int, after: Place | None = None
    ) -> StatePage:
        return self._page(
            lambda one: one.account_id == account_id, lambda one: (one.folder,), count_max, after
        )

    def _page(
        self,
        is_in: Callable[[State], bool],
        place: Callable[[State], Place],
        count_max: int,
        after: Place | None,
    ) -> StatePage:
        states = [self.book.states[folder][1] for folder in self.book.listed]
        found = sorted(filter(is_in, states), key=lambda one: place(one)[::-1])
        if after is not None:
            found = [one for one in found if place(one)[::-1] > after[::-1]]
        # As in DynamoDB, a full page has a successor, which may be empty.
        is_full = len(found) >= count_max
        page = found[:count_max]
        return StatePage(tuple(page), place(page[-1]) if is_full else None)
