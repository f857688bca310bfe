"""Folding: the segments of one hour log become sums by meter, each distinct event counted once.

Pure and order-independent: whatever the order of writing and reading, equal manifests give equal
sums.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from meterhouse.domain.journal.segments import HOME, MeterUsage, Segment
from meterhouse.domain.journal.uuid_columns import EventId
from meterhouse.domain.keys import MeterKey, segment_label
from meterhouse.domain.usage.events import Tags
from meterhouse.errors import FoldTooLargeError

# What a process of 1,769 MiB can hold whatever its events' ids; see `runtime.settings`.
FOLD_EVENTS_MAX: Final = 5_000_000
_ZERO = Decimal(0)

Entry = tuple[Decimal, Tags]
Counted = dict[str, dict[EventId, Entry]]
"""Entries by where they come from and their event's id."""


class Freeze(NamedTuple):
    """Of what a meter's record was frozen.

    Attributes:
        through: the last generation whose usage it holds.
        left_out: segments of manifests that could not be read then, as `<generation>#<name>`.

    """

    through: int
    left_out: AbstractSet[str] = frozenset()

    def late_in(self, generation: int, label: str) -> int | None:
        """Return in which generation a segment came too late for the record, or None.

        Nothing was carried in the generation that left something out, so it can be carried there.
        """
        if generation > self.through:
            return generation
        return self.through if label in self.left_out else None


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

    def add(self, segment: Segment, usage: MeterUsage, late_in: int | None) -> None:
        """Count a meter's entries of a segment, as its own or as late in a generation."""
        if late_in is None:
            self.earliest_at = min(self.earliest_at or usage.earliest_at, usage.earliest_at)
        bucket = self.own if late_in is None else self.late.setdefault(late_in, {})
        ids = segment.ids[usage.start : usage.end]
        entries = segment.entries[usage.start : usage.end]
        self.entries += len(ids)
        fresh = dict(zip(ids, entries, strict=True))
        known = bucket.setdefault(segment.origin, {})
        if not self.late and len(fresh) == len(ids) and known.keys().isdisjoint(fresh):
            known.update(fresh)
            return
        places: list[tuple[int, Counted]] = [(-1, self.own), *self.late.items()]
        place = -1 if late_in is None else late_in
        earlier = [one[segment.origin] for g, one in places if g < place and segment.origin in one]
        later = [one[segment.origin] for g, one in places if g > place and segment.origin in one]
        self._merge(known, zip(ids, entries, strict=True), earlier, segment.origin)
        for one in later:
            self._drop(one, known, segment.origin)

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
    own = counted.get(HOME, {}).values()
    return any(counted) and not any(quantity for quantity, _ in own)


def add_by_tags(counted: Counted) -> dict[Tags, Decimal]:
    """Return the exact sums of entries by tag set."""
    by_tags: dict[Tags, Decimal] = {}
    for known in counted.values():
        for quantity, tags in known.values():
            by_tags[tags] = by_tags.get(tags, _ZERO) + quantity
    return by_tags


@dataclass(slots=True)
class LogFold:
    """The distinct usage of one log, by meter.

    `frozen` says of what the record of a meter was frozen; `wanted`, if given, which meters count
    at all.
    """

    frozen: Mapping[MeterKey, Freeze]
    wanted: AbstractSet[MeterKey] | None = None
    meters: dict[MeterKey, MeterFold] = field(default_factory=dict)
    events_max: int = FOLD_EVENTS_MAX
    events: int = 0

    def add(self, generation: int, name: str, segment: Segment) -> None:
        """Count a segment that is in its generation's manifest.

        Raises FoldTooLargeError beyond the bound on events, before memory runs out.
        """
        label = segment_label(generation, name)
        for usage in self._counted(segment):
            self.events += usage.end - usage.start
            if self.events > self.events_max:
                raise FoldTooLargeError(f"more than {self.events_max:,} events in one hour log")
            fold = self.meters.setdefault(usage.meter, MeterFold())
            frozen = self.frozen.get(usage.meter)
            fold.add(segment, usage, frozen and frozen.late_in(generation, label))

    def _counted(self, segment: Segment) -> Iterator[MeterUsage]:
        for usage in segment.meters:
            if self.wanted is None or usage.meter in self.wanted or usage.meter not in self.frozen:
                yield usage

    def frozen_late(self, generation: int) -> dict[MeterKey, dict[Tags, Decimal]]:
        """Return what a generation brought too late for the records of its meters, by tags."""
        return {
            meter: add_by_tags(fold.late[generation])
            for meter, fold in sorted(self.meters.items())
            if sum_entries(fold.late.get(generation, {}))
        }

    def late_events(self, generation: int, kept: Container[MeterKey] = ()) -> int:
        """Return how many distinct events a generation brought too late for meters not `kept`."""
        meters = (fold for meter, fold in self.meters.items() if meter not in kept)
        late = (fold.late.get(generation, {}) for fold in meters)
        return sum(len(known) for one in late for known in one.values())
