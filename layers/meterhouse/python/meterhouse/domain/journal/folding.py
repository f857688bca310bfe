"""Folding: the segments of one hour log become sums by meter, each distinct event counted once.

Pure and order-independent: whatever the order of writing and reading, equal manifests give equal
sums.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import compress
from typing import TYPE_CHECKING, Final, NamedTuple

from meterhouse.domain.journal.meter_fold import (
    Copies,
    MeterFold,
    add_by_tags,
    split_by_allowance,
    sum_entries,
)
from meterhouse.domain.journal.naming import NamedSpan, Names
from meterhouse.domain.journal.segments import HOME, MeterUsage, Segment
from meterhouse.domain.journal.uuid_columns import EventId
from meterhouse.domain.keys import MeterKey, segment_label
from meterhouse.domain.subscriptions.identity import SubscriptionKey, is_tenant
from meterhouse.domain.usage.events import Tags
from meterhouse.errors import FoldTooLargeError

if TYPE_CHECKING:
    from datetime import datetime

# What a process of 1,769 MiB can hold whatever its events' ids; see `runtime.settings`.
FOLD_EVENTS_MAX: Final = 5_000_000


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


class _Unnamed(NamedTuple):
    """Usage of a tenant, of one second, on its way to whoever pays for it."""

    generation: int
    label: str
    segment: Segment
    usage: MeterUsage


@dataclass(slots=True)
class LogFold:
    """The distinct usage of one log, by meter.

    `frozen` says of what the record of a meter was frozen; `wanted`, if given, which meters count
    at all. Tenants' usage is `unnamed` until `name` tells who pays for it.
    """

    frozen: Mapping[MeterKey, Freeze]
    wanted: AbstractSet[MeterKey] | None = None
    meters: dict[MeterKey, MeterFold] = field(default_factory=dict)
    events_max: int = FOLD_EVENTS_MAX
    events: int = 0
    unnamed: dict[MeterKey, list[_Unnamed]] = field(default_factory=dict)

    def add(self, generation: int, name: str, segment: Segment) -> None:
        """Count a segment that is in its generation's manifest.

        Raises FoldTooLargeError beyond the bound on events, before memory runs out.
        """
        label = segment_label(generation, name)
        for usage in segment.meters:
            if segment.origin == HOME and is_tenant(usage.meter.subscription):
                # As a rule these are as many as their events, and need as much room again.
                self._weigh(1 + usage.end - usage.start)
                unnamed = _Unnamed(generation, label, segment, usage)
                self.unnamed.setdefault(usage.meter, []).append(unnamed)
            elif self._is_wanted(usage.meter):
                self._weigh(usage.end - usage.start)
                copies = Copies.of(segment, usage, segment.origin)
                self._add(usage.meter, copies, generation, label)

    def _weigh(self, events: int) -> None:
        self.events += events
        if self.events > self.events_max:
            raise FoldTooLargeError(f"more than {self.events_max:,} events in one hour log")

    def _is_wanted(self, meter: MeterKey) -> bool:
        return self.wanted is None or meter in self.wanted or meter not in self.frozen

    def _add(self, meter: MeterKey, copies: Copies, generation: int, label: str) -> None:
        frozen = self.frozen.get(meter)
        late_in = frozen and frozen.late_in(generation, label)
        self.meters.setdefault(meter, MeterFold()).add(copies, late_in)

    def open_tenants(self, names: Names) -> set[SubscriptionKey]:
        """Return the tenants with usage of which the names do not say yet who pays for it."""
        return {
            meter.subscription
            for meter, unnamed in self.unnamed.items()
            if any(names.at(meter.subscription, one.usage.earliest_at) is None for one in unnamed)
        }

    def name(self, names: Names) -> None:
        """Count what is unnamed on the meters of those who pay for it.

        Of what is open or nobody's the tenant itself is the meter. Where one event came with two
        times, and these have different payers, the copy that came in the first generation
        counts, and of those the one with the first time: whatever comes or is settled later, the
        same copy counts. The other one is a repeat.
        """
        for meter, unnamed in self.unnamed.items():
            spans = [names.at(meter.subscription, one.usage.earliest_at) for one in unnamed]
            payers = self._payers(unnamed, spans) if len({*spans}) > 1 else None
            for one, span in zip(unnamed, spans, strict=True):
                self._name(one, span, payers)
        self.unnamed = {}

    def _name(
        self,
        one: _Unnamed,
        span: NamedSpan | None,
        payers: Mapping[EventId, NamedSpan | None] | None,
    ) -> None:
        tenant, dimension = one.usage.meter
        copies = Copies.of(one.segment, one.usage, tenant)
        target = MeterKey((span and span.subscription) or tenant, dimension)
        # What was open when a record was frozen is not in it, whenever it came.
        generation = one.generation if span is None else max(one.generation, span.generation)
        if payers is not None:
            kept = [payers[event_id] == span for event_id in copies.ids]
            ids, entries = [*compress(copies.ids, kept)], [*compress(copies.entries, kept)]
            self.meters.setdefault(target, MeterFold()).entries += len(kept) - len(ids)
            copies = copies._replace(ids=ids, entries=entries)
        if copies.ids:
            self._add(target, copies, generation, one.label)

    def _payers(
        self, unnamed: Iterable[_Unnamed], spans: Iterable[NamedSpan | None]
    ) -> dict[EventId, NamedSpan | None]:
        """Return of which span each event is whose copies may be of several."""
        firsts: dict[EventId, tuple[tuple[int, datetime], NamedSpan | None]] = {}
        for one, span in zip(unnamed, spans, strict=True):
            candidate = (self._arrival(one), one.usage.earliest_at), span
            for event_id in one.segment.ids[one.usage.start : one.usage.end]:
                if firsts.setdefault(event_id, candidate)[0] > candidate[0]:
                    firsts[event_id] = candidate
        return {event_id: span for event_id, (_, span) in firsts.items()}

    def _arrival(self, one: _Unnamed) -> int:
        """Return from which generation on usage was seen: what could not be read was not."""
        unseen = (f.through + 1 for f in self.frozen.values() if one.label in f.left_out)
        return max(one.generation, *unseen, 0)

    def frozen_late(
        self, generation: int, *, met: bool = False
    ) -> dict[MeterKey, dict[Tags, Decimal]]:
        """Return what a generation brought too late for the records of its meters, by tags.

        It is either what has not met an allowance yet, or what has.
        """
        late = {
            meter: split_by_allowance(fold.late[generation])[met]
            for meter, fold in sorted(self.meters.items())
            if generation in fold.late
        }
        return {meter: add_by_tags(one) for meter, one in late.items() if sum_entries(one)}

    def late_events(self, generation: int, meters: Iterable[MeterKey]) -> int:
        """Return how many distinct events a generation brought too late for some meters."""
        late = (self.meters[meter].late.get(generation, {}) for meter in meters)
        return sum(len(known) for one in late for known in one.values())
