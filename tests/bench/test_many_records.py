"""Look-ups among many records: what is counted, and a table in this process that is only read."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from bench.capacity import TableSchema
from bench.counting import Bench
from bench.deployment import access_environment, environment, table_definition
from bench.many_records import DIMENSIONS, growth_of_reads, measure_many
from bench.recorder import Recorder
from bench.shelf import Shelf
from meterhouse.adapters.usage_table.items import due_attributes, moment, present
from meterhouse.adapters.usage_table.table import Table
from tests.fakes.meterhouse import HOUR, NOON

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def bench() -> Iterator[Bench]:
    with mock_aws(), environment(access_environment(None, None)):
        yield Bench()


def test_lists_and_statements_cost_the_same_among_more_records(bench: Bench) -> None:
    few, many = (measure_many(bench, customers, days=4, hours=3) for customers in (2, 20))

    of_record = DIMENSIONS * 3 * 4
    assert {one.records for one in few} == {2 * of_record}
    assert {one.records for one in many} == {20 * of_record}
    shown = {one.what.partition(":")[0]: one.shown for one in many}
    assert shown == {"records list": 12, "statement": of_record, "records show, evidence": 1}
    assert [one.shown for one in many] == [50, 50, 12, of_record, 1]
    assert growth_of_reads([*few, *many]) <= 1
    assert max(one.read_units for one in few + many) > 1


ITEMS: list[dict[str, Any]] = [
    {"pk": {"S": partition}, "sk": {"S": name}, **present(due_attributes(NOON + n * HOUR))}
    for partition in ("a", "b")
    for n, name in enumerate("pqrst")
]


@pytest.mark.parametrize("page", [None, 1, 2])
def test_a_table_that_is_only_read_answers_as_dynamodb_does(page: int | None) -> None:
    with mock_aws(), environment(access_environment(None, None)):
        moto = boto3.client("dynamodb")
        moto.create_table(TableName="t", **table_definition("UsageTable"))
        for item in ITEMS:
            moto.put_item(TableName="t", Item=item)
        shelf: DynamoDBClient = boto3.client("dynamodb")
        Shelf("t", TableSchema.of(table_definition("UsageTable")), ITEMS).serve(shelf, Recorder())

        expected, found = (answers(Table(client, "t"), page) for client in (moto, shelf))

    assert found == expected
    assert [len(one) for one in found] == [3, 0, 1, 0, 2, 10, 6, 4]


def answers(table: Table, page: int | None) -> list[list[Any]]:
    until, after = (moment(NOON + n * HOUR) for n in (2, 4))
    key: Any = {name: ITEMS[0][name] for name in ("pk", "sk")}
    absent: Any = {"pk": {"S": "a"}, "sk": {"S": "z"}}
    return [
        [one["sk"] for one in table.between("a", "q", "s", page)],
        [one["sk"] for one in table.between("c", "a", "z", page)],
        [table.get(key)],
        [one for one in [table.get(absent)] if one],
        sorted(one["sk"]["S"] for one in table.get_each([key, absent, {**key, "pk": {"S": "b"}}])),
        [one["due_at"] for one in table.due(None)],
        [one["due_at"] for one in table.due(until)],
        [one["due_at"] for one in table.due_back("due", until, after)][:4],
    ]
