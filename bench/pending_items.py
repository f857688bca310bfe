"""An item per event, with an index of those that are pending.

AWS's own sample does it so: `AWSMarketplaceMeteringRecords` has the index
`PendingMeteringRecordsIndex`, which projects whole items, and `metering-hourly-job.js` queries it;
`metering-sqs.js` removes `metering_pending` from each item once AWS has answered:
https://github.com/aws-samples/aws-marketplace-serverless-saas-integration
The sample puts what AWS answered into every item; here it is the receipt alone.
"""

import uuid
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from bench.capacity import Index, TableSchema
from bench.messages import EventFields
from bench.rivals import record_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_INDEX = "pending"


class PendingItems:
    """Implements `bench.rivals.Rival`."""

    title = "an item per event with a pending index"
    schema = TableSchema(("pk", "sk"), (Index(_INDEX, ("metering_pending",), projects_all=True),))
    # The sample makes a call for each customer; full calls are as good as it can be.
    records_per_call = 25
    asks_by_record = False
    marks_events = True

    def create(self, client: "DynamoDBClient", table: str) -> None:
        """Create the table and its index."""
        client.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
                {"AttributeName": "metering_pending", "AttributeType": "S"},
            ],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": _INDEX,
                    "KeySchema": [{"AttributeName": "metering_pending", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
        )

    def store(self, client: "DynamoDBClient", table: str, event: EventFields) -> None:
        """Write an event that is pending, unless it is there already."""
        with suppress(client.exceptions.ConditionalCheckFailedException):
            client.put_item(
                TableName=table,
                Item={
                    "pk": {"S": record_of(event)},
                    "sk": {"S": str(event["id"])},
                    "quantity": {"N": str(event["quantity"])},
                    "time": {"S": str(event["time"])},
                    "metering_pending": {"S": "true"},
                },
                ConditionExpression="attribute_not_exists(pk)",
            )

    def sum(self, client: "DynamoDBClient", table: str, records: Sequence[str]) -> int:
        """Read all that is pending; return its units together."""
        del records
        pages = client.get_paginator("query").paginate(
            TableName=table,
            IndexName=_INDEX,
            KeyConditionExpression="metering_pending = :pending",
            ExpressionAttributeValues={":pending": {"S": "true"}},
        )
        return sum(int(item["quantity"]["N"]) for page in pages for item in page["Items"])

    def mark(
        self,
        client: "DynamoDBClient",
        table: str,
        records: Sequence[str],
        events: Sequence[EventFields],
    ) -> None:
        """Take every event out of the index."""
        del records
        for event in events:
            client.update_item(
                TableName=table,
                Key={"pk": {"S": record_of(event)}, "sk": {"S": str(event["id"])}},
                UpdateExpression="SET metering_response = :receipt REMOVE metering_pending",
                ExpressionAttributeValues={":receipt": {"S": str(uuid.UUID(int=0))}},
            )
