"""Records that are due: what a run finds when the hours of many customers have settled."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import httpx

from bench.shapes import DIMENSIONS, PRODUCT_CODE, Customer
from meterhouse.domain.hours import HOUR, floor_to_hour, is_sendable
from meterhouse.domain.journal import Entry, Page, PageKind
from meterhouse.domain.keys import RecordKey
from meterhouse.ports import JournalWrite
from meterhouse.use_cases.drain_usage import DrainUsage

_RECENT_HOURS = range(2, 7)
_RUN_MINUTES_MAX = 10


def sendable_hours(now: datetime) -> list[datetime]:
    """Return recent hours that AWS takes until the run is over, also on the first of a month."""
    until = now + timedelta(minutes=_RUN_MINUTES_MAX)
    recent = [floor_to_hour(now) - hours * HOUR for hours in _RECENT_HOURS]
    return [hour_at for hour_at in recent if is_sendable(hour_at, until)]


def sell_subscriptions(sandbox: httpx.Client, count: int) -> Iterator[Customer]:
    """Put the product on sale, and let buyers accept it."""
    product = {
        "code": PRODUCT_CODE,
        "title": "Bench",
        "mode": "license",
        "dimensions": list(DIMENSIONS),
    }
    sandbox.post("/_sandbox/products", json=product).raise_for_status()
    for _ in range(count):
        answer = sandbox.post("/_sandbox/agreements", json={"product_code": PRODUCT_CODE})
        agreement = answer.raise_for_status().json()
        yield Customer(agreement["customer_aws_account_id"], agreement["license_arn"])


def journal_due(
    drain: DrainUsage,
    customers: Sequence[Customer],
    hours: Sequence[datetime],
    *,
    now: datetime,
) -> list[RecordKey]:
    """Register customers and write one page of usage for each of their hours and dimensions."""
    for customer in customers:
        drain.submit.subscriptions.upsert(
            customer.subscription, customer.resolved, trial=False, now=now
        )
    keys = [
        RecordKey(customer.subscription.key, dimension, hour_at)
        for hour_at in hours
        for customer in customers
        for dimension in DIMENSIONS
    ]
    written_at = now - timedelta(minutes=30)
    drain.ledger.journal([JournalWrite(key, written_at, written_at, (_page(key),)) for key in keys])
    return keys


def _page(key: RecordKey) -> Page:
    entry = Entry("e1", Decimal(7), ())
    return Page(PageKind.HOME, key.hour_at, key.hour_at + timedelta(minutes=5), (entry,))
