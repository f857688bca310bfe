"""Usage as the seller's product knows it, before anything of Meterhouse has seen it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from local.seller.marketplace import Subscription


@dataclass(frozen=True, slots=True)
class UsageFact:
    """One thing that a buyer used."""

    event_id: str
    subscription: Subscription
    dimension: str
    quantity: Decimal
    used_at: datetime
    tags: tuple[tuple[str, str], ...] = field(default=())

    @property
    def hour_at(self) -> datetime:
        """The UTC hour that it belongs to."""
        return self.used_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)

    def as_event(self) -> dict[str, Any]:
        """Return it in Meterhouse's own event format."""
        event: dict[str, Any] = {"id": self.event_id} | self._data()
        return event

    def as_cloud_event(self, source: str) -> dict[str, Any]:
        """Return it as a CloudEvents 1.0 event in the JSON format."""
        data = self._data()
        return {
            "specversion": "1.0",
            "type": "usage.reported",
            "source": source,
            "id": self.event_id,
            "time": data.pop("time"),
            "datacontenttype": "application/json",
            "data": data,
        }

    def _data(self) -> dict[str, Any]:
        data: dict[str, Any] = {
            "subscription": self.subscription.reference(),
            "dimension": self.dimension,
            # A text: JSON numbers with a fraction would pass through somebody's float.
            "quantity": format(self.quantity, "f"),
            "time": self.used_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        }
        if self.tags:
            data["tags"] = dict(self.tags)
        return data


@dataclass(frozen=True, slots=True, order=True)
class UsageKey:
    """What AWS bills by: agreement, dimension and UTC hour."""

    agreement_id: str
    dimension: str
    hour_at: datetime


class Tally:
    """The units of all distinct usage facts, per agreement, dimension and hour."""

    def __init__(self) -> None:
        self.units: dict[UsageKey, Decimal] = {}
        self.distinct_events = 0
        self._seen: set[tuple[str, str, datetime, str]] = set()

    def add(self, fact: UsageFact) -> bool:
        """Count a fact unless it was counted before; say whether it was new."""
        agreement = fact.subscription.agreement_id
        identity = (agreement, fact.dimension, fact.hour_at, fact.event_id)
        if identity in self._seen:
            return False
        self._seen.add(identity)
        self.distinct_events += 1
        key = UsageKey(agreement, fact.dimension, fact.hour_at)
        self.units[key] = self.units.get(key, Decimal(0)) + fact.quantity
        return True

    def total(self) -> Decimal:
        """Return all units."""
        return sum(self.units.values(), Decimal(0))


def tally_of(facts: Iterable[UsageFact]) -> Tally:
    """Count facts."""
    tally = Tally()
    for fact in facts:
        tally.add(fact)
    return tally
