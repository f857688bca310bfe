"""Small documents as bytes: JSON, compressed, and behind it the ids that are UUIDs.

DynamoDB bills every write by the size of its whole item, in steps of 1 KB.
"""

import json
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from meterhouse.domain.journal.uuid_columns import id_text, pack_ids, unpack_ids

if TYPE_CHECKING:
    from meterhouse.adapters.usage_table.items import Value

_LEVEL = 9
_CHECKSUM_BYTES = 4
# The shapes of our documents, the commonest last. It is a part of the format: what was compressed
# with it cannot be read with another.
_PRESET: Final = (
    b'"others":[["customer#","account#",["legacy_account","legacy_customer",null'
    b'"tag_sets":[[["team","region","customer","]],"parts":[[0,"1",[0],"rest":[['
    b'"quantities":"1 2 5 10 100","tags":[0,1],'
    b'[[["SEALED",null,"CustomerNotSubscribed","UnprocessedRecords","duplicate_of_own_send",1,1,'
    b'"subscription_unknown","deadline","DuplicateRecord","REJECTED","DISPUTED","EXPIRED","CARRIED"'
    b'"names":["requests","storage_gb","users","api_calls"],"buyers":[0,0,0,1,1,1,2,2],'
    b'"dimensions":[0,0,0,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24],'
    b'"prefix":"arn:aws:license-manager::294406891311:license:l-","ids":"uuid","accounts":"'
    b'[[["METERED",null,null,1,0,true]],[],"uuid"]'
    b'[[["SUBMITTING",250000000,null,1,0,false]],[],[]]'
    b'{"format":1,"product":"'
)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def write_document(document: object, ids: bytes = b"") -> bytes:
    """Return a document, and packed ids behind it, as bytes; equal ones give equal bytes."""
    compressor = zlib.compressobj(_LEVEL, zdict=_PRESET)
    compressed = compressor.compress(_ENCODER.encode(document).encode()) + compressor.flush()
    # Ids are as good as random: among text they would only make the text longer. What is compressed
    # has a checksum of its own.
    return compressed + ids + (_checksum(ids) if ids else b"")


def read_document(blob: bytes) -> tuple[Any, bytes]:
    """Read what `write_document` wrote; raises ValueError when it is broken."""
    decompressor = zlib.decompressobj(zdict=_PRESET)
    try:
        content = decompressor.decompress(blob)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    rest = decompressor.unused_data
    ids = rest[:-_CHECKSUM_BYTES]
    if not decompressor.eof or (rest and rest != ids + _checksum(ids)):
        raise ValueError("a document that is cut off, or was changed")
    return json.loads(content), ids


def _checksum(ids: bytes) -> bytes:
    return zlib.crc32(ids).to_bytes(_CHECKSUM_BYTES)


def write_names(names: Sequence[str]) -> "Value | None":
    """Return names as an attribute, compressed, since there may be hundreds; or nothing."""
    return {"B": write_document(names)} if names else None


def read_names(value: "Value | None") -> tuple[str, ...]:
    """Read what `write_names` wrote; raises ValueError."""
    if value is None:
        return ()
    match read_document(bytes(value["B"])):
        case [list(names), b""] if names and all(isinstance(name, str) for name in names):
            return tuple(names)
        case _:
            raise ValueError("names that cannot be read")


def pack_texts(texts: Sequence[str]) -> tuple[str | list[str], bytes]:
    """Return texts for a document, and as bytes behind it if all of them are UUIDs."""
    packed = pack_ids(texts) if texts else None
    if packed is None:
        return list(texts), b""
    return packed.shape.value, packed.columns


def unpack_texts(shape: object, packed: bytes) -> list[str]:
    """Read what `pack_texts` wrote; raises ValueError."""
    return [id_text(one) for one in unpack_ids(shape, packed)]


class Positions[Thing]:
    """The distinct ones of many things, in the order in which they came first."""

    def __init__(self) -> None:
        self.places: dict[Thing, int] = {}

    def of(self, thing: Thing) -> int:
        """Return the place of a thing, the same for equal things."""
        return self.places.setdefault(thing, len(self.places))

    @property
    def things(self) -> list[Thing]:
        """Every distinct thing once."""
        return list(self.places)
