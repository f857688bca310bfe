"""Segments: what one drain adds to one hour log, and what another hour carried there.

A segment is compressed: one JSON document in columns, and behind it ids that are UUIDs as bytes. An
event takes about 18 bytes where a meter has many of them and about 36 where each has a meter of its
own. A segment's name derives from its content, so a redelivered batch overwrites itself.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import batched, groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple

from meterhouse.domain.hours import format_hour, read_hour
from meterhouse.domain.journal.compression import compress, decompress
from meterhouse.domain.journal.uuid_columns import EventId, pack_ids, unpack_ids
from meterhouse.domain.keys import MeterKey, RecordKey
from meterhouse.domain.quantity import format_quantity
from meterhouse.domain.subscriptions.identity import SubscriptionKey, is_tenant
from meterhouse.domain.usage.events import Tags, UsageEvent
from meterhouse.errors import JournalCorruptError

# A DynamoDB item holds 400 KB, its key and attribute names included.
SEGMENT_BYTES_MAX = 390_000
# About as many events as an item holds; where they need more room, they are halved.
SEGMENT_EVENTS_MAX = 20_000
FORMAT: Final = 2
_NAME_LENGTH = 32
# No compact JSON document has a line break of its own.
_DOCUMENT_END = b"\n"
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_BEGINNING = f'{{"format":{FORMAT},'.encode()
_HEADING_BYTES = 60
_TEXTS_KEPT = 8_192
HOME: Final = ""
"""The origin of usage that no other hour carried in."""


@dataclass(frozen=True, slots=True)
class EncodedSegment:
    """A segment as it is stored: `name` is its content's digest, or says what it carries.

    `events` is how many of the events that were encoded it holds.
    """

    name: str
    blob: bytes
    events: int = 0


class MeterUsage(NamedTuple):
    """What a segment holds of one meter: entries from `start` to `end` in its columns.

    `earliest_at` is the time of its first event, in whole seconds; of a tenant's own usage it is
    that of all of them, because who pays can change within the hour.
    """

    meter: MeterKey
    start: int
    end: int
    earliest_at: datetime


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment that was read.

    Attributes:
        hour_at: the hour of the log that it was written for.
        origin: empty for events of the log's own hour; otherwise where the usage was carried from.
        meters: every meter once; a tenant's once for each second in which it was used.
        ids: of all events; an id that is a UUID with dashes is given as its 16 bytes.
        entries: quantity and tags of each event; equal ones are one object.

    """

    hour_at: datetime
    origin: str
    meters: tuple[MeterUsage, ...]
    ids: Sequence[EventId]
    entries: Sequence[tuple[Decimal, Tags]]


class CarriedPart(NamedTuple):
    """A part of a meter's usage that goes to another hour, with its tags."""

    meter: MeterKey
    quantity: Decimal
    tags: Tags


class _Rows(NamedTuple):
    """Entries on their way into a segment, in columns; those of one meter stand together."""

    meters: Sequence[RecordKey | MeterKey]
    ids: Sequence[str]
    quantities: Sequence[Decimal]
    tags: Sequence[Tags]
    times: Sequence[datetime]


def encode_events(hour_at: datetime, events: Sequence[UsageEvent]) -> Iterator[EncodedSegment]:
    """Yield the segments of a log's events, which `distinct` returned; each fits into an item.

    They hold the events in their order: the first so many, the next, and so on.
    """
    for share in batched(events, SEGMENT_EVENTS_MAX, strict=False):
        yield from _encode_fitting(hour_at, share)


def _encode_fitting(hour_at: datetime, events: Sequence[UsageEvent]) -> Iterator[EncodedSegment]:
    ids, homes, quantities, times, tags = zip(*events, strict=True)
    content = _content(hour_at, HOME, _Rows(homes, ids, quantities, tags, times))
    blob = compress(content)
    if len(blob) <= SEGMENT_BYTES_MAX or len(events) == 1:
        yield EncodedSegment(_digest(content), blob, len(events))
        return
    middle = len(events) // 2
    yield from _encode_fitting(hour_at, events[:middle])
    yield from _encode_fitting(hour_at, events[middle:])


def encode_carried(
    hour_at: datetime, origin: str, parts: Iterable[CarriedPart], carried_at: datetime
) -> EncodedSegment:
    """Return the segment by which usage from `origin` arrives in another hour.

    Its name derives from its origin alone: however often it is written, it is one segment.
    """
    ordered = sorted(parts)
    rows = sorted(
        (meter, str(place), quantity, tags, carried_at)
        for meter, group in groupby(ordered, key=itemgetter(0))
        for place, (_, quantity, tags) in enumerate(group)
    )
    content = _content(hour_at, origin, _Rows(*zip(*rows, strict=True)))
    return EncodedSegment(carried_name(origin), compress(content))


def carried_name(origin: str) -> str:
    """Return the name of the segment that carries usage from `origin`."""
    return _digest(f"carried from {origin}".encode())


def _content(hour_at: datetime, origin: str, rows: _Rows) -> bytes:
    """Return a segment before it is compressed; `rows` are in order."""
    packed = pack_ids(rows.ids)
    tag_sets = sorted({*rows.tags})
    positions = {one: position for position, one in enumerate(tag_sets)}
    document = {
        "format": FORMAT,
        "hour": format_hour(hour_at),
        **({"origin": origin} if origin else {}),
        **_meter_columns(hour_at, rows),
        "quantities": " ".join([*map(format_quantity, rows.quantities)]),
        **({"tag_sets": tag_sets} if tag_sets != [()] else {}),
        **({"tags": [positions[one] for one in rows.tags]} if len(tag_sets) > 1 else {}),
        "ids": list(rows.ids) if packed is None else packed.shape.value,
    }
    content = _ENCODER.encode(document).encode()
    return content if packed is None else content + _DOCUMENT_END + packed.columns


def _meter_columns(hour_at: datetime, rows: _Rows) -> dict[str, Any]:
    """Return which meters the rows belong to, how many rows each has, and when each began."""
    dimensions: dict[str, int] = {}
    subscriptions: dict[str, int] = {}
    of_meter: list[int] = []
    counts: list[int] = []
    seconds: list[int] = []
    end = 0
    for meter, group in groupby(_groups(rows)):
        subscription, dimension = meter[0], meter[1]
        subscriptions[subscription] = subscriptions.get(subscription, 0) + 1
        of_meter.append(dimensions.setdefault(dimension, len(dimensions)))
        count = len([*group])
        counts.append(count)
        start, end = end, end + count
        since = (rows.times[start] if count == 1 else min(rows.times[start:end])) - hour_at
        seconds.append(since.days * _DAY_SECONDS + since.seconds)
    return {
        "subscriptions": " ".join(subscriptions),
        "meters": list(subscriptions.values()),
        "names": list(dimensions),
        "dimensions": of_meter,
        "events": counts,
        "seconds": seconds,
    }


def _groups(rows: _Rows) -> Sequence[tuple[Any, ...]]:
    """Return what tells the groups of rows apart: the meter, and of tenants the second, too."""
    if not is_tenant(rows.meters[-1].subscription):
        return rows.meters  # Tenants' keys stand behind all others.
    return [
        (*meter[:2], time.replace(microsecond=0)) if is_tenant(meter.subscription) else meter
        for meter, time in zip(rows.meters, rows.times, strict=True)
    ]


_DAY_SECONDS = 86_400
_SECOND = timedelta(seconds=1)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_NAME_LENGTH]


def why_unreadable(name: str, blob: bytes) -> str | None:
    """Tell why a segment cannot be read by this program, or None if it can.

    It looks at digest and format only, which is cheap: what has both is one of ours.
    """
    try:
        content = decompress(blob)
    except ValueError as error:
        return f"it is damaged: {error}"
    if not content.startswith(_BEGINNING):
        return f"it is of another format than {FORMAT}"
    if b'"origin":' not in content[:_HEADING_BYTES] and name != _digest(content):
        return "it does not hold what it was named after"
    return None


def decode_segment(name: str, blob: bytes) -> Segment:
    """Read a stored segment; raises JournalCorruptError when it is not one of ours, or changed."""
    try:
        content = decompress(blob)
        text, _, columns = content.partition(_DOCUMENT_END)
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise JournalCorruptError(f"segment of unknown format {document['format']}")
        origin = document.get("origin", HOME)
        if name != (carried_name(origin) if origin else _digest(content)):
            raise JournalCorruptError("segment does not hold what it was named after")
        entries = _read_entries(document)
        ids = unpack_ids(document["ids"], columns)
        hour_at = read_hour(document["hour"])
        meters = tuple(_read_meters(document, hour_at))
        if not len(ids) == len(entries) == meters[-1].end or len(meters) != len(document["events"]):
            raise JournalCorruptError("segment with columns of different lengths")
        if any(usage.start >= usage.end for usage in meters):
            raise JournalCorruptError("segment with a meter that has no events")
        return Segment(hour_at, origin, meters, ids, entries)
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        # RuntimeError is nesting without an end, or a meter that a column does not have.
        raise JournalCorruptError(f"segment cannot be read: {error}") from error


def _read_meters(document: dict[str, Any], hour_at: datetime) -> Iterator[MeterUsage]:
    names = document["names"]
    columns = iter(
        [*zip(document["dimensions"], document["events"], document["seconds"], strict=True)]
    )
    end = 0
    subscriptions = document["subscriptions"].split(" ")
    for subscription, meters in zip(subscriptions, document["meters"], strict=True):
        for _ in range(meters):
            place, count, seconds = next(columns)
            start, end = end, end + count
            meter = MeterKey(SubscriptionKey(subscription), names[place])
            yield MeterUsage(meter, start, end, hour_at + seconds * _SECOND)


def _read_entries(document: dict[str, Any]) -> list[tuple[Decimal, Tags]]:
    """Return quantity and tags of each event; equal ones are one object, to save memory."""
    texts = document["quantities"].split(" ")
    tag_sets = [
        tuple((str(key), str(value)) for key, value in tags)
        for tags in document.get("tag_sets", [()])
    ]
    positions = document.get("tags")
    if positions is None:
        entry_of = {text: _entry(text, tag_sets[0]) for text in set(texts)}
        return [entry_of[text] for text in texts]
    pairs = list(zip(texts, positions, strict=True))
    entries = {(text, place): _entry(text, tag_sets[place]) for text, place in set(pairs)}
    return [entries[pair] for pair in pairs]


@lru_cache(maxsize=_TEXTS_KEPT)
def _entry(text: str, tags: Tags) -> tuple[Decimal, Tags]:
    units = Decimal(text)
    if not units.is_finite() or units.is_signed():
        raise JournalCorruptError(f"segment with a quantity of {text}")
    return units, tags
