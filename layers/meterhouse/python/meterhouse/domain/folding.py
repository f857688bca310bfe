"""Folding: the pages of one record become one sum, each distinct event counted once."""

from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from meterhouse.domain.events import Tags
from meterhouse.domain.journal import Entry, Page, PageKind

_ZERO = Decimal(0)
_OWN_HOUR = ""
Identity = tuple[str, str]
"""Where an entry's event is at home and its id: what makes it the same event."""


@dataclass(frozen=True, slots=True)
class Fold:
    """The distinct usage of some pages.

    Attributes:
        units: exact sum over distinct events.
        by_tags: the same sum per tag set; the empty tag set is the untagged usage.
        earliest_at: the earliest time of any page, or None without pages.
        events: how many distinct events.
        repeats: entries dropped because their event was counted already.
        conflicts: events that came with more than one quantity or tag set.

    """

    units: Decimal = Decimal(0)
    by_tags: dict[Tags, Decimal] = field(default_factory=dict)
    earliest_at: datetime | None = None
    events: int = 0
    repeats: int = 0
    conflicts: int = 0


def fold_billable(pages: Iterable[Page]) -> Fold:
    """Fold what the record itself bills: everything but what its late pages took elsewhere.

    An event can stand in both: a journal write that was on its way when its message was delivered
    again, after the record's deadline, and the event carried. The late page came with a write that
    bills it elsewhere.
    """
    journal = tuple(pages)
    own = (page for page in journal if page.kind is not PageKind.LATE)
    late = (page for page in journal if page.kind is PageKind.LATE)
    return _fold(own, without={entry.event_id for page in late for entry in page.entries})


def fold_late(pages: Iterable[Page]) -> Fold:
    """Fold the usage of this hour that was carried to another record event by event."""
    return _fold(page for page in pages if page.kind is PageKind.LATE)


def home_event_ids(pages: Iterable[Page]) -> set[str]:
    """Return the ids of all events of this record's own hour that are in the journal."""
    kinds = (PageKind.HOME, PageKind.LATE)
    return {entry.event_id for page in pages if page.kind in kinds for entry in page.entries}


def _fold(pages: Iterable[Page], without: AbstractSet[str] = frozenset()) -> Fold:
    """Fold pages; `without` are ids of the record's own hour that do not count."""
    # By origin and then by id: a tuple of both for each of a million events would take 60 MB.
    counted: defaultdict[str, dict[str, Entry]] = defaultdict(dict)
    conflicting: set[Identity] = set()
    earliest_at: datetime | None = None
    repeats = 0
    for page in pages:
        earliest_at = min(earliest_at or page.earliest_at, page.earliest_at)
        origin = _origin(page)
        known = counted[origin]
        entries = page.entries
        if without and origin == _OWN_HOUR:
            entries = tuple(entry for entry in entries if entry.event_id not in without)
        for entry in entries:
            other = known.setdefault(entry.event_id, entry)
            if other is entry:
                continue
            if other != entry:
                # One id with two quantities: the choice must not depend on the order of reading,
                # and the smaller never bills a buyer for more than the seller said.
                conflicting.add((origin, entry.event_id))
                known[entry.event_id] = min(other, entry, key=_by_quantity)
        repeats += len(page.entries)
    by_tags: dict[Tags, Decimal] = {}
    for known in counted.values():
        repeats -= len(known)
        for _, quantity, tags in known.values():
            by_tags[tags] = by_tags.get(tags, _ZERO) + quantity
    return Fold(
        units=sum(by_tags.values(), _ZERO),
        by_tags=by_tags,
        earliest_at=earliest_at,
        events=sum(map(len, counted.values())),
        repeats=repeats,
        conflicts=len(conflicting),
    )


def _by_quantity(entry: Entry) -> tuple[Decimal, Tags]:
    return entry.quantity, entry.tags


def _origin(page: Page) -> str:
    if page.kind in (PageKind.HOME, PageKind.LATE):
        return _OWN_HOUR
    return f"{page.kind.value}@{page.from_hour_at.isoformat()}"
