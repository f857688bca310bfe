"""One moment in the life of the marketplace: what changes, when, and where new ids come from."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.state import MarketplaceState

type Entropy = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Moment:
    """The state at one moment, which may lie in the past: what was due happens as of its time.

    Attributes:
        entropy: gives other bytes at each call; ids are made of them.

    """

    state: MarketplaceState
    at: datetime
    entropy: Entropy

    def keep(self, agreement: Agreement) -> Agreement:
        """Keep what an agreement has become at this moment; return it with the time of that.

        AWS calls it the last update: a change of attributes or accepted terms (`search.updated`).
        """
        kept = replace(agreement, updated_at=self.at)
        self.state.agreements.put(kept)
        return kept
