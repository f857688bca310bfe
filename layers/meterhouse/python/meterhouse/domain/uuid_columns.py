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
_DASH_BEFORE_BYTES = (4, 6, 8, 10)


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


def unpack_ids(packed: PackedIds) -> list[str]:
    """Return the ids that were packed; raises ValueError when bytes are missing."""
    if len(packed.columns) % _UUID_BYTES:
        raise ValueError("packed ids of broken length")
    text, length = _join_ids(packed), _length_of(packed.shape)
    return [text[start : start + length] for start in range(0, len(text), length)]


def _join_ids(packed: PackedIds) -> str:
    """Return all ids one after the other."""
    columns, length = packed.columns, _length_of(packed.shape)
    count = len(columns) // _UUID_BYTES
    text = bytearray(b"-" * (count * length))
    place = 0
    for position in range(_UUID_BYTES):
        if packed.shape is IdShape.DASHED and position in _DASH_BEFORE_BYTES:
            place += 1
        digits = columns[position * count : (position + 1) * count].hex().encode()
        text[place::length], text[place + 1 :: length] = digits[0::2], digits[1::2]
        place += 2
    return text.decode("ascii")


def _length_of(shape: IdShape) -> int:
    return _DASHED_LENGTH if shape is IdShape.DASHED else 2 * _UUID_BYTES
