"""The four shapes of usage that are measured, each the same in every run."""

import json
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import batched
from typing import assert_never

from bench.clock import VirtualClock
from meterhouse.domain.events import QueueMessage
from meterhouse.domain.subscriptions import ResolvedCustomer, Subscription, subscriptions_of
from sandbox.marketplace.in_process import InProcessMarketplace

NOON_AT = datetime(2026, 11, 18, 12, tzinfo=UTC)
DRAINED_AT = NOON_AT + timedelta(minutes=50)
SETTLED_AT = NOON_AT + timedelta(minutes=80)
PRODUCT_CODE = "bench-product"
DIMENSIONS = tuple(f"dimension_{number}" for number in range(10))
# Lambda's limit of an invocation, with room for what surrounds the records:
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LAMBDA_EVENT_BYTES_MAX = 5_900_000
# What SQS adds to a body: message id, receipt handle, attributes, digest, queue.
LAMBDA_RECORD_BYTES = 900
DRAIN_MESSAGES_MAX = 10_000
_EVENTS_PER_MESSAGE = 100
_HOURS_IN_ARREARS = 4
_SEED = 11


class ShapeName(StrEnum):
    """What the usage of an hour may look like."""

    BUSY = "one busy customer-hour"
    MANY = "1,000 customers x 10 dimensions"
    SPARSE = "sparse: one event per record"
    ARREARS = "hourly totals in arrears"


@dataclass(frozen=True, slots=True)
class Customer:
    """A buyer with one license."""

    account_id: str
    license_arn: str

    @property
    def resolved(self) -> ResolvedCustomer:
        """What AWS would have said when the buyer registered."""
        return ResolvedCustomer(
            PRODUCT_CODE,
            customer_aws_account_id=self.account_id,
            license_arn=self.license_arn,
        )

    @property
    def subscription(self) -> Subscription:
        """The buyer's subscription as Meterhouse knows it."""
        (subscription,) = subscriptions_of(self.resolved)
        return subscription


@dataclass(frozen=True, slots=True)
class Shape:
    """Usage, who caused it, and the marketplace that will bill it; time stands at the drain."""

    name: ShapeName
    event_count: int
    record_count: int
    customers: tuple[Customer, ...]
    drains: tuple[tuple[QueueMessage, ...], ...]
    clock: VirtualClock
    marketplace: InProcessMarketplace


@dataclass(frozen=True, slots=True)
class _Plan:
    """`customers` report `repeats` events for each of their dimensions and hours."""

    customers: int
    dimensions: int
    hours: int
    repeats: int


def build_shape(name: ShapeName, events: int) -> Shape:
    """Build a shape of about `events` events, as batches that Lambda would be given."""
    match name:
        case ShapeName.BUSY:
            plan = _Plan(1, 1, 1, events)
        case ShapeName.MANY:
            plan = _Plan(max(1, events // 100), 10, 1, 10)
        case ShapeName.SPARSE:
            plan = _Plan(events, 1, 1, 1)
        case ShapeName.ARREARS:
            plan = _Plan(max(1, events // _HOURS_IN_ARREARS), 1, _HOURS_IN_ARREARS, 1)
        case _:
            assert_never(name)
    chance = random.Random(_SEED)  # noqa: S311 - the same usage in every run, guards nothing
    clock = VirtualClock(DRAINED_AT)
    marketplace = InProcessMarketplace(clock=clock.now)
    customers = tuple(_sell(marketplace, plan.customers))
    records = plan.customers * plan.dimensions * plan.hours
    messages = _messages(customers, plan, chance)
    return Shape(
        name=name,
        event_count=records * plan.repeats,
        record_count=records,
        customers=customers,
        drains=tuple(_lambda_batches(messages)),
        clock=clock,
        marketplace=marketplace,
    )


def _sell(marketplace: InProcessMarketplace, count: int) -> Iterator[Customer]:
    marketplace.create_product(title="Bench", code=PRODUCT_CODE, dimensions=DIMENSIONS)
    for _ in range(count):
        agreement = marketplace.create_agreement(PRODUCT_CODE)
        yield Customer(agreement.customer_aws_account_id, agreement.license_arn or "")


def _messages(
    customers: tuple[Customer, ...], plan: _Plan, chance: random.Random
) -> Iterator[QueueMessage]:
    """Yield messages: each producer packs what it has of one customer, as README advises."""
    number = 0
    for customer in customers:
        events = _events_of(customer, plan, chance)
        for packed in batched(events, _EVENTS_PER_MESSAGE, strict=False):
            number += 1
            body = json.dumps({"events": packed}, separators=(",", ":"))
            yield QueueMessage(f"{number:032x}", body, DRAINED_AT - timedelta(seconds=30))


def _events_of(
    customer: Customer, plan: _Plan, chance: random.Random
) -> Iterator[dict[str, object]]:
    """Yield a customer's events; usage of past hours is their totals."""
    first_hour_at = NOON_AT - timedelta(hours=plan.hours if plan.hours > 1 else 0)
    for _ in range(plan.repeats):
        for hour in range(plan.hours):
            for dimension in DIMENSIONS[: plan.dimensions]:
                minute = timedelta(hours=hour, seconds=chance.randrange(3_000))
                yield {
                    "id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
                    "subscription": customer.license_arn,
                    "dimension": dimension,
                    "quantity": chance.randrange(1, 1_000),
                    "time": (first_hour_at + minute).isoformat(),
                }


def _lambda_batches(messages: Iterator[QueueMessage]) -> Iterator[tuple[QueueMessage, ...]]:
    """Cut messages into what one invocation is given: 10,000 messages, and 6 MB of JSON."""
    batch: list[QueueMessage] = []
    size_bytes = 0
    for message in messages:
        # The body stands in the invocation's event as a JSON text.
        message_bytes = len(json.dumps(message.body)) + LAMBDA_RECORD_BYTES
        is_full = size_bytes + message_bytes > LAMBDA_EVENT_BYTES_MAX
        if batch and (is_full or len(batch) == DRAIN_MESSAGES_MAX):
            yield tuple(batch)
            batch, size_bytes = [], 0
        batch.append(message)
        size_bytes += message_bytes
    yield tuple(batch)
