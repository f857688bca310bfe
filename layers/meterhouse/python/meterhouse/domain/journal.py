"""Journal pages: the append-only groups of usage events that one drain wrote for one record.

A page is a compressed JSON document in columns. Ids that are UUIDs follow it as bytes, so an event
takes about 17 bytes, 12 if its UUID begins with a time. A page's name is derived from its content,
so a redelivered batch overwrites itself.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from typing import Any, Final, NamedTuple

from meterhouse.domain.events import Tags, UsageEvent
from meterhouse.domain.hours import format_hour, read_hour
from meterhouse.domain.page_compression import compress, decompress
from meterhouse.domain.quantity import format_quantity
from meterhouse.domain.uuid_columns import IdShape, PackedIds, pack_ids, unpack_ids
from meterhouse.errors import JournalCorruptError

# A DynamoDB item holds 400 KB; the page is bounded before compression, so nothing can exceed that.
PAGE_BYTES_MAX = 350_000
_ENTRY_OVERHEAD_BYTES = 24
_FORMAT: Final = 1
_DIGEST_LENGTH = 32
# No compact JSON document has a line break of its own.
_DOCUMENT_END = b"\n"
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


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


class Entry(NamedTuple):
    """One event in a page; a tuple, because a record has a million of them.

    Its time is kept for the page as a whole.
    """

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


def paginate(events: Iterable[UsageEvent], *, kind: PageKind = PageKind.HOME) -> Iterator[Page]:
    """Split the events of one record into pages that are certain to fit into an item."""
    ordered = _in_page_order(events)
    is_plain = _is_plain("".join(event.event_id for event in ordered))
    batch: list[UsageEvent] = []
    size, known_tags = 0, set[Tags]()
    for event in ordered:
        id_bytes = len(event.event_id) if is_plain else _json_bytes(event.event_id)
        grown = size + _ENTRY_OVERHEAD_BYTES + id_bytes
        if event.tags and event.tags not in known_tags:
            grown += _json_bytes(event.tags)
        if batch and grown > PAGE_BYTES_MAX:
            yield _page_of(batch, kind)
            batch, known_tags = [], set()
            grown = _ENTRY_OVERHEAD_BYTES + id_bytes + _json_bytes(event.tags)
        batch.append(event)
        known_tags.add(event.tags)
        size = grown
    if batch:
        yield _page_of(batch, kind)


def _in_page_order(events: Iterable[UsageEvent]) -> list[UsageEvent]:
    """Sort events so that their order of arrival leaves no trace."""
    ordered = sorted(events, key=attrgetter("event_id"))
    if len({event.event_id for event in ordered}) < len(ordered):
        ordered.sort(key=_page_order)
    return ordered


def _page_order(event: UsageEvent) -> tuple[str, Decimal, Tags]:
    return event.event_id, event.quantity, event.tags


def _is_plain(text: str) -> bool:
    """Tell whether JSON writes the text as it is, one byte a character."""
    return text.isascii() and text.isprintable() and '"' not in text and "\\" not in text


def _json_bytes(value: str | Tags) -> int:
    return len(_ENCODER.encode(value).encode())


def _page_of(events: list[UsageEvent], kind: PageKind) -> Page:
    earliest_at = min(event.occurred_at for event in events)
    entries = tuple([Entry(event.event_id, event.quantity, event.tags) for event in events])
    return Page(kind, events[0].home.hour_at, earliest_at, entries)


def encode_page(page: Page) -> EncodedPage:
    """Return the stored form; equal pages have equal digests."""
    assert page.entries, "a page holds events"
    ids, quantities, tags = zip(*page.entries, strict=True)
    packed = pack_ids(ids)
    tag_sets = sorted(set(tags))
    positions = {one: position for position, one in enumerate(tag_sets)}
    document = {
        "format": _FORMAT,
        "kind": page.kind.value,
        "from": format_hour(page.from_hour_at),
        "earliest": page.earliest_at.timestamp(),
        "ids": ids if packed is None else packed.shape.value,
        "quantities": " ".join(map(format_quantity, quantities)),
        "tag_sets": tag_sets,
        "tags": [positions[one] for one in tags] if len(tag_sets) > 1 else [],
    }
    content = _ENCODER.encode(document).encode()
    if packed is not None:
        content += _DOCUMENT_END + packed.columns
    return EncodedPage(_digest_of(content), compress(content))


def page_digest(blob: bytes) -> str:
    """Return the name that a page was stored under; raises ValueError for what is no page."""
    return _digest_of(decompress(blob))


def _digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_DIGEST_LENGTH]


def decode_page(blob: bytes) -> Page:
    """Read a stored page; raises JournalCorruptError when it is not one of ours."""
    try:
        text, _, columns = decompress(blob).partition(_DOCUMENT_END)
        document = json.loads(text)
        if document["format"] != _FORMAT:
            raise JournalCorruptError(f"journal page of unknown format {document['format']}")
        ids, quantities = _read_ids(document["ids"], columns), _read_quantities(document)
        tag_sets = [
            tuple((str(key), str(value)) for key, value in tags) for tags in document["tag_sets"]
        ]
        tags = [tag_sets[position] for position in document["tags"] or [0] * len(ids)]
        return Page(
            kind=PageKind(document["kind"]),
            from_hour_at=read_hour(document["from"]),
            earliest_at=datetime.fromtimestamp(document["earliest"], UTC),
            entries=tuple(map(Entry._make, zip(ids, quantities, tags, strict=True))),
        )
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        raise JournalCorruptError(f"journal page cannot be read: {error}") from error


def _read_ids(ids: object, columns: bytes) -> list[str]:
    match ids:
        case str(shape):
            return unpack_ids(PackedIds(IdShape(shape), columns))
        case list(texts) if not columns and all(isinstance(text, str) for text in texts):
            return texts
        case _:
            raise JournalCorruptError("journal page without ids")


def _read_quantities(document: dict[str, Any]) -> list[Decimal]:
    """Return all quantities; equal ones are one object, because a record has a million of them."""
    texts = document["quantities"].split(" ")
    units = {text: _read_units(text) for text in set(texts)}
    return [units[text] for text in texts]


def _read_units(text: str) -> Decimal:
    units = Decimal(text)
    if not units.is_finite() or units.is_signed():
        raise JournalCorruptError(f"journal page with a quantity of {text}")
    return units
