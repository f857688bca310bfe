"""Folding one meter: each distinct event once, as its record's own usage or as late."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from meterhouse.domain.journal.carrying import has_met
from meterhouse.domain.journal.segments import HOME, MeterUsage, Segment
from meterhouse.domain.journal.uuid_columns import EventId
from meterhouse.domain.subscriptions.identity import SubscriptionKey, is_tenant
from meterhouse.domain.usage.events import Tags

_ZERO = Decimal(0)

Entry = tuple[Decimal, Tags]
Counted = dict[str, dict[EventId, Entry]]
"""Entries by where they come from and their event's id."""


class Copies(NamedTuple):
    """Entries on their way into a meter, by their events' ids, and the time of the first of them.

    `origin` is where another hour carried them from, the tenant whose usage it is, or `HOME`.
    """

    origin: str
    ids: Sequence[EventId]
    entries: Sequence[Entry]
    earliest_at: datetime

    @classmethod
    def of(cls, segment: Segment, usage: MeterUsage, origin: str) -> "Copies":
        """Return what a segment holds of a meter."""
        entries = slice(usage.start, usage.end)
        return cls(origin, segment.ids[entries], segment.entries[entries], usage.earliest_at)


@dataclass(slots=True)
class MeterFold:
    """The distinct usage of one meter in one log.

    `late` holds, by generation, what came too late for the meter's record.
    """

    own: Counted = field(default_factory=dict)
    late: dict[int, Counted] = field(default_factory=dict)
    earliest_at: datetime | None = None
    entries: int = 0
    conflicts: set[tuple[str, EventId]] = field(default_factory=set)

    def add(self, copies: Copies, late_in: int | None) -> None:
        """Count entries, as the meter's own or as late in a generation."""
        origin, ids, entries, earliest_at = copies
        if late_in is None:
            self.earliest_at = min(self.earliest_at or earliest_at, earliest_at)
        bucket = self.own if late_in is None else self.late.setdefault(late_in, {})
        self.entries += len(ids)
        fresh = dict(zip(ids, entries, strict=True))
        known = bucket.setdefault(origin, {})
        if not self.late and len(fresh) == len(ids) and known.keys().isdisjoint(fresh):
            known.update(fresh)
            return
        places: list[tuple[int, Counted]] = [(-1, self.own), *self.late.items()]
        place = -1 if late_in is None else late_in
        earlier = [one[origin] for g, one in places if g < place and origin in one]
        later = [one[origin] for g, one in places if g > place and origin in one]
        self._merge(known, zip(ids, entries, strict=True), earlier, origin)
        for one in later:
            self._drop(one, known, origin)

    def _merge(
        self,
        known: dict[EventId, Entry],
        pairs: Iterable[tuple[EventId, Entry]],
        earlier: list[dict[EventId, Entry]],
        origin: str,
    ) -> None:
        for event_id, entry in pairs:
            settled = next((one[event_id] for one in earlier if event_id in one), None)
            if settled is not None:
                # It was counted by a record that is frozen, or was carried: too late to choose.
                if settled != entry:
                    self.conflicts.add((origin, event_id))
                continue
            other = known.setdefault(event_id, entry)
            if other != entry:
                # One id with two quantities: the choice must not depend on the order of reading,
                # and the smaller never bills a buyer for more than the seller said.
                self.conflicts.add((origin, event_id))
                known[event_id] = min(other, entry)

    def _drop(
        self, known: dict[EventId, Entry], counted: dict[EventId, Entry], origin: str
    ) -> None:
        """Drop what is counted in an earlier place after all."""
        for event_id in known.keys() & counted.keys():
            if known.pop(event_id) != counted[event_id]:
                self.conflicts.add((origin, event_id))

    @property
    def units(self) -> Decimal:
        """The sum over the distinct events that the meter's record bills."""
        return sum_entries(self.own)

    @property
    def by_tags(self) -> dict[Tags, Decimal]:
        """The same sum by tag set; the empty tag set is the untagged usage."""
        return add_by_tags(self.own)

    @property
    def is_carried(self) -> bool:
        """Whether earlier hours carried in all that the meter's record bills."""
        return is_carried(self.own)

    @property
    def late_units(self) -> Decimal:
        """The sum over the distinct events that came after the record was frozen."""
        return sum(map(sum_entries, self.late.values()), _ZERO)

    @property
    def repeats(self) -> int:
        """Entries that were dropped because their event was counted already."""
        buckets = (self.own, *self.late.values())
        return self.entries - sum(len(known) for one in buckets for known in one.values())


def sum_entries(counted: Counted) -> Decimal:
    """Return the exact sum of entries."""
    return sum((entry[0] for known in counted.values() for entry in known.values()), _ZERO)


def is_carried(counted: Counted) -> bool:
    """Tell whether entries came from earlier hours, and none of the hour's own but zeros."""
    own = (known for origin, known in counted.items() if not is_from_elsewhere(origin))
    is_own = any(quantity for known in own for quantity, _ in known.values())
    return any(map(is_from_elsewhere, counted)) and not is_own


def split_by_allowance(counted: Counted) -> tuple[Counted, Counted]:
    """Return what has not met an allowance, and what has in the hour that carried it (ADR 0034)."""
    met = {origin for origin in counted if is_from_elsewhere(origin) and has_met(origin)}
    fresh = {origin: known for origin, known in counted.items() if origin not in met}
    return fresh, {origin: counted[origin] for origin in met}


def is_from_elsewhere(origin: str) -> bool:
    """Tell whether an origin is another hour, and not the hour itself or a tenant in it."""
    return origin != HOME and not is_tenant(SubscriptionKey(origin))


def add_by_tags(counted: Counted) -> dict[Tags, Decimal]:
    """Return the exact sums of entries by tag set."""
    by_tags: dict[Tags, Decimal] = {}
    for known in counted.values():
        for quantity, tags in known.values():
            by_tags[tags] = by_tags.get(tags, _ZERO) + quantity
    return by_tags
