"""Doing what has fallen due, each thing at its own moment and in order."""

from collections.abc import Callable
from datetime import datetime

from sandbox.marketplace.core.agenda import DueItem
from sandbox.marketplace.core.state import MarketplaceState

type Entropy = Callable[[], bytes]


def settle(state: MarketplaceState, *, now: datetime, entropy: Entropy) -> None:
    """Do everything that is due by now; what a deed enters anew is done too if it is due.

    Living through a month and jumping over it end in the same state: a deed happens at the time at
    which it was due, not at the time at which somebody looked.
    """
    while (item := state.agenda.pop_due(now)) is not None:
        _do(state, item, entropy)


def _do(state: MarketplaceState, item: DueItem, entropy: Entropy) -> None:
    """Do one thing, as of the moment at which it was due."""
    raise NotImplementedError
