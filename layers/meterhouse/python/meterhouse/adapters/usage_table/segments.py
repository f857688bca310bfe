"""Segments: an item each, under the generation that it was written for and its name."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from meterhouse.adapters.usage_table.items import (
    LAST,
    SEGMENT_PREFIX,
    binary,
    generation_name,
    item_key,
    reading,
)
from meterhouse.adapters.usage_table.table import TablePart
from meterhouse.domain.keys import LogKey
from meterhouse.ports.ledger import StoredSegment

if TYPE_CHECKING:
    from meterhouse.adapters.usage_table.items import Item


class Segments(TablePart):
    """Reads and writes segments as they are."""

    def append(self, log: LogKey, segment: StoredSegment) -> None:
        """Write a segment; the same one again changes nothing."""
        name = f"{SEGMENT_PREFIX}{generation_name(segment.generation)}#{segment.name}"
        self._table.put({**item_key(log, name), "blob": binary(segment.blob)})

    def segments(self, log: LogKey, first: int, last: int | None = None) -> Iterator[StoredSegment]:
        """Yield the segments of the generations from `first` to `last`, in ascending order."""
        end = LAST if last is None else f"{generation_name(last)}#{LAST}"
        items = self._table.between(
            str(log), SEGMENT_PREFIX + generation_name(first), SEGMENT_PREFIX + end
        )
        yield from map(_read_segment, items)


def _read_segment(item: "Item") -> StoredSegment:
    with reading(item):
        _, generation, name = item["sk"]["S"].split("#")
        return StoredSegment(int(generation), name, bytes(item["blob"]["B"]))
