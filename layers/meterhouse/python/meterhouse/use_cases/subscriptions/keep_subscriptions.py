"""Keep what is known about subscriptions: store a fact, then fold everything that it may change.

The fact comes first, then who reads its folder, then the states. Whatever interrupts it, the same
fact is learned again and the rest is made up for. A state is only written over the one that was
read before the facts were, so that the last one written has seen them all.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from meterhouse.domain.subscriptions.announcing import news_of
from meterhouse.domain.subscriptions.facts import AGREEMENT_PREFIX, UNPLACED, Fact, FolderKey, Kind
from meterhouse.domain.subscriptions.folding import Folder, fold
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.own_facts import metering_answer, stop
from meterhouse.domain.subscriptions.placing import Products, links
from meterhouse.domain.subscriptions.state import State
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.domain.subscriptions.suspicion import Suspicion
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports.process import Clock, Report
from meterhouse.ports.subscriptions import FactFolders, OpenFolder

_ATTEMPTS_MAX = 10


@dataclass(frozen=True, slots=True)
class Learned:
    """What a fact changed: the states of all folders that it concerns."""

    is_new: bool
    states: tuple[State, ...]

    def state_of(self, key: str) -> State | None:
        """Return what one of the folders comes to now; None if it is none of them."""
        return next((one for one in self.states if one.folder == key), None)


@dataclass(frozen=True, slots=True)
class KeepSubscriptions:
    """The use case; see its methods."""

    folders: FactFolders
    products: Products
    clock: Clock
    report: Report

    def learn(self, fact: Fact) -> Learned:
        """Store a fact and what follows from it; a fact may come as often as it likes."""
        home = fact.folder
        is_new = self.folders.add(home, fact)
        for reader, read in links(fact, self.products):
            self.folders.link(reader, read)
        states = () if home == UNPLACED else self._fold_all(home)
        if is_new:
            self.report.event(
                "fact_learned",
                fact=fact.fact_id,
                kind=fact.kind,
                folder=home,
                at=fact.at.isoformat(),
                phases={state.folder: state.phase for state in states},
            )
            if fact.kind is Kind.UNKNOWN:
                self.report.count("AgreementEventsUnknown")
                self.report.failure("fact_not_understood", fact=fact.fact_id, folder=home)
        return Learned(is_new, states)

    def note_stopped(self, key: SubscriptionKey, stopped_at: datetime) -> Subscription | None:
        """Store the seller's word that a subscription's usage ended; None if it is not known."""
        if self.folders.open(FolderKey(key)).state is None:
            return None
        state = self.learn(stop(key, stopped_at)).state_of(key)
        return None if state is None else state.subscription

    def note_suspicion(self, heard: Suspicion) -> None:
        """Store that AWS refused a subscription's record, or took one again."""
        self.learn(metering_answer(heard))

    def refresh(self, now: datetime) -> None:
        """Move on every phase that ends by itself."""
        for key in self.folders.changing(now):
            self._fold_all(key)

    def _fold_all(self, start: FolderKey) -> tuple[State, ...]:
        """Fold a folder, and whatever reads it, directly or not."""
        states: dict[FolderKey, State | None] = {}
        left = deque([start])
        while left:
            key = left.popleft()
            if key in states:
                continue
            states[key], readers = self._fold(key)
            left.extend(sorted(readers))
        return tuple(state for state in states.values() if state is not None)

    def _fold(self, key: FolderKey) -> tuple[State | None, frozenset[FolderKey]]:
        for _ in range(_ATTEMPTS_MAX):
            # Its version is read before any fact is.
            opened = self.folders.open(key)
            if opened.folder.is_shelf:
                return None, opened.readers
            state = fold(
                key,
                reachable(self.folders, opened),
                self.clock.now(),
                legacy_products=self.products.legacy,
            )
            state = state and self.products.owned(state)
            if state is None or state == opened.state:
                return state, opened.readers
            is_listed = _is_listed(state, opened, self.products)
            news = news_of(opened.state, state)
            if self.folders.keep(state, opened.version, is_listed=is_listed, news=news):
                return state, opened.readers
        raise StorageUnavailableError(f"the state of {key} changes all the time")


def reachable(folders: FactFolders, opened: OpenFolder) -> dict[FolderKey, Folder]:
    """Return a folder and all that it reads, directly or not."""
    found = {opened.folder.key: opened.folder}
    left = deque(sorted(opened.folder.reads))
    while left:
        key = left.popleft()
        if key not in found:
            found[key] = folders.open(key).folder
            left.extend(sorted(found[key].reads))
    return found


def _is_listed(state: State, opened: OpenFolder, products: Products) -> bool:
    """Tell whether a folder is a subscription, or an agreement that waits for its license."""
    if products.are_not_of(state):
        return False
    has_license = any(one.startswith("license#") for one in opened.readers)
    return not has_license or not state.folder.startswith(AGREEMENT_PREFIX)
