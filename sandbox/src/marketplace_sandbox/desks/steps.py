"""What a step works with."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.catalogue import Product
from marketplace_sandbox.core.model.errors import ControlError, ControlProblem
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

    def product(self, product_code: str) -> Product:
        """Find a product, or raise ControlError."""
        product = self.state.products.get(product_code)
        if product is None:
            raise not_found("product", product_code)
        return product

    def agreement(self, agreement_id: str) -> Agreement:
        """Find an agreement, or raise ControlError."""
        agreement = self.state.agreements.by_id.get(agreement_id)
        if agreement is None:
            raise not_found("agreement", agreement_id)
        return agreement


type BeginStep = Callable[[], AbstractContextManager[Step]]


def not_found(what: str, name: str) -> ControlError:
    """Say that there is no such thing."""
    return ControlError(
        ControlProblem.NOT_FOUND, f"{what.capitalize()}NotFound", f"there is no {what} {name}"
    )
