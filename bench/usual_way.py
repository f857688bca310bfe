"""The usual way: one conditional write per event, one record per call.

There is no index, the quantity is summed from a strongly consistent query, and each record is
marked once.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from bench.capacity import TableSchema
from bench.messages import EventFields
from bench.rivals import record_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class UsualWay:
    """Implements `bench.rivals.Rival`."""

    title = "one conditional write per event"
    schema = TableSchema(("pk", "sk"))
    records_per_call = 1
    asks_by_record = True
    marks_events = False

    def create(self, client: "DynamoDBClient", table: str) -> None:
        """Create the table."""
        client.create_table(
            TableName=table,
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

    def store(self, client: "DynamoDBClient", table: str, event: EventFields) -> None:
        """Write an event, unless it is there already."""
        with suppress(client.exceptions.ConditionalCheckFailedException):
            client.put_item(
                TableName=table,
                Item={
                    "pk": {"S": record_of(event)},
                    "sk": {"S": str(event["id"])},
                    "quantity": {"N": str(event["quantity"])},
                    "time": {"S": str(event["time"])},
                },
                ConditionExpression="attribute_not_exists(pk)",
            )

    def sum(self, client: "DynamoDBClient", table: str, records: Sequence[str]) -> int:
        """Read the events of records; return their units together."""
        pages = (
            page
            for record in records
            for page in client.get_paginator("query").paginate(
                TableName=table,
                ConsistentRead=True,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": record}},
            )
        )
        return sum(int(item["quantity"]["N"]) for page in pages for item in page["Items"])

    def mark(
        self,
        client: "DynamoDBClient",
        table: str,
        records: Sequence[str],
        events: Sequence[EventFields],
    ) -> None:
        """Mark every record once."""
        del events
        for record in records:
            client.put_item(
                TableName=table,
                Item={"pk": {"S": f"billed#{record}"}, "sk": {"S": "-"}, "quantity": {"N": "1"}},
                ConditionExpression="attribute_not_exists(pk)",
            )
