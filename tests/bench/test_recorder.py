"""The recorder sees what calls cost from the items before and after them."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from bench.spending import Costs
from tests.bench.laboratory import Laboratory, item, key


def costs(spent: Costs) -> tuple[float, float, float]:
    return float(spent.write_units), float(spent.index_units), float(spent.read_units)


def test_an_update_of_a_large_item_costs_all_of_it(moto_laboratory: Laboratory) -> None:
    moto_laboratory.put(item("a", 5_000))
    with moto_laboratory.recorder.spending() as spent:
        moto_laboratory.update("a", "SET v = :v", v={"N": "1"})

    assert costs(spent) == (5, 0, 0)


def test_an_update_that_shrinks_an_item_costs_what_it_was(moto_laboratory: Laboratory) -> None:
    moto_laboratory.put(item("a", 5_000))
    with moto_laboratory.recorder.spending() as first:
        moto_laboratory.update("a", "REMOVE content")
    with moto_laboratory.recorder.spending() as second:
        moto_laboratory.update("a", "SET v = :v", v={"N": "1"})

    assert [costs(first), costs(second)] == [(5, 0, 0), (1, 0, 0)]


def test_index_entries_that_come_move_and_go_are_charged(moto_laboratory: Laboratory) -> None:
    with moto_laboratory.recorder.spending() as coming:
        moto_laboratory.put(item("a", due_at=5))
    with moto_laboratory.recorder.spending() as moving:
        moto_laboratory.update("a", "SET due_at = :at", at={"N": "6"})
    with moto_laboratory.recorder.spending() as staying:
        moto_laboratory.update("a", "SET due_at = :at, v = :at", at={"N": "6"})
    with moto_laboratory.recorder.spending() as going:
        moto_laboratory.update("a", "REMOVE due_at")

    spent = [coming, moving, staying, going]
    assert [costs(one) for one in spent] == [(2, 1, 0), (3, 2, 0), (1, 0, 0), (2, 1, 0)]


def test_a_refused_write_costs_what_was_there_and_changes_nothing(
    moto_laboratory: Laboratory,
) -> None:
    moto_laboratory.put(item("a", 3_000, due_at=5))
    with moto_laboratory.recorder.spending() as spent, pytest.raises(ClientError):
        moto_laboratory.put(item("a", due_at=6), ConditionExpression="attribute_not_exists(pk)")
    with moto_laboratory.recorder.spending() as after:
        moto_laboratory.update("a", "SET v = :v", v={"N": "1"})

    assert [costs(spent), costs(after)] == [(3, 0, 0), (3, 0, 0)]


def test_a_transaction_costs_the_table_twice_what_it_only_checks_too_and_the_index_once(
    moto_laboratory: Laboratory,
) -> None:
    table = moto_laboratory.table
    moto_laboratory.put(item("head", 1_500))
    check: Any = {
        "ConditionCheck": {
            "TableName": table,
            "Key": key("head"),
            "ConditionExpression": "attribute_exists(pk)",
        }
    }
    put: Any = {"Put": {"TableName": table, "Item": item("batch", 3_000, due_at=5)}}
    with moto_laboratory.recorder.spending() as spent:
        moto_laboratory.client.transact_write_items(TransactItems=[check, put])
    with moto_laboratory.recorder.spending() as after:
        moto_laboratory.update("batch", "SET v = :v", v={"N": "1"})

    assert costs(spent) == (2 * 2 + 2 * 3 + 1, 1, 0)
    assert costs(after) == (3, 0, 0)


def test_an_update_in_a_transaction_costs_the_table_twice_what_is_larger(
    moto_laboratory: Laboratory,
) -> None:
    moto_laboratory.put(item("a", 3_000, due_at=5))
    where: Any = {"TableName": moto_laboratory.table, "Key": key("a")}
    update = where | {
        "UpdateExpression": "SET #v = :v REMOVE #content, #due_at",
        "ExpressionAttributeNames": {"#v": "v", "#content": "content", "#due_at": "due_at"},
        "ExpressionAttributeValues": {":v": {"N": "1"}},
    }
    only_removes = where | {
        "UpdateExpression": "REMOVE #v",
        "ExpressionAttributeNames": {"#v": "v"},
    }
    spent = []
    for one in (update, only_removes):
        with moto_laboratory.recorder.spending() as spending:
            moto_laboratory.client.transact_write_items(TransactItems=[{"Update": one}])
        spent.append(costs(spending))

    assert spent == [(2 * 3 + 1, 1, 0), (2 * 1, 0, 0)]


def test_a_deletion_in_a_transaction_has_no_price_here_and_is_refused(
    moto_laboratory: Laboratory,
) -> None:
    delete: Any = {"Delete": {"TableName": moto_laboratory.table, "Key": key("a")}}
    with pytest.raises(ValueError, match="Delete in a transaction"):
        moto_laboratory.client.transact_write_items(TransactItems=[delete])


def test_a_cancelled_transaction_costs_twice_what_was_there(moto_laboratory: Laboratory) -> None:
    moto_laboratory.put(item("there", 3_000))
    put: Any = {
        "TableName": moto_laboratory.table,
        "Item": item("there"),
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    with moto_laboratory.recorder.spending() as spent, pytest.raises(ClientError):
        moto_laboratory.client.transact_write_items(TransactItems=[{"Put": put}])

    assert costs(spent) == (6, 0, 0)


def test_an_update_with_return_values_of_its_own_is_followed_too(
    moto_laboratory: Laboratory,
) -> None:
    client, table = moto_laboratory.client, moto_laboratory.table
    moto_laboratory.put(item("a", 2_500))
    with moto_laboratory.recorder.spending() as spent:
        for _ in range(2):
            answer = client.update_item(
                TableName=table,
                Key=key("a"),
                UpdateExpression="ADD place :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
                ReturnValues="UPDATED_NEW",
            )

    assert answer["Attributes"] == {"place": {"N": "2"}}
    assert costs(spent) == (6, 0, 0)


def test_reads_are_charged_by_size_and_consistency(moto_laboratory: Laboratory) -> None:
    client, table = moto_laboratory.client, moto_laboratory.table
    moto_laboratory.put(item("a", 9_000, due_at=5))
    with moto_laboratory.recorder.spending() as single:
        client.get_item(TableName=table, Key=key("a"), ConsistentRead=True)
        client.get_item(TableName=table, Key=key("a"))
    with moto_laboratory.recorder.spending() as batch:
        keys = [key("a"), key("absent")]
        client.batch_get_item(RequestItems={table: {"Keys": keys, "ConsistentRead": True}})

    assert costs(single) == (0, 0, 4.5)
    assert costs(batch) == (0, 0, 4)


def test_a_query_costs_whole_items_but_of_an_index_only_its_entries(
    moto_laboratory: Laboratory,
) -> None:
    client, table = moto_laboratory.client, moto_laboratory.table
    moto_laboratory.put(item("a", 9_000, due_at=5))
    with moto_laboratory.recorder.spending() as of_table:
        client.query(
            TableName=table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk",
            ProjectionExpression="pk, sk",
            ExpressionAttributeValues={":pk": {"S": "p"}},
        )
    with moto_laboratory.recorder.spending() as of_index:
        client.query(
            TableName=table,
            IndexName="due",
            KeyConditionExpression="due_shard = :shard",
            ExpressionAttributeValues={":shard": {"S": "due#1"}},
        )

    assert costs(of_table)[2] == 3
    assert costs(of_index)[2] == 0.5


def test_an_operation_without_a_price_here_is_refused_rather_than_free(
    moto_laboratory: Laboratory,
) -> None:
    with pytest.raises(ValueError, match="Scan"):
        moto_laboratory.client.scan(TableName=moto_laboratory.table)


def test_every_call_is_counted_also_one_that_is_refused(moto_laboratory: Laboratory) -> None:
    with moto_laboratory.recorder.spending() as spent:
        moto_laboratory.put(item("a"))
        with pytest.raises(ClientError):
            moto_laboratory.put(item("a"), ConditionExpression="attribute_not_exists(pk)")
        moto_laboratory.client.get_item(TableName=moto_laboratory.table, Key=key("a"))

    assert spent.calls == 3
