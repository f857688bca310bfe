"""How a carry stands in the table: what is carried never changes, and where to may."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from meterhouse.adapters.usage_table.documents import read_document, write_document
from meterhouse.adapters.usage_table.items import (
    CARRY_PREFIX,
    binary,
    due_attributes,
    item_key,
    kept_attributes,
    moment,
    number,
    present,
    read_moment,
    reading,
    text,
)
from meterhouse.adapters.usage_table.sealed_records import read_tags
from meterhouse.adapters.usage_table.settlements import (
    read_places,
    read_settlements,
    write_places,
    write_settlements,
)
from meterhouse.domain.journal.carrying import Carry, KeptPart, MeterSettlement
from meterhouse.domain.journal.segments import CarriedPart
from meterhouse.domain.keys import LogKey, MeterKey
from meterhouse.domain.quantity import format_quantity
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.subscriptions.identity import SubscriptionKey

if TYPE_CHECKING:
    from meterhouse.adapters.usage_table.items import Attributes, Item, Value

FORMAT = 1


def carry_key(carry: Carry) -> "dict[str, Value]":
    """Return the primary key of a carry."""
    return item_key(carry.log, CARRY_PREFIX + carry.name)


def new_carry(carry: Carry) -> "Item":
    """Return the whole item of a carry."""
    return {
        **carry_key(carry),
        "parts": binary(_write_parts(carry.parts)),
        "carried_at": moment(carry.carried_at),
        **present(later_attributes(carry)),
        **({"kept": binary(_write_kept(carry.kept))} if carry.kept else {}),
    }


def index_attributes(carry: Carry) -> "Attributes":
    """Return where the index holds a carry: among what stays, until somebody dealt with it."""
    return kept_attributes(carry.log.hour_at) if carry.needs_person else due_attributes(None)


def later_attributes(carry: Carry) -> "Attributes":
    """Return what a later version of a carry may change."""
    places = {meter: place for place, meter in enumerate(_kept_meters(carry.kept))}
    settled = {places[one.meter]: one.settlement for one in carry.settlements}
    return {
        "target": text(str(carry.target)),
        "generation": number(carry.generation),
        "has_arrived": {"BOOL": carry.has_arrived},
        "version": number(carry.version),
        "is_withheld": {"BOOL": True} if carry.is_withheld else None,
        "taken_along": write_places(places[meter] for meter in carry.taken_along),
        "settled": write_settlements(settled),
        **index_attributes(carry),
    }


def _kept_meters(kept: Sequence[KeptPart]) -> list[MeterKey]:
    """Return the meters of which something stays, in their order; it never changes."""
    return [*dict.fromkeys(one.part.meter for one in kept)]


def read_carry(item: "Item") -> Carry:
    """Return the carry of an item; raises JournalCorruptError."""
    with reading(item):
        kept = _read_kept(bytes(item["kept"]["B"])) if "kept" in item else ()
        meters = _kept_meters(kept)
        settled = read_settlements(item.get("settled"))
        return Carry(
            log=LogKey.parse(item["pk"]["S"]),
            name=item["sk"]["S"].removeprefix(CARRY_PREFIX),
            parts=_read_parts(bytes(item["parts"]["B"])),
            carried_at=read_moment(item["carried_at"]),
            target=LogKey.parse(item["target"]["S"]),
            generation=int(item["generation"]["N"]),
            has_arrived=item["has_arrived"]["BOOL"],
            version=int(item["version"]["N"]),
            is_withheld=item.get("is_withheld", {"BOOL": False})["BOOL"],
            kept=kept,
            taken_along=frozenset(meters[one] for one in read_places(item.get("taken_along"))),
            settlements=tuple(MeterSettlement(meters[one], of) for one, of in settled.items()),
        )


def _write_parts(parts: Sequence[CarriedPart]) -> bytes:
    """Return parts as bytes; the same ones in the same order give equal bytes."""
    return write_document({"format": FORMAT, "parts": _rows_of(parts)})


def _rows_of(parts: Sequence[CarriedPart]) -> list[list[object]]:
    return [[*part.meter, format_quantity(part.quantity), part.tags] for part in parts]


def _write_kept(kept: Sequence[KeptPart]) -> bytes:
    """Return parts that stay as bytes, with the reason of each."""
    reasons = [one.reason.value for one in kept]
    parts = [one.part for one in kept]
    return write_document({"format": FORMAT, "parts": _rows_of(parts), "reasons": reasons})


def _read_kept(blob: bytes) -> tuple[KeptPart, ...]:
    document, _ = read_document(blob)
    rows = zip(_parts_of(document), document["reasons"], strict=True)
    return tuple(KeptPart(part, Reason(reason)) for part, reason in rows)


def _read_parts(blob: bytes) -> tuple[CarriedPart, ...]:
    document, _ = read_document(blob)
    return _parts_of(document)


def _parts_of(document: Mapping[str, Any]) -> tuple[CarriedPart, ...]:
    if document["format"] != FORMAT:
        raise ValueError(f"a carry of unknown format {document['format']}")
    return tuple(
        CarriedPart(
            MeterKey(SubscriptionKey(subscription), dimension), Decimal(quantity), read_tags(tags)
        )
        for subscription, dimension, quantity, tags in document["parts"]
    )
