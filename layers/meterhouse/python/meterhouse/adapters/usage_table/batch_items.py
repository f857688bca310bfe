"""How a batch stands in the table: what is frozen, and where its records stand."""

from dataclasses import replace
from typing import TYPE_CHECKING

from meterhouse.adapters.usage_table.documents import read_names, write_names
from meterhouse.adapters.usage_table.items import (
    BATCH_PREFIX,
    binary,
    due_attributes,
    item_key,
    number,
    present,
    reading,
    refused_attributes,
    text,
)
from meterhouse.adapters.usage_table.record_statuses import read_statuses, write_statuses
from meterhouse.adapters.usage_table.sealed_records import read_sealed, write_sealed
from meterhouse.adapters.usage_table.settlements import read_settlements, write_settlements
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.record import Batch, BatchKey, MeteringRecord
from meterhouse.domain.records.settlement import Settlement

if TYPE_CHECKING:
    from meterhouse.adapters.usage_table.items import Attributes, Item, Value


def batch_key(key: BatchKey) -> "dict[str, Value]":
    """Return the primary key of a batch."""
    return item_key(key.log, BATCH_PREFIX + key.name)


def new_batch(batch: Batch) -> "Item":
    """Return the whole item of a batch."""
    sealed = [record.sealed for record in batch.records]
    return {
        **batch_key(batch.key),
        "frozen": binary(write_sealed(batch.key.log, sealed)),
        "through": number(batch.through),
        **present({"left_out": write_names(batch.left_out), **step_attributes(batch)}),
    }


def step_attributes(batch: Batch) -> "Attributes":
    """Return what a step of a batch changes; what is frozen stays as it is."""
    statuses = [record.status for record in batch.records]
    return {
        "statuses": binary(write_statuses(batch.key.log, statuses)),
        "settled": write_settlements(_settlements_of(batch)),
        "version": number(batch.version),
        # The stream's filter compares nothing: only where usage ended unbilled is there news.
        "news": text("unbilled") if batch.needs_person else None,
        **_index_attributes(batch),
    }


def _index_attributes(batch: Batch) -> "Attributes":
    """Return where the index holds a batch: unfinished, else unbilled, else nowhere."""
    if batch.due_at is None and batch.needs_person:
        return refused_attributes(batch.key.log.hour_at)
    return due_attributes(batch.due_at)


def _settlements_of(batch: Batch) -> dict[int, Settlement]:
    of_place = {place: one.status.settlement for place, one in enumerate(batch.records)}
    return {place: one for place, one in of_place.items() if one is not None}


def batch_key_of(item: "Item") -> BatchKey:
    """Return which batch an item is."""
    name = item["sk"]["S"]
    if not name.startswith(BATCH_PREFIX):
        raise ValueError("not a batch")
    return BatchKey(LogKey.parse(item["pk"]["S"]), name.removeprefix(BATCH_PREFIX))


def read_batch(item: "Item") -> Batch:
    """Return the batch of an item; raises JournalCorruptError."""
    with reading(item):
        key = batch_key_of(item)
        sealed = read_sealed(key.log, bytes(item["frozen"]["B"]))
        statuses = read_statuses(key.log, bytes(item["statuses"]["B"]), len(sealed))
        for place, settlement in read_settlements(item.get("settled")).items():
            statuses[place] = replace(statuses[place], settlement=settlement)
        return Batch(
            key=key,
            through=int(item["through"]["N"]),
            records=tuple(map(MeteringRecord, sealed, statuses)),
            left_out=read_names(item.get("left_out")),
            version=int(item["version"]["N"]),
        )
