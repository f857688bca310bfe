"""DynamoDB's published rules for sizes and units, with AWS's own examples where it gives some."""

from decimal import Decimal
from typing import Any

import pytest

from bench.capacity import (
    Index,
    TableSchema,
    index_write_units,
    item_bytes,
    query_units,
    read_units,
    table_write_units,
)

SCHEMA = TableSchema(("pk", "sk"), (Index("due", ("shard", "at")),))
KEY: dict[str, Any] = {"pk": {"S": "p"}, "sk": {"S": "s"}}
INDEXED: dict[str, Any] = {**KEY, "shard": {"S": "1"}, "at": {"N": "5"}}


def of_size(size_bytes: int) -> dict[str, Any]:
    return {"b": {"B": b"x" * (size_bytes - 1)}}


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "héllo"}, 6),
        ({"B": b"12345"}, 5),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"N": "27"}, 2),
        ({"N": "-27"}, 3),
        ({"N": "100000"}, 2),
        ({"N": "1234567"}, 5),
        ({"N": "0"}, 1),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}, {"NULL": True}]}, 8),
        ({"M": {"ab": {"S": "c"}}}, 7),
    ],
)
def test_an_attribute_is_as_large_as_its_name_and_its_value(
    value: dict[str, Any], size: int
) -> None:
    assert item_bytes({"name": value}) == len("name") + size


def test_a_kind_of_value_without_a_rule_here_is_refused_rather_than_guessed() -> None:
    with pytest.raises(ValueError, match="SS"):
        item_bytes({"names": {"SS": ["a"]}})


@pytest.mark.parametrize(("size", "units"), [(1, 1), (1_024, 1), (1_025, 2), (3_584, 4)])
def test_a_write_costs_a_unit_for_every_kilobyte_begun(size: int, units: int) -> None:
    assert table_write_units(None, of_size(size)) == units


def test_a_write_costs_the_larger_of_what_was_there_and_what_is() -> None:
    small, large = of_size(100), of_size(5_000)

    assert table_write_units(small, large) == table_write_units(large, small) == 5


def test_a_refused_write_costs_what_is_there_or_one_unit() -> None:
    assert table_write_units(of_size(3_000), of_size(3_000)) == 3
    assert table_write_units(None, None) == 1


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        (None, INDEXED, 1),
        (KEY, INDEXED, 1),
        (INDEXED, KEY, 1),
        (INDEXED, {**INDEXED, "at": {"N": "6"}}, 2),
        (INDEXED, {**INDEXED, "other": {"S": "x"}}, 0),
        (KEY, {**KEY, "shard": {"S": "1"}}, 0),
        (None, None, 0),
    ],
)
def test_an_index_costs_one_write_to_enter_or_leave_two_to_move_and_none_to_stay(
    before: dict[str, Any] | None, after: dict[str, Any] | None, units: int
) -> None:
    assert index_write_units(SCHEMA, before, after) == units


def test_single_reads_are_rounded_up_one_by_one_and_half_as_dear_when_eventual() -> None:
    # AWS's example of BatchGetItem: 1.5 KB and 6.5 KB are read as 4 KB and 8 KB.
    sizes = [1_536, 6_656]

    assert read_units(sizes, consistent=True) == 3
    assert read_units(sizes, consistent=False) == Decimal("1.5")


def test_a_query_is_rounded_up_once_for_all_its_items() -> None:
    # AWS's example of Query: items of 40.8 KB together are read as 44 KB.
    sizes = [1_020] * 40 + [979]

    assert query_units(sizes, consistent=True) == 11
    assert query_units(sizes, consistent=False) == Decimal("5.5")


def test_reading_nothing_costs_as_much_as_the_smallest_item() -> None:
    assert read_units([0], consistent=True) == 1
    assert query_units([], consistent=False) == Decimal("0.5")
