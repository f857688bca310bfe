"""An emulated account: its tables and queues, as template.yaml describes them."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.capacity import Index, TableSchema
from sandbox.stack.built_template import read_built_template

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

TEMPLATE = Path(__file__).resolve().parents[1] / "template.yaml"
REGION = "us-east-1"
QUIET_SECONDS = 120
_TABLE_PROPERTIES = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")


@dataclass(frozen=True, slots=True)
class Account:
    """The tables and queues of one deployment in an emulated account."""

    usage_table: str
    subscriptions_table: str
    usage_queue_url: str
    rejected_queue_url: str
    shards: int = 1

    @property
    def environment(self) -> dict[str, str]:
        """What template.yaml would tell the functions, with its own defaults."""
        return {
            "USAGE_TABLE": self.usage_table,
            "SUBSCRIPTIONS_TABLE": self.subscriptions_table,
            "USAGE_QUEUE_URL": self.usage_queue_url,
            "REJECTED_USAGE_QUEUE_URL": self.rejected_queue_url,
            "SETTLE_MINUTES": "15",
            "QUIET_SECONDS": str(QUIET_SECONDS),
            "METERING_CALLS_PER_SECOND": "10",
            "HEARTBEAT": "false",
            "JOURNAL_SHARDS": str(self.shards),
        }


def access_environment(endpoint_url: str | None, marketplace_url: str | None) -> dict[str, str]:
    """Return what leads the SDK to the emulated account and nowhere else."""
    access = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
    }
    if endpoint_url is not None:
        access["AWS_ENDPOINT_URL"] = endpoint_url
    if marketplace_url is not None:
        access["AWS_ENDPOINT_URL_MARKETPLACE_METERING"] = marketplace_url
    return access


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables while the block lasts."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def table_definition(logical_id: str) -> dict[str, Any]:
    """Return a table of template.yaml as CreateTable wants it."""
    properties = read_built_template(TEMPLATE).document["Resources"][logical_id]["Properties"]
    return {name: properties[name] for name in _TABLE_PROPERTIES if name in properties}


def schema_of(definition: Mapping[str, Any]) -> TableSchema:
    """Return what the price of a write depends on; the indexes must project keys only."""
    indexes = definition.get("GlobalSecondaryIndexes", [])
    if any(one["Projection"] != {"ProjectionType": "KEYS_ONLY"} for one in indexes):
        raise ValueError("an index that projects more than keys has other prices")
    return TableSchema(
        _names(definition["KeySchema"]),
        tuple(Index(one["IndexName"], _names(one["KeySchema"])) for one in indexes),
    )


def _names(key_schema: list[dict[str, str]]) -> tuple[str, ...]:
    return tuple(part["AttributeName"] for part in key_schema)


def create_account(
    dynamodb: "DynamoDBClient", sqs: "SQSClient", suffix: str, *, shards: int = 1
) -> Account:
    """Create the tables and queues of one deployment."""
    for logical_id in ("UsageTable", "SubscriptionsTable"):
        dynamodb.create_table(TableName=logical_id + suffix, **table_definition(logical_id))
    urls = [
        sqs.create_queue(QueueName=name + suffix)["QueueUrl"]
        for name in ("UsageQueue", "RejectedUsageQueue")
    ]
    return Account("UsageTable" + suffix, "SubscriptionsTable" + suffix, *urls, shards)
