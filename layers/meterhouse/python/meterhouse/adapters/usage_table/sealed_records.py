"""The sealed records of a batch as bytes, in columns: what they share is written once.

They are written when the batch is frozen, in a transaction that counts twice, and paid for again
with every later write of the item.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import repeat

from meterhouse.adapters.usage_table.buyers import (
    Buyer,
    licenses_first,
    read_buyers,
    write_buyers,
)
from meterhouse.adapters.usage_table.documents import Positions, read_document, write_document
from meterhouse.domain.keys import LogKey, RecordKey
from meterhouse.domain.quantity import format_quantity
from meterhouse.domain.records.record import Allocation, SealedRecord
from meterhouse.domain.usage.events import Tags

FORMAT = 1
_SECOND = timedelta(seconds=1)
_NOTHING = "0"


def write_sealed(log: LogKey, records: Sequence[SealedRecord]) -> bytes:
    """Return the sealed records of a log as bytes; equal ones give equal bytes."""
    assert records
    assert all(record.key.hour_at == log.hour_at for record in records)
    product_code = records[0].product_code
    of_record = [_buyer_of(record) for record in records]
    buyers = licenses_first(list(dict.fromkeys(of_record)), product_code)
    names, tag_sets = Positions[str](), Positions[Tags]()
    places = [buyers.index(buyer) for buyer in of_record]
    dimensions = [names.of(record.key.dimension) for record in records]
    parts = _write_parts([record.allocations for record in records], tag_sets)
    rest = _write_parts([record.rest for record in records], tag_sets)
    carried = [place for place, record in enumerate(records) if record.is_carried]
    included = _write_included(records)
    who, packed = write_buyers(buyers, product_code)
    document = {
        "format": FORMAT,
        "product": product_code,
        **who,
        "names": names.things,
        **({} if places == list(range(len(records))) else {"buyers": places}),
        **({"dimensions": dimensions} if any(dimensions) else {}),
        "seconds": [_seconds_of(record) for record in records],
        "quantities": " ".join(format_quantity(record.quantity) for record in records),
        **({"parts": parts} if parts else {}),
        **({"rest": rest} if rest else {}),
        **({"carried": carried} if carried else {}),
        **({"included": included} if included else {}),
        **({"tag_sets": tag_sets.things} if tag_sets.things else {}),
    }
    return write_document(document, packed)


def read_sealed(log: LogKey, blob: bytes) -> list[SealedRecord]:
    """Read what `write_sealed` wrote; raises one of the errors of broken documents."""
    document, packed = read_document(blob)
    if document["format"] != FORMAT:
        raise ValueError(f"records of unknown format {document['format']}")
    buyers, names = read_buyers(document, packed), document["names"]
    quantities = document["quantities"].split(" ")
    count = len(quantities)
    tag_sets = [read_tags(one) for one in document.get("tag_sets", ())]
    parts = _read_parts(document.get("parts", ()), tag_sets)
    rest = _read_parts(document.get("rest", ()), tag_sets)
    carried = document.get("carried", ())
    included = dict(document.get("included", ()))
    columns = zip(
        document.get("buyers", range(count)),
        document.get("dimensions", repeat(0, count)),
        document["seconds"],
        quantities,
        strict=True,
    )
    return [
        SealedRecord(
            key=RecordKey(buyers[buyer].subscription, names[dimension], log.hour_at),
            identity=buyers[buyer].identity,
            product_code=buyers[buyer].product_code,
            timestamp_at=log.hour_at + seconds * _SECOND,
            quantity=Decimal(quantity),
            allocations=parts.get(place, ()),
            rest=rest.get(place, ()),
            is_carried=place in carried,
            included=_read_included(included.get(place, _NOTHING)),
        )
        for place, (buyer, dimension, seconds, quantity) in enumerate(columns)
    ]


def read_tags(pairs: Iterable[tuple[str, str]]) -> Tags:
    """Return a tag set as it stands in a document."""
    return tuple((str(key), str(value)) for key, value in pairs)


def _buyer_of(record: SealedRecord) -> Buyer:
    return Buyer(record.key.subscription, record.identity, record.product_code)


def _seconds_of(record: SealedRecord) -> int:
    offset = record.timestamp_at - record.key.hour_at
    assert offset % _SECOND == timedelta(0)
    return offset // _SECOND


def _write_included(records: Sequence[SealedRecord]) -> list[tuple[int, str | None]]:
    """Return how much is included of which records: of most of them nothing is."""
    return [
        (place, None if one.included is None else format_quantity(one.included))
        for place, one in enumerate(records)
        if one.included is None or one.included
    ]


def _read_included(written: str | None) -> Decimal | None:
    return None if written is None else Decimal(written)


def _write_parts(
    of_records: Sequence[Sequence[Allocation]], tag_sets: Positions[Tags]
) -> list[tuple[int, str, list[int]]]:
    """Return the parts of the records that have any: place, quantities, and tag sets by place."""
    return [
        (
            place,
            " ".join(format_quantity(part.quantity) for part in parts),
            [tag_sets.of(part.tags) for part in parts],
        )
        for place, parts in enumerate(of_records)
        if parts
    ]


def _read_parts(
    rows: Iterable[tuple[int, str, list[int]]], tag_sets: list[Tags]
) -> dict[int, tuple[Allocation, ...]]:
    return {
        place: tuple(
            Allocation(Decimal(quantity), tag_sets[tags])
            for quantity, tags in zip(quantities.split(" "), of_parts, strict=True)
        )
        for place, quantities, of_parts in rows
    }
