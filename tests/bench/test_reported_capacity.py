"""The recorder's units against what the emulators report, and where those are wrong by the rules.

The rules: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from bench import shapes
from bench.spending import Costs
from tests.bench.laboratory import WRITES, Laboratory, item, key

if TYPE_CHECKING:
    from collections.abc import Callable


def reported(laboratory: Laboratory, table: str) -> Decimal:
    """Add up what was reported for a table since the last time."""
    reports, laboratory.recorder.reports = laboratory.recorder.reports, []
    return sum((report.units for report in reports if report.table == table), Decimal(0))


@pytest.mark.stack
@pytest.mark.parametrize(
    "shape",
    [
        lambda: shapes.many(3),  # batches of 25 records, in transactions
        lambda: shapes.late(1),  # an hour that is closed twice, and carries
    ],
    ids=["many customers", "late"],
)
def test_the_emulator_reports_what_the_recorder_counts_for_the_writes_of_a_shape(
    emulator_laboratory: Laboratory, shape: "Callable[[], shapes.Shape]"
) -> None:
    counted = emulator_laboratory.live(shape()).whole.write_units

    table = emulator_laboratory.accounts[-1].usage_table
    reports = [
        report.units
        for report in emulator_laboratory.recorder.reports
        if report.table == table and report.operation in WRITES
    ]
    assert len(reports) > 10
    assert counted == sum(reports) - _LAYOUT


# The table notes its shards before a drain: that belongs to no life.
_LAYOUT = 1


def write_cases(laboratory: Laboratory) -> list[tuple[Costs, Decimal]]:
    """Do writes of every kind; return what each cost by our count, and as it was reported."""
    table = laboratory.table
    put: Any = {"Put": {"TableName": table, "Item": item("page", 3_000)}}
    enter: Any = {"Put": {"TableName": table, "Item": item("header", due_at=5)}}
    works: list[Callable[[], object]] = [
        lambda: laboratory.put(item("a")),
        lambda: laboratory.put(item("a", 3_000)),
        lambda: laboratory.put(item("a", due_at=5)),
        lambda: laboratory.update("a", "SET v = :v", v={"N": "1"}),
        lambda: laboratory.update("a", "SET due_at = :at", at={"N": "6"}),
        lambda: laboratory.update("a", "REMOVE due_at"),
        lambda: laboratory.client.transact_write_items(TransactItems=[put, enter]),
    ]
    cases = []
    for work in works:
        with laboratory.recorder.spending() as spent:
            work()
        cases.append((spent, reported(laboratory, table)))
    return cases


@pytest.mark.stack
def test_the_emulator_agrees_on_every_kind_of_write(emulator_laboratory: Laboratory) -> None:
    for spent, report in write_cases(emulator_laboratory):
        assert spent.write_units == report


def test_moto_is_wrong_on_sizes_indexes_and_transactions(moto_laboratory: Laboratory) -> None:
    counted = [spent.write_units for spent, _ in write_cases(moto_laboratory)]
    reports = [report for _, report in write_cases(moto_laboratory)]

    assert counted == [1, 3, 4, 1, 3, 2, 9]
    # One unit for any put, half a unit for any update, nothing for a transaction.
    assert reports == [1, 1, 1, Decimal("0.5"), Decimal("0.5"), Decimal("0.5"), 0]


def read_cases(laboratory: Laboratory) -> list[tuple[Decimal, Decimal]]:
    """Read small and large items, one by one and together."""
    client, table = laboratory.client, laboratory.table
    laboratory.put(item("small", due_at=5))
    laboratory.put(item("large", 9_000))
    together: Any = {
        "TableName": table,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "p"}},
    }
    works: list[Callable[[], object]] = [
        lambda: client.get_item(TableName=table, Key=key("small"), ConsistentRead=True),
        lambda: client.get_item(TableName=table, Key=key("small")),
        lambda: client.get_item(TableName=table, Key=key("large"), ConsistentRead=True),
        lambda: client.query(**together, ConsistentRead=True),
        lambda: client.query(**together),
    ]
    cases = []
    reported(laboratory, table)
    for work in works:
        with laboratory.recorder.spending() as spent:
            work()
        cases.append((spent.read_units, reported(laboratory, table)))
    return cases


@pytest.mark.stack
def test_the_emulator_is_wrong_on_reads_of_more_than_four_kilobytes(
    emulator_laboratory: Laboratory,
) -> None:
    counted, reports = zip(*read_cases(emulator_laboratory), strict=True)

    assert counted == (1, Decimal("0.5"), 3, 3, Decimal("1.5"))
    # Consistency is right, sizes are not looked at.
    assert reports == (1, Decimal("0.5"), 1, 1, Decimal("0.5"))


def test_moto_reports_the_same_for_any_read(moto_laboratory: Laboratory) -> None:
    _, reports = zip(*read_cases(moto_laboratory), strict=True)

    assert reports == (Decimal("0.5"),) * 3 + (1, 1)
