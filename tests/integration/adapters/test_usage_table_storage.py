"""How the ledger uses DynamoDB: few writes, items within limits, and nothing trusted blindly."""

import uuid
import zlib
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError

from meterhouse.adapters.usage_items import header_key, page_key
from meterhouse.adapters.usage_table import UsageTable
from meterhouse.domain.events import EVENT_ID_LENGTH_MAX
from meterhouse.domain.journal import encode_page, paginate
from meterhouse.domain.lifecycle import RecordState
from meterhouse.errors import JournalCorruptError, StorageUnavailableError
from meterhouse.ports import CommitResult, JournalResult
from tests.fakes.world import InMemoryReport
from tests.integration.adapters.backends import Aws
from tests.integration.adapters.ledger_steps import (
    DUE_AT,
    LARGE_EVENTS,
    at_hour,
    claim,
    journal,
    of_dimension,
    page,
    read,
    step,
    write_of,
)
from tests.unit.domain.builders import KEY, frozen_usage, usage_event

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ITEM_BYTES_MAX = 400 * 1024
TRANSACTION_BYTES_MAX = 4 * 1024 * 1024


def item_bytes(item: dict[str, Any]) -> int:
    """Size an item as DynamoDB does: names and values, binary as it is."""
    return sum(len(name.encode()) + value_bytes(value) for name, value in item.items())


def value_bytes(value: dict[str, Any]) -> int:
    ((_, held),) = value.items()
    return len(held.encode()) if isinstance(held, str) else len(held)


def items_of(aws: Aws, table_name: str) -> list[dict[str, Any]]:
    return [dict(item) for item in aws.dynamodb.scan(TableName=table_name)["Items"]]


def test_a_record_with_few_events_costs_one_write_and_one_item(
    aws: Aws, usage_table: UsageTable, usage_table_name: str
) -> None:
    journal(usage_table, KEY, page("a"))

    assert [name for name, _ in aws.calls] == ["UpdateItem"]
    (item,) = items_of(aws, usage_table_name)
    assert item_bytes(item) < 1_024


def test_a_thousand_events_of_a_record_cost_one_transaction_of_two_items(
    aws: Aws, usage_table: UsageTable, usage_table_name: str
) -> None:
    journal(usage_table, KEY, page("a", 1_000))

    assert [name for name, _ in aws.calls] == ["TransactWriteItems"]
    sizes = sorted(item_bytes(item) for item in items_of(aws, usage_table_name))
    assert len(sizes) == 2
    assert sizes[1] < 50_000


def test_a_header_stops_growing_and_later_pages_become_items(
    aws: Aws, usage_table: UsageTable, usage_table_name: str
) -> None:
    for n in range(30):
        journal(usage_table, KEY, page(str(n), 8))

    items = items_of(aws, usage_table_name)
    (header,) = [item for item in items if item["sk"]["S"].startswith("H#")]
    assert item_bytes(header) < 6_000
    assert len(items) > 10
    assert len(read(usage_table).pages) == 30


def test_transactions_hold_at_most_100_items_and_4_megabytes(
    aws: Aws, usage_table: UsageTable
) -> None:
    many = [write_of(of_dimension(f"many {n}"), page("a", 40)) for n in range(120)]
    heavy = [
        write_of(of_dimension(f"heavy {n}"), *(page(f"{n}/{part}", 9_000) for part in range(4)))
        for n in range(4)
    ]

    assert set(usage_table.journal([*many, *heavy])) == {JournalResult.WRITTEN}

    transactions = [call["TransactItems"] for call in aws.calls_of("TransactWriteItems")]
    assert len(transactions) > 3
    assert max(len(actions) for actions in transactions) <= 100
    assert max(sum(put_bytes(action) for action in actions) for actions in transactions) < (
        TRANSACTION_BYTES_MAX
    )


def put_bytes(action: dict[str, Any]) -> int:
    return item_bytes(action["Put"]["Item"]) if "Put" in action else 4_096


def test_pages_at_their_limit_are_items_that_dynamodb_takes(
    aws: Aws, usage_table: UsageTable, usage_table_name: str
) -> None:
    key = of_dimension("d" * 255)
    events = [
        usage_event((uuid.uuid4().hex * 4)[:EVENT_ID_LENGTH_MAX], n, home=key) for n in range(5_000)
    ]

    assert journal(usage_table, key, *paginate(events)) is JournalResult.WRITTEN

    sizes = [item_bytes(item) for item in items_of(aws, usage_table_name)]
    assert len(sizes) > 2
    assert max(sizes) < ITEM_BYTES_MAX
    assert sum(len(one.entries) for one in read(usage_table, key).pages) == 5_000


def test_the_largest_frozen_record_is_an_item_that_dynamodb_takes(
    aws: Aws, usage_table: UsageTable, usage_table_name: str
) -> None:
    for n in range(3):
        journal(usage_table, KEY, page(str(n), 8))
    parts = [
        (1, tuple((f"{key}{'k' * 99}", f"{n:04}{'v' * 252}") for key in range(5)))
        for n in range(64)
    ]
    change = step(
        read(usage_table),
        RecordState.SUBMITTING,
        units=Decimal(64),
        frozen=frozen_usage(64, *parts),
    )

    assert usage_table.commit(change) is CommitResult.COMMITTED

    assert max(item_bytes(item) for item in items_of(aws, usage_table_name)) < ITEM_BYTES_MAX
    assert read(usage_table) == change.record


def test_a_key_that_dynamodb_refuses_fails_alone(
    usage_table: UsageTable, report: InMemoryReport
) -> None:
    # Events cannot have such a name; if one ever could, it must not take others along.
    refused = of_dimension("x" * 3_000)
    writes = [write_of(of_dimension(f"{n}"), page("a", LARGE_EVENTS)) for n in range(6)]

    results = usage_table.journal([*writes[:3], write_of(refused, page("a", 400)), *writes[3:]])

    assert [result.name for result in results] == [
        "FAILED" if n == 3 else "WRITTEN" for n in range(7)
    ]
    assert [name for name, _ in report.events] == ["journal_write_failed"]


def test_without_its_table_every_call_says_that_storage_is_unavailable(
    aws: Aws, report: InMemoryReport
) -> None:
    usage_table = UsageTable(aws.dynamodb, "no-such-table", report)

    assert journal(usage_table, KEY, page("a")) is JournalResult.FAILED
    assert journal(usage_table, KEY, page("a", LARGE_EVENTS)) is JournalResult.FAILED
    for call in (
        lambda: usage_table.read([KEY]),
        lambda: usage_table.due_keys(now=DUE_AT, count_max=10),
        lambda: list(usage_table.accounts()),
        lambda: usage_table.register_accounts([KEY.account]),
    ):
        with pytest.raises(StorageUnavailableError):
            call()


def corrupt(aws: Aws, table_name: str, key: dict[str, Any], **attributes: Any) -> None:
    for name, value in attributes.items():
        aws.dynamodb.update_item(
            TableName=table_name,
            Key=key,
            UpdateExpression="SET #name = :value",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":value": value},
        )


@pytest.mark.parametrize(
    "attributes",
    [
        {"state": {"S": "UNHEARD_OF"}},
        {"version": {"S": "three"}},
        {"units": {"S": "many"}},
        {"frozen": {"S": "{}"}},
        {"frozen": {"S": "not json"}},
        {"due_at": {"N": "1" + "0" * 100}},
        {"page:0": {"B": zlib.compress(b"[]")}},
        {"page:0": {"S": "text"}},
    ],
    ids=repr,
)
def test_a_corrupt_header_is_reported_and_hides_no_other_record(
    aws: Aws,
    usage_table: UsageTable,
    usage_table_name: str,
    report: InMemoryReport,
    *,
    attributes: dict[str, Any],
) -> None:
    journal(usage_table, KEY, page("a"))
    journal(usage_table, at_hour(1), page("a"))
    corrupt(aws, usage_table_name, header_key(KEY), **attributes)

    assert set(usage_table.read([KEY, at_hour(1)])) == {at_hour(1)}
    assert [name for name, _ in report.events] == ["journal_corrupt"]
    with pytest.raises(JournalCorruptError):
        list(usage_table.read_account(KEY.account, None))


def test_a_page_item_that_disappeared_is_noticed(
    aws: Aws, usage_table: UsageTable, usage_table_name: str
) -> None:
    lost = page("a", LARGE_EVENTS)
    journal(usage_table, KEY, lost)
    journal(usage_table, KEY, page("b", LARGE_EVENTS))
    aws.dynamodb.delete_item(
        TableName=usage_table_name, Key=page_key(KEY, encode_page(lost).digest)
    )

    assert usage_table.read([KEY]) == {}
    with pytest.raises(JournalCorruptError):
        list(usage_table.read_account(KEY.account, None))


def test_a_finished_record_leaves_the_due_index(
    aws: Aws, usage_table: UsageTable, usage_table_name: str
) -> None:
    journal(usage_table, KEY, page("a"))
    usage_table.commit(claim(read(usage_table)))
    usage_table.commit(step(read(usage_table), RecordState.METERED))

    (item,) = items_of(aws, usage_table_name)
    assert "due_shard" not in item
    assert "due_at" not in item


class ResendingClient:
    """Sends every update twice, as the SDK does when the first answer is lost on its way."""

    def __init__(self, client: "DynamoDBClient") -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def update_item(self, **request: Any) -> Any:
        with suppress(ClientError):
            self._client.update_item(**request)
        return self._client.update_item(**request)


def test_a_write_whose_answer_was_lost_is_recognised_as_our_own(
    aws: Aws, usage_table_name: str, report: InMemoryReport
) -> None:
    client = cast("DynamoDBClient", ResendingClient(aws.dynamodb))
    usage_table = UsageTable(client, usage_table_name, report)

    assert journal(usage_table, KEY, page("a")) is JournalResult.WRITTEN
    assert read(usage_table).version == 1

    change = claim(read(usage_table))
    assert usage_table.commit(change) is CommitResult.COMMITTED
    assert read(usage_table) == change.record
