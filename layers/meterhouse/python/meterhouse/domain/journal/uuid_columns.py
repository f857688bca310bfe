"""Event ids that are UUIDs, packed into bytes: 16 instead of 36, and fewer once compressed.

The bytes stand in columns, every id's first byte before every id's second: sorted ids share their
first bytes, and UUIDs that begin with a time share many.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_UUID_BYTES = 16
_DASHED_LENGTH = 36
_DASHES = (8, 13, 18, 23)
_CUTS = (8, 12, 16, 20)

EventId = str | bytes
"""An event's id; one that is a UUID with dashes is held as its 16 bytes."""


class IdShape(StrEnum):
    """How packed ids are written."""

    DASHED = "uuid"
    """`6f1c2b34-…`, in lower case."""
    PLAIN = "hex"
    """The same without dashes."""


@dataclass(frozen=True, slots=True)
class PackedIds:
    """Ids of one shape; `columns` holds 16 bytes an id."""

    shape: IdShape
    columns: bytes


def pack_ids(ids: Sequence[str]) -> PackedIds | None:
    """Pack ids if every one of them is a UUID of one shape that comes back exactly."""
    lengths = set(map(len, ids))
    if len(lengths) != 1:
        return None
    text = "".join(ids)
    match lengths.pop():
        case 36 if all(text[place::36] == "-" * len(ids) for place in _DASHES):
            shape = IdShape.DASHED
        case 32:
            shape = IdShape.PLAIN
        case _:
            return None
    digits = text.replace("-", "")
    try:
        together = bytes.fromhex(digits)
    except ValueError:
        return None
    # Spaces and capital letters are hexadecimal to Python too, but do not come back.
    if len(together) != _UUID_BYTES * len(ids) or together.hex() != digits:
        return None
    columns = b"".join([together[place::_UUID_BYTES] for place in range(_UUID_BYTES)])
    return PackedIds(shape, columns)


def unpack_ids(shape: object, columns: bytes) -> Sequence[EventId]:
    """Return the ids of a segment, whose document says how they are written.

    An id that is a UUID with dashes is returned as its bytes, whichever way it was stored, because
    a fold holds a million of them. Raises ValueError when bytes are missing.
    """
    match shape:
        case list(texts) if not columns and all(isinstance(text, str) for text in texts):
            return [_compact(text) for text in texts]
        case str(word) if len(columns) % _UUID_BYTES == 0:
            together = bytearray(len(columns))
            count = len(columns) // _UUID_BYTES
            for place in range(_UUID_BYTES):
                together[place::_UUID_BYTES] = columns[place * count : (place + 1) * count]
            return _split(IdShape(word), bytes(together))
        case _:
            raise ValueError("ids that cannot be read")


def _split(shape: IdShape, together: bytes) -> Sequence[EventId]:
    if shape is IdShape.DASHED:
        return [
            together[start : start + _UUID_BYTES] for start in range(0, len(together), _UUID_BYTES)
        ]
    text = together.hex()
    return [text[start : start + 32] for start in range(0, len(text), 32)]


def _compact(text: str) -> EventId:
    """Return the bytes of a UUID with dashes, and any other id as it is."""
    if len(text) != _DASHED_LENGTH or not text.isascii():
        return text
    packed = pack_ids([text])
    return text if packed is None else packed.columns


def id_text(event_id: EventId) -> str:
    """Return an id as its producer wrote it."""
    if isinstance(event_id, str):
        return event_id
    digits = event_id.hex()
    return "-".join(digits[a:b] for a, b in zip((0, *_CUTS), (*_CUTS, 32), strict=True))
