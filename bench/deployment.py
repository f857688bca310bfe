"""A deployment to measure: the composition root's own adapters on an emulated account."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import boto3
from botocore.hooks import BaseEventHooks

from bench.capacity import Index, TableSchema
from bench.clock import SECONDS_LEFT
from meterhouse.ports import Clock, Metering, Workers
from meterhouse.runtime import wiring
from meterhouse.use_cases.drain_usage import DrainUsage
from sandbox.stack.built_template import read_built_template

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

TEMPLATE = Path(__file__).resolve().parents[1] / "template.yaml"
REGION = "us-east-1"
QUIET_SECONDS = 120
_TABLE_PROPERTIES = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")


class SilentReport:
    """Implements `meterhouse.ports.Report`; what happened is read from the ledger and the bill."""

    def event(self, name: str, **fields: object) -> None:
        """Log nothing."""

    def count(self, metric: str, amount: float = 1) -> None:
        """Count nothing."""

    def publish(self) -> None:
        """Publish nothing."""


class OneAfterTheOther:
    """Implements `meterhouse.ports.Workers` without threads, so that counts come out the same."""

    def each[Item, Answer](
        self, work: Callable[[Item], Answer], items: Sequence[Item], *, count_max: int
    ) -> list[Answer]:
        """Do the work for every item in order."""
        del count_max
        return [work(item) for item in items]


@dataclass(frozen=True, slots=True)
class Account:
    """The tables and queues of one deployment in an emulated account."""

    usage_table: str
    subscriptions_table: str
    usage_queue_url: str
    rejected_queue_url: str

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


def create_account(dynamodb: "DynamoDBClient", sqs: "SQSClient", suffix: str) -> Account:
    """Create the tables and queues of one deployment."""
    for logical_id in ("UsageTable", "SubscriptionsTable"):
        dynamodb.create_table(TableName=logical_id + suffix, **table_definition(logical_id))
    urls = [
        sqs.create_queue(QueueName=name + suffix)["QueueUrl"]
        for name in ("UsageQueue", "RejectedUsageQueue")
    ]
    return Account("UsageTable" + suffix, "SubscriptionsTable" + suffix, *urls)


@contextmanager
def wired(
    account: Account,
    clock: Clock,
    *,
    metering: Metering | None = None,
    workers: Workers | None = None,
    hook: Callable[[BaseEventHooks], None] = lambda _: None,
) -> Iterator[DrainUsage]:
    """Wire the drain, and with it `drain.submit`, as the composition root does.

    Clock and report are exchanged, Marketplace and workers if they are given. `hook` may register
    handlers for the events of all clients.
    """
    _forget_adapters()
    boto3.setup_default_session(region_name=REGION)
    session = cast("boto3.Session", boto3.DEFAULT_SESSION)
    hook(session.events)
    try:
        with environment(account.environment):
            drain = wiring.drain_usage(lambda: int(SECONDS_LEFT * 1_000))
            submit = drain.submit
            sender = replace(
                submit.sender,
                clock=clock,
                report=SilentReport(),
                metering=metering or submit.sender.metering,
            )
            submit = replace(
                submit,
                sender=sender,
                workers=workers or submit.workers,
                clock=clock,
                report=SilentReport(),
            )
            yield replace(
                drain,
                submit=submit,
                workers=workers or drain.workers,
                clock=clock,
                report=SilentReport(),
            )
    finally:
        boto3.DEFAULT_SESSION = None
        _forget_adapters()


def _forget_adapters() -> None:
    """Let the composition root make its adapters anew: a process has one deployment elsewhere."""
    for made in vars(wiring).values():
        forget = getattr(made, "cache_clear", None)
        if forget is not None:
            forget()
