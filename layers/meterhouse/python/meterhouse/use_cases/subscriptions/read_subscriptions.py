"""Read what is known of subscriptions: each as announcements tell it, and what it was made of."""

from dataclasses import dataclass

from meterhouse.domain.subscriptions.announcing import content
from meterhouse.domain.subscriptions.facts import Fact, FolderKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.state import State
from meterhouse.ports.subscriptions import FactFolders, SubscriptionStates
from meterhouse.use_cases.subscriptions.keep_subscriptions import reachable


def read_known(states: SubscriptionStates, key: SubscriptionKey) -> State | None:
    """Return the state of a subscription that is told of, also by its former name; else None."""
    state = states.read(key)
    if state is not None and state.alias_of is not None:
        state = states.read(SubscriptionKey(state.alias_of))
    return state if content(state) is not None else None


@dataclass(frozen=True, slots=True)
class ReadHistory:
    """The use case; see `__call__`."""

    folders: FactFolders

    def __call__(self, key: SubscriptionKey) -> tuple[Fact, ...]:
        """Return the facts that a subscription's state was made of, the oldest first."""
        folders = reachable(self.folders, self.folders.open(FolderKey(key)))
        facts = {one.fact_id: one for folder in folders.values() for one in folder.facts}
        return tuple(sorted(facts.values(), key=lambda one: (one.at, one.fact_id)))
