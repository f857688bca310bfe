"""An allowance: the included units of one meter in one period, and taking from them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from meterhouse.domain.keys import MeterKey

ZERO = Decimal(0)
# Of what is granted; the seller's systems are told when so much is taken.
THRESHOLDS_PERCENT = (80, 100)
_WHOLE_PERCENT = 100


class AllowanceKey(NamedTuple):
    """The included units of one meter in one period; see `Rule.period_of`."""

    meter: MeterKey
    period: str


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is included, and how much of it records have taken.

    Attributes:
        granted: how many units; None while AWS does not tell what the buyer is entitled to.

    """

    key: AllowanceKey
    granted: Decimal | None
    taken: Decimal = ZERO

    @property
    def left(self) -> Decimal:
        """How many units are left; none while nobody knows how many there are.

        More can be taken than is granted: what is granted can become less.
        """
        return max((self.granted or ZERO) - self.taken, ZERO)


def crossed(before: Decimal, after: Decimal, granted: Decimal) -> tuple[int, ...]:
    """Return the thresholds, in percent of what is granted, that a taking reaches first.

    Since what is taken only grows, no other taking of the same period reaches one again, unless
    another quantity is granted.
    """
    return tuple(
        percent
        for percent in THRESHOLDS_PERCENT
        if before * _WHOLE_PERCENT < granted * percent <= after * _WHOLE_PERCENT
    )


class Taking(NamedTuple):
    """Units that one record takes from an allowance, of which `before` were taken already."""

    key: AllowanceKey
    before: Decimal
    units: Decimal
    granted: Decimal

    @property
    def after(self) -> Decimal:
        """How many units are taken with it."""
        return self.before + self.units

    @property
    def is_news(self) -> bool:
        """Whether a threshold is crossed by it."""
        return bool(crossed(self.before, self.after, self.granted))
