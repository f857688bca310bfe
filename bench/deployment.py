"""A deployment to measure: the composition root's own adapters on an emulated account."""

import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import boto3
from botocore.hooks import BaseEventHooks

from bench.clock import SECONDS_LEFT
from local.stack.built_template import read_built_template
from meterhouse.domain.usage.events import QueueMessage
from meterhouse.ports.marketplace import Metering
from meterhouse.ports.process import Clock, Workers
from meterhouse.ports.queues import RejectedUsage
from meterhouse.ports.subscriptions import SubscriptionKeeper
from meterhouse.runtime import clients, reconcile_wiring, wiring
from meterhouse.use_cases import assembly, reconcile_assembly
from meterhouse.use_cases.journal.append_usage import Beliefs

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

TEMPLATE = Path(__file__).resolve().parents[1] / "template.yaml"
REGION = "us-east-1"
_TABLE_PROPERTIES = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")


class SilentReport:
    """Implements `ports.process.Report`; what happened is read from the ledger and the bill."""

    def event(self, name: str, **fields: object) -> None:
        """Log nothing."""

    failure = event

    def count(self, metric: str, amount: float = 1, *, reason: str | None = None) -> None:
        """Count nothing."""

    def gauge(self, metric: str, value: float) -> None:
        """Measure nothing."""

    def publish(self) -> None:
        """Publish nothing."""


class OneAfterTheOther:
    """Implements `ports.process.Workers` without threads, so that counts come out the same."""

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
            "USAGE_TABLE_IS_ATTACHED": "false",
            "SUBSCRIPTIONS_TABLE": self.subscriptions_table,
            "USAGE_QUEUE_URL": self.usage_queue_url,
            "REJECTED_USAGE_QUEUE_URL": self.rejected_queue_url,
            "SETTLE_MINUTES": "15",
            "LATE_USAGE_DAYS_MAX": "31",
            "QUIET_SECONDS": "120",
            "METERING_CALLS_PER_SECOND": "10",
            "HEARTBEAT": "false",
            "JOURNAL_SHARDS": "1",
            "SPIKE_HOLD_FACTOR": "0",
            "SPIKE_HOLD_UNITS": "100",
            "INCLUDED_UNITS": "",
            "FINAL_USAGE_MINUTES": "10",
        }


@dataclass(frozen=True, slots=True)
class Deployment:
    """The two metering functions of one account, as one process has them."""

    ports: assembly.Ports
    rejected: RejectedUsage
    keeper: SubscriptionKeeper

    def drain(self, messages: Sequence[QueueMessage]) -> None:
        """Drain one batch; raises ValueError if SQS had to keep a message."""
        if kept := assembly.drain_usage(self.ports, self.rejected)(messages):
            raise ValueError(f"a drain kept {len(kept)} messages, so its cost tells nothing")

    def reconcile(self) -> None:
        """Do one scheduled run."""
        reconcile_assembly.reconcile_usage(self.ports, self.keeper)()


def access_environment(endpoint_url: str | None, marketplace_url: str | None) -> dict[str, str]:
    """Return what leads the SDK to the emulated account and nowhere else."""
    addresses = {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ENDPOINT_URL_MARKETPLACE_METERING": marketplace_url,
        "AWS_ENDPOINT_URL_MARKETPLACE_ENTITLEMENT_SERVICE": marketplace_url,
    }
    return {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
        **{name: url for name, url in addresses.items() if url is not None},
    }


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
) -> Iterator[Deployment]:
    """Wire the functions as the composition root does.

    Clock and report are exchanged, Marketplace and workers if they are given. `hook` may register
    handlers for the events of all clients.
    """
    _forget_adapters()
    boto3.setup_default_session(region_name=REGION, botocore_session=clients.session())
    hook(cast("boto3.Session", boto3.DEFAULT_SESSION).events)
    try:
        with environment(account.environment):
            drain = wiring.drain_usage(_remaining)
            # It looks at the table's shards, as every process does once: no cost of any usage.
            reconcile = reconcile_wiring.reconcile_usage(_remaining)
            submit = drain.submit
            ports = assembly.Ports(
                ledger=submit.ledger,
                subscriptions=submit.subscriptions,
                tenants=submit.close_log.name_tenants.tenants,
                queue=drain.queue,
                metering=metering or submit.sender.metering,
                quota=submit.sender.quota,
                workers=workers or submit.workers,
                clock=clock,
                report=SilentReport(),
                policy=submit.policy,
                beliefs=Beliefs(),
                new_token=secrets.token_hex,
            )
            yield Deployment(ports, drain.rejected, reconcile.final_hours.keeper)
    finally:
        boto3.DEFAULT_SESSION = None
        _forget_adapters()


def _remaining() -> int:
    return int(SECONDS_LEFT * 1_000)


def _forget_adapters() -> None:
    """Let the composition root make its adapters anew: a process has one deployment elsewhere."""
    for made in (*vars(clients).values(), *vars(wiring).values()):
        forget = getattr(made, "cache_clear", None)
        if forget is not None:
            forget()
