"""What an audit is about, and what it found."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from meterhouse.domain.accounting import ZERO, Balance
from meterhouse.domain.identity import SubscriptionKey
from meterhouse.domain.keys import MeterKey
from operations.faults import Fault

PROBED_DAYS = 31
NOT_SEEN = (
    "Not seen: usage that is not in the table yet, a segment that disappeared before its hour was "
    "closed, an hour that is gone whole, an hour with usage and no head unless it lies within a "
    f"day of hours that have one and within their last {PROBED_DAYS} days, and things that were "
    "falsified so that they agree with one another."
)


@dataclass(frozen=True, slots=True)
class Scope:
    """What is looked at; everything by default.

    Attributes:
        since_at: the first hour.
        subscription: whose meters alone.

    """

    since_at: datetime | None = None
    subscription: SubscriptionKey | None = None

    def includes(self, meter: MeterKey) -> bool:
        """Tell whether a meter is looked at."""
        return self.subscription is None or meter.subscription == self.subscription


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Crossed:
    """What one meter's usage did between the hours that were read, in units.

    Attributes:
        left: what went to later hours.
        arrived: what came from earlier ones.
        lost: what did one and not the other, every amount counted as positive.

    """

    left: Decimal = ZERO
    arrived: Decimal = ZERO
    lost: Decimal = ZERO

    def plus(self, other: "Crossed") -> "Crossed":
        """Return both together."""
        return Crossed(self.left + other.left, self.arrived + other.arrived, self.lost + other.lost)


@dataclass(frozen=True, slots=True)
class Statement:
    """What one meter has to show."""

    balance: Balance
    crossed: Crossed
    faults: tuple[Fault, ...]

    @property
    def meter(self) -> MeterKey:
        """The subscription and dimension that it is about."""
        return self.balance.meter

    @property
    def is_right(self) -> bool:
        """Tell whether every unit has its place and nothing is at fault."""
        return not self.balance.difference and not self.crossed.lost and not self.faults


@dataclass(frozen=True, slots=True)
class Findings:
    """The statements of all meters, and the faults of hours that are no single meter's."""

    scope: Scope
    statements: tuple[Statement, ...]
    faults: tuple[Fault, ...] = ()

    @property
    def is_right(self) -> bool:
        """Tell whether every unit has its place and nothing is at fault."""
        return not self.faults and all(one.is_right for one in self.statements)


def in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Return each fault once, in the order in which people look for them."""
    return tuple(sorted(set(faults), key=lambda one: (one.subject, one.kind, one.detail)))
