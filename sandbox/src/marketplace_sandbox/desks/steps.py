"""What a step works with."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.catalogue import Product
from marketplace_sandbox.core.model.errors import ControlError, ControlProblem
from marketplace_sandbox.core.model.moment import Moment
from marketplace_sandbox.core.model.state import MarketplaceState


@dataclass(frozen=True, slots=True)
class Step:
    """The state under its lock, one moment, and a source of entropy.

    Attributes:
        now: the sandbox's time; everything that was due by then has happened.
        machine_now: the machine's time at that moment.

    """

    state: MarketplaceState
    now: datetime
    machine_now: datetime
    entropy: Callable[[], bytes]

    @property
    def moment(self) -> Moment:
        """What the core's commands work with."""
        return Moment(self.state, self.now, self.entropy)

    def product(self, product_code: str) -> Product:
        """Find a product, or raise ControlError."""
        return find(self.state.products, "product", product_code)

    def agreement(self, agreement_id: str) -> Agreement:
        """Find an agreement, or raise ControlError."""
        return find(self.state.agreements.by_id, "agreement", agreement_id)


type BeginStep = Callable[[], AbstractContextManager[Step]]


def find[T](known: Mapping[str, T], what: str, name: str) -> T:
    """Find a thing by its name; raise ControlError if there is no such thing."""
    found = known.get(name)
    if found is None:
        raise not_found(what, name)
    return found


def not_found(what: str, name: str) -> ControlError:
    """Say that there is no such thing."""
    code = f"{what.title().replace(' ', '')}NotFound"
    return ControlError(ControlProblem.NOT_FOUND, code, f"there is no {what} {name}")
