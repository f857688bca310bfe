"""The UsageTable for an audit: what cannot be read is noted, and the rest is read all the same."""

from collections.abc import Callable
from contextlib import AbstractContextManager, closing, contextmanager
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from meterhouse.adapters.usage_table.batch_items import read_batch, step_attributes
from meterhouse.adapters.usage_table.carry_items import index_attributes, read_carry
from meterhouse.adapters.usage_table.head_items import pause_attributes, read_head
from meterhouse.adapters.usage_table.items import (
    BATCH_PREFIX,
    CARRY_PREFIX,
    DUE_SHARD,
    HEADS_PARTITION,
    MANIFEST_PREFIX,
    SEGMENT_PREFIX,
    due_attributes,
    present,
    reading,
    text,
)
from meterhouse.adapters.usage_table.layout import (
    LAYOUT_KEY,
    Layout,
    layout_attributes,
    read_layout,
)
from meterhouse.adapters.usage_table.ledger import UsageTable
from meterhouse.adapters.usage_table.table import Table
from meterhouse.domain.keys import LogKey
from meterhouse.errors import ConditionFailedError, JournalCorruptError
from operations.errors import OperationError
from operations.findings import Fault, FaultKind
from operations.resources import find_resource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from meterhouse.adapters.usage_table.items import Attributes, Item

_NAME_BYTES = 16
_CHANGED = "somebody else changed the table meanwhile: look again"


class Part(StrEnum):
    """What an item of an hour log is, by the beginning of its name."""

    HEAD = ""
    BATCH = BATCH_PREFIX
    CARRY = CARRY_PREFIX
    MANIFEST = MANIFEST_PREFIX
    SEGMENT = SEGMENT_PREFIX


class Noted(NamedTuple):
    """An item that is at fault; `log` is None when it does not even say of which hour it is."""

    log: LogKey | None
    part: Part
    fault: Fault


class CarefulUsageTable(UsageTable):
    """Implements `ports.ledger.UsageLedger`; reads leave out and note what cannot be read."""

    kind: ClassVar = "UsageTable"

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        super().__init__(client, table_name)
        self.name = table_name
        self.noted: list[Noted] = []
        self._table = _SiftedTable(client, table_name, self.noted)

    def manifests(self, log: LogKey) -> dict[int, frozenset[str]]:
        """Return the manifests of a log, or none if one of them is not whole."""
        try:
            return super().manifests(log)
        except JournalCorruptError as error:
            self.noted.append(_unreadable(log, Part.MANIFEST, str(log), error))
            return {}

    def shards(self) -> int | None:
        """Return into how many shards the table's hours are cut, if it says so."""
        layout = self.find_layout()
        return None if layout is None else layout.shards

    def layout(self) -> Layout:
        """Return how the table is laid out; raises OperationError if it does not say so."""
        layout = self.find_layout()
        if layout is None:
            raise OperationError(
                f"table {self.name} does not say into how many shards its hours are cut: it was "
                "never used, is no UsageTable, or has lost the item LAYOUT/shards"
            )
        return layout

    def find_layout(self) -> Layout | None:
        """Return how the table is laid out, if it says so."""
        item = self._table.get(LAYOUT_KEY)
        return None if item is None else read_layout(item)

    def change_layout(self, before: Layout | None, after: Layout) -> None:
        """Write how the table is laid out; raises OperationError if somebody changed it since."""
        if before is None:
            new = {**LAYOUT_KEY, **present(layout_attributes(after))}
            if self._table.put_first(new) is not None:
                raise OperationError(_CHANGED)
            return
        fence = "attribute_exists" if before.is_fenced else "attribute_not_exists"
        try:
            self._table.update(
                LAYOUT_KEY,
                layout_attributes(after),
                only_if=f"#table = :seen AND {fence}(#is_fenced)",
                given={":seen": text(before.table)},
            )
        except ConditionFailedError as error:
            raise OperationError(_CHANGED) from error


OpenTable = Callable[[], AbstractContextManager[CarefulUsageTable | None]]
"""Opens the table that a command is about to change, where it is known which one that is."""


def usage_table_of(function: str | None, stack_name: str | None, directory: Path) -> OpenTable:
    """Return what opens the table of a stack, to be looked at before something is written to it.

    There is none where a function was named by itself: nothing tells which table it works on.
    """

    @contextmanager
    def opened() -> "Iterator[CarefulUsageTable | None]":
        if function is not None:
            yield None
            return
        client, name = find_resource(CarefulUsageTable.kind, None, stack_name, directory)
        with closing(client):
            yield CarefulUsageTable(client, name)

    return opened


class _SiftedTable(Table):
    """A table whose queries leave out, and note, what cannot be read."""

    def __init__(self, client: "DynamoDBClient", name: str, noted: list[Noted]) -> None:
        super().__init__(client, name)
        self._noted = noted

    def between(
        self, partition: str, first: str, last: str, page_items: int | None = None
    ) -> "Iterator[Item]":
        """Yield the items that can be read."""
        for item in super().between(partition, first, last, page_items):
            part = _part_of(item)
            if part is None:
                yield item
                continue
            try:
                written = _READERS[part](item)
            except JournalCorruptError as error:
                subject = f"{item['pk']['S']}/{item['sk']['S']}"
                self._noted.append(_unreadable(_log_of(item), part, subject, error))
                continue
            trouble = _index_trouble(item, written)
            if trouble is not None:
                log, name = _log_of(item), item["sk"]["S"].removeprefix(part)
                subject = name if part is Part.HEAD else f"{log}/{name}"
                self._noted.append(Noted(log, part, Fault(subject, FaultKind.INDEX_WRONG, trouble)))
            yield item


def _index_trouble(item: "Item", written: "Attributes") -> str | None:
    """Tell what is wrong with an item's place in the index, by what is written with the rest."""
    wanted = _place_of(written)
    if wanted == _place_of(item):
        return None
    if not wanted:
        return "it is in the index, although nothing remains to be done"
    if wanted["due_shard"] == DUE_SHARD:
        return "it is not in the index as it must be, so that nothing will look at it"
    return "it is not in the index as it must be, so that nobody is shown what was not billed"


def _place_of(attributes: "Attributes") -> dict[str, object]:
    """Return the attributes that the index is made of, by what they mean."""
    place: dict[str, object] = {}
    for name in due_attributes(None):
        value = attributes.get(name)
        if value is not None:
            place[name] = Decimal(value["N"]) if "N" in value else value.get("S")
    return place


def _part_of(item: "Item") -> Part | None:
    """Return what an item of an hour log is, or None for one of nothing that an audit reads."""
    if item["pk"]["S"] == HEADS_PARTITION:
        return Part.HEAD
    return next((part for part in _INSIDE if item["sk"]["S"].startswith(part)), None)


def _log_of(item: "Item") -> LogKey | None:
    name = item["sk"]["S"] if item["pk"]["S"] == HEADS_PARTITION else item["pk"]["S"]
    try:
        return LogKey.parse(name)
    except ValueError:
        return None


def _unreadable(log: LogKey | None, part: Part, subject: str, error: Exception) -> Noted:
    detail = str(error).removeprefix(f"{subject} ")
    return Noted(log, part, Fault(subject, FaultKind.UNREADABLE, detail))


def _read_head(item: "Item") -> "Attributes":
    return pause_attributes(read_head(item))


def _read_batch(item: "Item") -> "Attributes":
    return step_attributes(read_batch(item))


def _read_carry(item: "Item") -> "Attributes":
    return index_attributes(read_carry(item))


def _read_manifest(item: "Item") -> "Attributes":
    with reading(item):
        int(item["sk"]["S"].split("#")[1])
        if len(bytes(item["names"]["B"])) % _NAME_BYTES:
            raise ValueError("half a name")
    return {}


def _read_segment(item: "Item") -> "Attributes":
    with reading(item):
        _, generation, _ = item["sk"]["S"].split("#")
        int(generation)
        bytes(item["blob"]["B"])
    return {}


_READERS: "Mapping[Part, Callable[[Item], Attributes]]" = {
    Part.HEAD: _read_head,
    Part.BATCH: _read_batch,
    Part.CARRY: _read_carry,
    Part.MANIFEST: _read_manifest,
    Part.SEGMENT: _read_segment,
}
_INSIDE = tuple(part for part in Part if part)
