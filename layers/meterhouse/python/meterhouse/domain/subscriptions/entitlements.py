"""Entitlements: what AWS says that a buyer's contract holds of each dimension."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from meterhouse.domain.hours import format_moment
from meterhouse.domain.quantity import format_quantity

_TOLD = ("dimension", "kind", "value", "expires_at")


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What one dimension of a contract comes to.

    Attributes:
        value: a quantity, or what the seller sells by name or as yes or no.
        expires_at: until when it is valid at least; a contract that renews itself has one, too.
            Source: Entitlement$ExpirationDate in the service model.

    """

    dimension: str
    value: Decimal | bool | str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entitlements:
    """All that GetEntitlements said of a subscription at `asked_at`, ordered by dimension."""

    asked_at: datetime
    all: tuple[Entitlement, ...] = ()

    def quantity_of(self, dimension: str) -> Decimal:
        """Return how much of a dimension is held; 0 of what is not held, or is no quantity."""
        of_it = (one.value for one in self.all if one.dimension == dimension)
        return sum((one for one in of_it if isinstance(one, Decimal)), Decimal(0))

    def is_stale_for(self, hour_at: datetime) -> bool:
        """Tell whether something expired before an hour, and AWS was not asked since.

        What AWS still says after an entitlement's expiration stands: that is the least validity.
        """
        ends = (one.expires_at for one in self.all if one.expires_at is not None)
        return any(self.asked_at < end <= hour_at for end in ends)


def write_entitlement(entitlement: Entitlement) -> list[Any]:
    """Return an entitlement as it stands in a document: dimension, value, kind and expiration."""
    dimension, value, expires_at = entitlement.dimension, entitlement.value, entitlement.expires_at
    until = None if expires_at is None else format_moment(expires_at)
    if isinstance(value, Decimal):
        return [dimension, "quantity", format_quantity(value), until]
    return [dimension, "flag" if isinstance(value, bool) else "name", value, until]


def read_entitlement(written: Sequence[Any]) -> Entitlement:
    """Read what `write_entitlement` wrote; raises ValueError, TypeError or ArithmeticError."""
    dimension, kind, value, until = written
    expires_at = None if until is None else datetime.fromisoformat(until)
    return Entitlement(dimension, Decimal(value) if kind == "quantity" else value, expires_at)


def tell_entitlement(entitlement: Entitlement) -> dict[str, object]:
    """Return an entitlement as the seller's systems are told it; what is not known is left out."""
    named = zip(_TOLD, write_entitlement(entitlement), strict=True)
    return {name: value for name, value in named if value is not None}
