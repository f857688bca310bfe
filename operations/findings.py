"""What an audit is about, what can be wrong, and what it found."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from meterhouse.domain.accounting.balances import ZERO, Balance
from meterhouse.domain.keys import MeterKey, RecordKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey

PROBED_DAYS = 31
NOT_SEEN = (
    "Not seen: usage that is not in the table yet, a segment that disappeared before its hour was "
    "closed, an hour that is gone whole, an hour with usage and no head unless it lies within a "
    f"day of hours that have one and within their last {PROBED_DAYS} days, and things that were "
    "falsified so that they agree with one another."
)


class FaultKind(StrEnum):
    """Why something is named."""

    DIFFERENCE = "difference"
    """A record's hour holds other units than are accounted for."""
    CARRY_DIFFERENCE = "carry_difference"
    """What left an hour for a later one is not what arrived there."""
    SEGMENT_UNREADABLE = "segment_unreadable"
    """A segment counts, and is damaged or not what it was named after."""
    SEGMENT_MISSING = "segment_missing"
    """A segment counts, and is not there."""
    SEGMENT_ASIDE = "segment_aside"
    """A segment could not be read when its hour was closed, and does not count."""
    MANIFEST_MISSING = "manifest_missing"
    """What counts of a closed generation was written down, and is not there."""
    UNREADABLE = "unreadable"
    """A head, manifest, batch or carry cannot have been written by Meterhouse."""
    STATE_IMPOSSIBLE = "state_impossible"
    """A record's state contradicts the rest of it."""
    INDEX_WRONG = "index_wrong"
    """A head or batch is looked at by nobody although it must be, or for no reason."""
    FROZEN_TWICE = "frozen_twice"
    """A meter has more than one record for one hour."""
    FROZEN_TOO_EARLY = "frozen_too_early"
    """A batch was frozen while usage could still be added to it."""
    HEAD_MISSING = "head_missing"
    """An hour holds usage, and has no head by which it would be closed."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    Attributes:
        subject: what is at fault, as log lines name it.
        detail: what is wrong with it, in words.
        meter: whose units it spoils, or None when nobody can tell.

    """

    subject: str
    kind: FaultKind
    detail: str
    meter: MeterKey | None = None

    @classmethod
    def of_record(cls, key: RecordKey, kind: FaultKind, detail: str) -> "Fault":
        """Return a fault of one record, or of the hour of one meter that has none."""
        return cls(str(key), kind, detail, key.meter)


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
