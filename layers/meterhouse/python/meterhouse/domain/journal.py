"""Journal pages: the append-only groups of usage events that one drain wrote for one record.

A page is compressed JSON in columns, about 23 bytes an event for UUID ids, and its name is derived
from its content, so a redelivered batch overwrites itself.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

from meterhouse.domain.events import Tags, UsageEvent
from meterhouse.domain.hours import format_hour, read_hour
from meterhouse.domain.quantity import format_quantity
from meterhouse.errors import JournalCorruptError

# A DynamoDB item holds 400 KB; the page is bounded before compression, so nothing can exceed that.
PAGE_BYTES_MAX = 350_000
_ENTRY_OVERHEAD_BYTES = 24
_FORMAT = 1
_COMPRESSION_LEVEL = 6


class PageKind(StrEnum):
    """Why a page stands where it stands."""

    HOME = "home"
    """Events of the record's own hour: they are billed by this record."""
    LATE = "late"
    """Events of the record's own hour that came after it closed: billed elsewhere, known here."""
    CARRIED_EVENTS = "carried_events"
    """Late events of an earlier hour, billed by this record."""
    CARRIED_RECORD = "carried_record"
    """The whole frozen quantity of an earlier record that AWS surely never accepted."""
    CARRIED_REST = "carried_rest"
    """What went beyond the largest quantity that AWS takes in one record."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event in a page; its time is kept for the page as a whole."""

    event_id: str
    quantity: Decimal
    tags: Tags


@dataclass(frozen=True, slots=True)
class Page:
    """One journal page; `from_hour_at` says where carried usage comes from."""

    kind: PageKind
    from_hour_at: datetime
    earliest_at: datetime
    entries: tuple[Entry, ...]

    @property
    def units(self) -> Decimal:
        """The sum of all quantities, repeats included."""
        return sum((entry.quantity for entry in self.entries), Decimal(0))


@dataclass(frozen=True, slots=True)
class EncodedPage:
    """A page as it is stored: `digest` names it, `blob` is its content."""

    digest: str
    blob: bytes


def entry_of(event: UsageEvent) -> Entry:
    """Return what a page keeps of an event."""
    return Entry(event.event_id, event.quantity, event.tags)


def paginate(events: Iterable[UsageEvent], *, kind: PageKind = PageKind.HOME) -> Iterator[Page]:
    """Split the events of one record into pages that are certain to fit into an item."""
    batch: list[UsageEvent] = []
    size, known_tags = 0, set[Tags]()
    for event in sorted(events, key=_page_order):
        size += _entry_bytes(event, known_tags)
        if batch and size > PAGE_BYTES_MAX:
            yield _page_of(batch, kind)
            batch, known_tags = [], set()
            size = _entry_bytes(event, known_tags)
        batch.append(event)
    if batch:
        yield _page_of(batch, kind)


def _page_order(event: UsageEvent) -> tuple[str, Decimal]:
    return event.event_id, event.quantity


def _entry_bytes(event: UsageEvent, known_tags: set[Tags]) -> int:
    size = _ENTRY_OVERHEAD_BYTES + len(json.dumps(event.event_id, ensure_ascii=False).encode())
    if event.tags not in known_tags:
        known_tags.add(event.tags)
        size += len(json.dumps(event.tags))
    return size


def _page_of(events: list[UsageEvent], kind: PageKind) -> Page:
    earliest_at = min(event.occurred_at for event in events)
    entries = tuple(entry_of(event) for event in events)
    return Page(kind, events[0].home.hour_at, earliest_at, entries)


def encode_page(page: Page) -> EncodedPage:
    """Return the stored form; equal pages have equal digests."""
    tag_sets = sorted({entry.tags for entry in page.entries})
    positions = {tags: position for position, tags in enumerate(tag_sets)}
    document = {
        "format": _FORMAT,
        "kind": page.kind.value,
        "from": format_hour(page.from_hour_at),
        "earliest": page.earliest_at.timestamp(),
        "ids": [entry.event_id for entry in page.entries],
        "quantities": [format_quantity(entry.quantity) for entry in page.entries],
        "tag_sets": tag_sets,
        "tags": [positions[entry.tags] for entry in page.entries] if len(tag_sets) > 1 else [],
    }
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return EncodedPage(
        digest=hashlib.sha256(text).hexdigest()[:32],
        blob=zlib.compress(text, _COMPRESSION_LEVEL),
    )


def decode_page(blob: bytes) -> Page:
    """Read a stored page; raises JournalCorruptError when it is not one of ours."""
    try:
        document = json.loads(zlib.decompress(blob))
        if document["format"] != _FORMAT:
            raise JournalCorruptError(f"journal page of unknown format {document['format']}")
        tag_sets = [
            tuple((str(key), str(value)) for key, value in tags) for tags in document["tag_sets"]
        ]
        ids, quantities = document["ids"], document["quantities"]
        positions = document["tags"] or [0] * len(ids)
        return Page(
            kind=PageKind(document["kind"]),
            from_hour_at=read_hour(document["from"]),
            earliest_at=datetime.fromtimestamp(document["earliest"], UTC),
            entries=tuple(
                Entry(event_id, _read_units(quantity), tag_sets[position])
                for event_id, quantity, position in zip(ids, quantities, positions, strict=True)
            ),
        )
    except (
        zlib.error,
        ArithmeticError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        raise JournalCorruptError(f"journal page cannot be read: {error}") from error


def _read_units(text: str) -> Decimal:
    units = Decimal(text)
    if not units.is_finite() or units.is_signed():
        raise JournalCorruptError(f"journal page with a quantity of {text}")
    return units
