"""DynamoDB's published rules for what a read or a write of an item costs.

Sizes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
Units: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
Indexes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

type Item = Mapping[str, Mapping[str, Any]]

WRITE_UNIT_BYTES = 1_024
READ_UNIT_BYTES = 4_096
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
QUERY_BYTES_MAX = 1_048_576
# A transaction prepares and commits: two underlying reads or writes of every item.
TRANSACTION_FACTOR = 2
EVENTUAL_FACTOR = Decimal("0.5")
_CONTAINER_BYTES = 3
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
_STORED_BESIDE_BYTES = 100


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index; it projects keys only, or whole items."""

    name: str
    key_names: tuple[str, ...]
    projects_all: bool = False


@dataclass(frozen=True, slots=True)
class TableSchema:
    """What the price of a write depends on besides the item."""

    key_names: tuple[str, ...]
    indexes: tuple[Index, ...] = ()

    @classmethod
    def of(cls, definition: Mapping[str, Any]) -> "TableSchema":
        """Read it from a table as CreateTable wants it."""
        return cls(
            _key_names(definition),
            tuple(
                Index(
                    one["IndexName"],
                    _key_names(one),
                    projects_all=one["Projection"]["ProjectionType"] == "ALL",
                )
                for one in definition.get("GlobalSecondaryIndexes", [])
            ),
        )


def _key_names(definition: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(part["AttributeName"] for part in definition["KeySchema"])


def item_bytes(item: Item) -> int:
    """Return an item's size: every name, and every value by its type."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def stored_bytes(item: Item) -> int:
    """Return what is billed for storing an item: its size, and a hundred bytes beside it."""
    return item_bytes(item) + _STORED_BESIDE_BYTES


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "B":
            return len(content)
        case "N":
            return _number_bytes(content)
        case "BOOL" | "NULL":
            return 1
        case "L":
            return _CONTAINER_BYTES + sum(1 + _value_bytes(member) for member in content)
        case "M":
            return _CONTAINER_BYTES + len(content) + item_bytes(content)
        case _:
            raise ValueError(f"no item of this table has an attribute of type {kind}")


def _number_bytes(content: str) -> int:
    """Return about one byte for two significant digits, and one; one more for a sign."""
    sign, digits, _ = Decimal(content).as_tuple()
    significant = len("".join(map(str, digits)).strip("0"))
    return (significant + 1) // 2 + 1 + sign


def table_write_units(before: Item | None, after: Item | None) -> int:
    """Return what one write costs the table: the larger of the item before and after it.

    A write whose condition failed is one that left the item as it was, or absent, and costs too.
    """
    size = max(item_bytes(before or {}), item_bytes(after or {}))
    return max(1, -(-size // WRITE_UNIT_BYTES))


def index_write_units(schema: TableSchema, before: Item | None, after: Item | None) -> int:
    """Return what one write costs all indexes.

    An entry that appears or disappears costs one write, one that changes its key a delete and a
    put, and one that stays as it is nothing.
    """
    units = 0
    for index in schema.indexes:
        old, new = index_entry(schema, index, before), index_entry(schema, index, after)
        if old == new:
            continue
        units += sum(table_write_units(entry, None) for entry in (old, new) if entry is not None)
    return units


def index_entry(schema: TableSchema, index: Index, item: Item | None) -> Item | None:
    """Return what of an item stands in an index; None if it lacks a key of it."""
    if item is None or not all(name in item for name in index.key_names):
        return None
    if index.projects_all:
        return item
    return {name: item[name] for name in (*schema.key_names, *index.key_names)}


def read_units(sizes: Iterable[int], *, consistent: bool) -> Decimal:
    """Return what reading single items costs, each rounded up; an absent one costs a unit too."""
    units = Decimal(sum(max(1, -(-size // READ_UNIT_BYTES)) for size in sizes))
    return units if consistent else units * EVENTUAL_FACTOR


def query_units(sizes: Iterable[int], *, consistent: bool) -> Decimal:
    """Return what one page of a query costs: the items' sizes together, rounded up."""
    return read_units([sum(sizes)], consistent=consistent)
