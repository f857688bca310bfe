"""How fast records are billed, in real time, against a Marketplace that takes ten calls a second.

The composition root's adapters run against the local emulator and the sandbox over HTTP.
"""

import base64
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import boto3
import httpx

from bench.backlog import journal_due, sell_subscriptions, sendable_hours
from bench.canned import SteadyTable
from bench.clock import MachineClock
from bench.deployment import REGION, Account, create_account, wired
from bench.shapes import DIMENSIONS
from meterhouse.domain.hours import floor_to_hour
from meterhouse.domain.keys import RecordKey
from meterhouse.use_cases.drain_usage import DrainUsage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

RECORDS = 3_000
# What DynamoDB usually takes for a single item: https://aws.amazon.com/dynamodb/features/ promises
# single-digit milliseconds.
STEADY_SECONDS = 0.005
# A call a record takes long enough to tell from a few of them.
USUAL_RECORDS = 60
_USUAL_PAUSE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class BillingSpeed:
    """What the sandbox saw, and how long the caller took.

    Attributes:
        seconds: of the whole run: reading, sealing, calling and storing what AWS answered.
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
    def records_per_second(self) -> float:
        """Records billed in a second of the whole run."""
        return self.records / self.seconds

    @property
    def calls_per_second(self) -> float:
        """Calls answered in a second, from the first to the last."""
        return (self.calls - 1) / self.calling_seconds


@dataclass(frozen=True, slots=True)
class BillingTimes:
    """The same records billed twice: on a table as fast as DynamoDB, and on the emulator."""

    steady: BillingSpeed
    emulator: BillingSpeed


def time_billing(marketplace_url: str, records: int = RECORDS) -> BillingTimes:
    """Bill records that are due, in one run of the submit use case, on either table.

    The second run sends what the first one sent, because the steady table kept nothing; for AWS
    equal records are the same work again.
    """
    session = boto3.Session(region_name=REGION)
    dynamodb = session.client("dynamodb")
    account = create_account(dynamodb, session.client("sqs"), "-throttled")
    now = MachineClock().now()
    hours = sendable_hours(now)
    customers_needed = -(-records // (len(hours) * len(DIMENSIONS)))
    with httpx.Client(base_url=marketplace_url, timeout=30) as sandbox:
        customers = list(sell_subscriptions(sandbox, customers_needed))
        with wired(account, MachineClock()) as drain:
            keys = journal_due(drain, customers, hours, now=now)[:records]
        table = SteadyTable(_everything_in(dynamodb, account), STEADY_SECONDS)
        with wired(account, MachineClock(), hook=table.hook) as drain:
            steady = _submit(drain, keys, sandbox)
        time.sleep(1)  # what the first run left of the quota of its last second
        with wired(account, MachineClock()) as drain:
            return BillingTimes(steady, _submit(drain, keys, sandbox))


def _everything_in(client: "DynamoDBClient", account: Account) -> dict[str, list[dict[str, Any]]]:
    """Read both tables as they are sent over the wire, where binary values are base64."""
    found: dict[str, list[dict[str, Any]]] = {}
    for table in (account.usage_table, account.subscriptions_table):
        pages = client.get_paginator("scan").paginate(TableName=table)
        found[table] = [_on_the_wire(item) for page in pages for item in page["Items"]]
    return found


def _on_the_wire(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value
        for name, value in item.items()
    }


def _submit(drain: DrainUsage, keys: Sequence[RecordKey], sandbox: httpx.Client) -> BillingSpeed:
    calls_before = len(_calls(sandbox))
    started = time.perf_counter()
    left = drain.submit(keys)
    seconds = time.perf_counter() - started
    if left:
        raise ValueError(f"{left} of {len(keys)} records were left")
    return _speed(sandbox, len(keys), seconds, calls_before=calls_before)


def time_usual_billing(marketplace_url: str, records: int = USUAL_RECORDS) -> BillingSpeed:
    """Bill one record a call, one after the other, and try again what is throttled."""
    metering = boto3.client("meteringmarketplace", region_name=REGION)
    with httpx.Client(base_url=marketplace_url, timeout=30) as sandbox:
        customers = list(sell_subscriptions(sandbox, -(-records // len(DIMENSIONS))))
        hour_at = floor_to_hour(MachineClock().now())
        wanted: list[dict[str, Any]] = [
            {
                "Timestamp": hour_at,
                "Dimension": dimension,
                "Quantity": 1,
                "CustomerAWSAccountId": customer.account_id,
                "LicenseArn": customer.license_arn,
            }
            for customer in customers
            for dimension in DIMENSIONS
        ][:records]
        started = time.perf_counter()
        for record in wanted:
            _meter_until_taken(metering, record)
        return _speed(sandbox, len(wanted), time.perf_counter() - started, calls_before=0)


def _meter_until_taken(metering: Any, record: dict[str, Any]) -> None:  # noqa: ANN401 - a client
    while True:
        try:
            metering.batch_meter_usage(UsageRecords=[record])
        except metering.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "ThrottlingException":
                raise
            time.sleep(_USUAL_PAUSE_SECONDS)
        else:
            return


def _calls(sandbox: httpx.Client) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = sandbox.get("/_sandbox/calls").json()["calls"]
    return calls


def _speed(
    sandbox: httpx.Client, records: int, seconds: float, *, calls_before: int
) -> BillingSpeed:
    """Read from the sandbox what it was called for; everything must be billed."""
    billed = len(sandbox.get("/_sandbox/bill").json()["records"])
    if billed != records:
        raise ValueError(f"{billed} of {records} records are billed")
    calls = _calls(sandbox)[calls_before:]
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
