"""How fast records are billed, in real time, against a Marketplace that takes ten calls a second.

The composition root's adapters run against the local emulator and the sandbox over HTTP.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

import boto3
from marketplace_sandbox.client import MeteringMode, SandboxClient

from bench.clock import SECONDS_LEFT, VirtualClock
from bench.deployment import REGION, create_account, wired
from bench.market import DIMENSIONS, PRODUCT_CODE, Customer
from bench.messages import Chance, EventFields, lambda_batches, pack_messages
from bench.playing import register
from meterhouse.domain.hours import HOUR, floor_to_hour, is_sendable
from meterhouse.runtime.clock import LambdaClock

RECORDS = 3_000
_RECENT_HOURS = range(2, 7)
_RUN_LASTS_MAX = timedelta(minutes=10)
# Usage in arrears was reported so long ago that its hours are quiet.
_REPORTED_BEFORE = timedelta(minutes=30)
_SEED = 19


@dataclass(frozen=True, slots=True)
class BillingSpeed:
    """What the sandbox saw, and how long the caller took.

    Attributes:
        seconds: of the whole run: reading, folding, freezing, calling and storing answers.
        calls: of BatchMeterUsage that were answered; `throttled` ones come on top.
        calling_seconds: from the first answered call to the last.

    """

    records: int
    calls: int
    throttled: int
    seconds: float
    calling_seconds: float

    @property
    def records_per_call(self) -> float:
        """Records billed by an answered call."""
        return self.records / self.calls

    @property
    def calls_per_second(self) -> float:
        """Calls answered in a second, from the first to the last."""
        return (self.calls - 1) / self.calling_seconds

    @property
    def records_per_second(self) -> float:
        """Records billed in a second while calls are made."""
        return self.calls_per_second * self.records_per_call


def time_billing(marketplace_url: str, records: int = RECORDS) -> BillingSpeed:
    """Bill records that are due, in one scheduled run that finds their hours not closed yet."""
    session, now = boto3.Session(region_name=REGION), datetime.now(UTC)
    account = create_account(session.client("dynamodb"), session.client("sqs"), "-throttled")
    hours = _sendable_hours(now)
    customers_needed = -(-records // (len(hours) * len(DIMENSIONS)))
    with SandboxClient(marketplace_url) as sandbox:
        customers = tuple(_sell(sandbox, customers_needed))
        reported_at = now - _REPORTED_BEFORE
        with wired(account, VirtualClock(reported_at)) as deployment:
            register(deployment, account.subscriptions_table, customers, reported_at)
            usage = islice(_usage(customers, hours), records)
            for batch in lambda_batches(pack_messages(usage, reported_at)):
                deployment.drain(batch)
        with wired(account, LambdaClock(lambda: int(SECONDS_LEFT * 1_000))) as deployment:
            started = time.perf_counter()
            deployment.reconcile()
            return _speed(sandbox, records, time.perf_counter() - started)


def _sendable_hours(now: datetime) -> list[datetime]:
    """Return recent hours that AWS takes until the run is over, also on the first of a month."""
    recent = [floor_to_hour(now) - hours * HOUR for hours in _RECENT_HOURS]
    return [hour_at for hour_at in recent if is_sendable(hour_at, now + _RUN_LASTS_MAX)]


def _sell(sandbox: SandboxClient, count: int) -> Iterator[Customer]:
    """Put the product on sale, and let buyers accept it."""
    sandbox.list_product("Bench", DIMENSIONS, product_code=PRODUCT_CODE, mode=MeteringMode.LICENSE)
    for _ in range(count):
        agreement = sandbox.subscribe(PRODUCT_CODE)
        yield Customer(agreement["customer_aws_account_id"], str(agreement["license_arn"]))


def _usage(customers: tuple[Customer, ...], hours: list[datetime]) -> Iterator[EventFields]:
    """Yield an event for every hour, customer and dimension."""
    chance = Chance(_SEED)
    for hour_at in hours:
        for customer in customers:
            for dimension in DIMENSIONS:
                yield chance.event(customer.license_arn, dimension, hour_at)


def _speed(sandbox: SandboxClient, records: int, seconds: float) -> BillingSpeed:
    """Read from the sandbox what it was called for; everything must be billed."""
    billed = len(sandbox.show_bill()["records"])
    if billed != records:
        raise ValueError(f"{billed} of {records} records are billed")
    calls = sandbox.list_calls()["calls"]
    answered = [
        datetime.fromisoformat(call["at"]) for call in calls if call["outcome"] == "Success"
    ]
    return BillingSpeed(
        records=records,
        calls=len(answered),
        throttled=sum(call["outcome"] == "ThrottlingException" for call in calls),
        seconds=seconds,
        calling_seconds=(answered[-1] - answered[0]).total_seconds(),
    )
