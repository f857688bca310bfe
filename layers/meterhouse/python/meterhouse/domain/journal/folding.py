"""Folding: the segments of one hour log become sums by meter, each distinct event counted once.

Pure and order-independent: whatever the order of writing and reading, equal manifests give equal
sums.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

from meterhouse.domain.events import Tags
from meterhouse.domain.journal.segments import MeterUsage, Segment
from meterhouse.domain.journal.uuid_columns import EventId
from meterhouse.domain.keys import MeterKey
from meterhouse.errors import FoldTooLargeError

# What a process of 1,769 MiB can hold whatever its events' ids; see `runtime.settings`.
FOLD_EVENTS_MAX: Final = 5_000_000
_ZERO = Decimal(0)

Entry = tuple[Decimal, Tags]
Counted = dict[str, dict[EventId, Entry]]
"""Entries by where they come from and their event's id."""


@dataclass(slots=True)
class MeterFold:
    """The distinct usage of one meter in one log.

    `late` holds, by generation, what came after the meter's record was frozen.
    """

    own: Counted = field(default_factory=dict)
    late: dict[int, Counted] = field(default_factory=dict)
    earliest_at: datetime | None = None
    entries: int = 0
    conflicts: set[tuple[str, EventId]] = field(default_factory=set)

    def add(
        self, generation: int, segment: Segment, usage: MeterUsage, through: int | None
    ) -> None:
        """Count a meter's entries of a segment; generations must come in ascending order."""
        is_late = through is not None and generation > through
        if not is_late:
            self.earliest_at = min(self.earliest_at or usage.earliest_at, usage.earliest_at)
        bucket = self.late.setdefault(generation, {}) if is_late else self.own
        ids = segment.ids[usage.start : usage.end]
        entries = segment.entries[usage.start : usage.end]
        self.entries += len(ids)
        fresh = dict(zip(ids, entries, strict=True))
        known = bucket.setdefault(segment.origin, {})
        if not is_late and len(fresh) == len(ids) and known.keys().isdisjoint(fresh):
            known.update(fresh)
            return
        before = [self.own, *(late for g, late in self.late.items() if g < generation)]
        earlier = (
            [one[segment.origin] for one in before if segment.origin in one] if is_late else []
        )
        self._merge(known, zip(ids, entries, strict=True), earlier, segment.origin)

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

    @property
    def units(self) -> Decimal:
        """The sum over the distinct events that the meter's record bills."""
        return sum_entries(self.own)

    @property
    def by_tags(self) -> dict[Tags, Decimal]:
        """The same sum by tag set; the empty tag set is the untagged usage."""
        return add_by_tags(self.own)

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

    `through` says up to which generation the record of a meter was frozen; `wanted`, if given,
    which meters count at all.
    """

    through: Mapping[MeterKey, int]
    wanted: AbstractSet[MeterKey] | None = None
    meters: dict[MeterKey, MeterFold] = field(default_factory=dict)
    events_max: int = FOLD_EVENTS_MAX
    events: int = 0

    def add(self, generation: int, segment: Segment) -> None:
        """Count a segment that is in its generation's manifest; generations must ascend.

        Raises FoldTooLargeError beyond the bound on events, before memory runs out.
        """
        for usage in self._counted(segment):
            self.events += usage.end - usage.start
            if self.events > self.events_max:
                raise FoldTooLargeError(f"more than {self.events_max:,} events in one hour log")
            fold = self.meters.setdefault(usage.meter, MeterFold())
            fold.add(generation, segment, usage, self.through.get(usage.meter))

    def _counted(self, segment: Segment) -> Iterator[MeterUsage]:
        for usage in segment.meters:
            if self.wanted is None or usage.meter in self.wanted or usage.meter not in self.through:
                yield usage

    def frozen_late(self, generation: int) -> dict[MeterKey, dict[Tags, Decimal]]:
        """Return what a generation brought too late for the records of its meters, by tags."""
        return {
            meter: add_by_tags(fold.late[generation])
            for meter, fold in sorted(self.meters.items())
            if sum_entries(fold.late.get(generation, {}))
        }

    def late_events(self, generation: int) -> int:
        """Return how many distinct events a generation brought too late."""
        late = (fold.late.get(generation, {}) for fold in self.meters.values())
        return sum(len(known) for one in late for known in one.values())
