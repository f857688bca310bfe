"""The same work done the usual way: one conditional write per event, one record per call.

It is kept as good as it can be: an event's id makes its write idempotent, there is no index, the
quantity is summed from a strongly consistent query, and the result is marked once. What it cannot
do (take late usage, survive a crash between bill and mark, wait for a backlog) costs it nothing.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from bench.capacity import TableSchema
from bench.counting import Rates, rates_of
from bench.recorder import Recorder
from bench.shapes import Shape
from meterhouse.domain.events import QueueMessage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SCHEMA = TableSchema(("pk", "sk"))
# Every event costs the same, so a few of them tell what all cost.
SAMPLE_EVENTS = 500


@dataclass(frozen=True, slots=True)
class UsualCost:
    """What 1,000 events cost the usual way."""

    drain: Rates
    life: Rates


def create_event_table(client: "DynamoDBClient", name: str) -> None:
    """Create the table of single events."""
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    )


def first_events(shape: Shape, count: int = SAMPLE_EVENTS) -> list[dict[str, Any]]:
    """Return the first events of a shape."""
    return list(islice(_events(message for batch in shape.drains for message in batch), count))


def _events(messages: Iterable[QueueMessage]) -> Iterator[dict[str, Any]]:
    for message in messages:
        yield from json.loads(message.body)["events"]


def store_events(
    client: "DynamoDBClient", table: str, messages: Iterable[QueueMessage], count: int
) -> None:
    """Read events from messages and write each, unless it is there already."""
    for event in islice(_events(messages), count):
        with suppress(client.exceptions.ConditionalCheckFailedException):
            client.put_item(
                TableName=table,
                Item={
                    "pk": {"S": _record_of(event)},
                    "sk": {"S": event["id"]},
                    "quantity": {"N": str(event["quantity"])},
                    "time": {"S": event["time"]},
                },
                ConditionExpression="attribute_not_exists(pk)",
            )


def bill_record(client: "DynamoDBClient", table: str, record: str) -> int:
    """Sum a record's events and mark it as billed; return the quantity to send."""
    pages = client.get_paginator("query").paginate(
        TableName=table,
        ConsistentRead=True,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": record}},
    )
    quantity = sum(int(item["quantity"]["N"]) for page in pages for item in page["Items"])
    client.put_item(
        TableName=table,
        Item={"pk": {"S": f"billed#{record}"}, "sk": {"S": "-"}, "quantity": {"N": str(quantity)}},
        ConditionExpression="attribute_not_exists(pk)",
    )
    return quantity


def count_usual_way(
    shape: Shape, client: "DynamoDBClient", table: str, recorder: Recorder
) -> UsualCost:
    """Count what the first events of a shape cost; `client` is one that the recorder watches."""
    events = first_events(shape)
    accounts = {customer.license_arn: customer.account_id for customer in shape.customers}
    messages = [message for batch in shape.drains for message in batch]
    with recorder.spending() as in_drain:
        store_events(client, table, messages, len(events))
    records = {_record_of(event): event for event in events}
    with recorder.spending() as after_drain:
        for name, event in records.items():
            quantity = bill_record(client, table, name)
            account_id = accounts[event["subscription"]]
            shape.marketplace.batch_meter_usage(
                UsageRecords=[usage_record(event, account_id, quantity)]
            )
    after_drain.calls["BatchMeterUsage"] += len(records)
    drained = rates_of(in_drain, len(events))
    return UsualCost(drained, drained + rates_of(after_drain, len(events)))


def usage_record(event: dict[str, Any], account_id: str, quantity: int) -> dict[str, Any]:
    """Return what the usual way sends for a record that the event belongs to."""
    return {
        "Timestamp": event["time"],
        "Dimension": event["dimension"],
        "Quantity": quantity,
        "CustomerAWSAccountId": account_id,
        "LicenseArn": event["subscription"],
    }


def _record_of(event: dict[str, Any]) -> str:
    hour = event["time"][:13]
    return f"{event['subscription']}|{event['dimension']}|{hour}"
