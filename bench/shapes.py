"""The shapes of usage that are measured, each the same in every run."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from bench.clock import VirtualClock
from bench.messages import (
    DRAIN_MESSAGES_MAX,
    PACKED,
    Chance,
    EventFields,
    lambda_batches,
    pack_messages,
)
from meterhouse.domain.events import QueueMessage
from meterhouse.domain.subscriptions import ResolvedCustomer, Subscription, subscriptions_of
from sandbox.marketplace.in_process import InProcessMarketplace

NOON_AT = datetime(2026, 11, 18, 12, tzinfo=UTC)
# As the template's default batching window has it.
DRAIN_INTERVAL = timedelta(seconds=30)
PRODUCT_CODE = "bench-product"
DIMENSIONS = tuple(f"dimension_{number}" for number in range(10))
HOURS_IN_ARREARS = 4
_SOLD_AT = NOON_AT - timedelta(hours=HOURS_IN_ARREARS)
_DRAINED_AT = NOON_AT + timedelta(minutes=50)
_ARREARS_REPORTED_AT = NOON_AT + timedelta(minutes=7)
_ARREARS_DRAINS = 20
_SEED = 11


class ShapeName(StrEnum):
    """What the usage of an hour may look like."""

    BUSY = "one busy meter"
    MANY = "1,000 customers x 10 dimensions"
    SPARSE = "sparse: one event per record"
    ARREARS = "hourly totals in arrears, in one message"
    ARREARS_APART = "hourly totals in arrears, in many messages"


class Drain(NamedTuple):
    """What one drain is given, and when."""

    at: datetime
    messages: tuple[QueueMessage, ...]


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
    """Usage, who caused it, and the marketplace that will bill it; time stands before it all."""

    name: str
    event_count: int
    record_count: int
    units: int
    customers: tuple[Customer, ...]
    drains: tuple[Drain, ...]
    clock: VirtualClock
    marketplace: InProcessMarketplace


class Market(NamedTuple):
    """A marketplace with buyers of one product, and its time."""

    clock: VirtualClock
    marketplace: InProcessMarketplace
    customers: tuple[Customer, ...]

    @classmethod
    def of(cls, customers: int) -> "Market":
        """Put the product on sale, and let so many buyers accept it."""
        clock = VirtualClock(_SOLD_AT)
        marketplace = InProcessMarketplace(clock=clock.now)
        marketplace.create_product(title="Bench", code=PRODUCT_CODE, dimensions=DIMENSIONS)
        sold = [marketplace.create_agreement(PRODUCT_CODE) for _ in range(customers)]
        buyers = (Customer(one.customer_aws_account_id, one.license_arn or "") for one in sold)
        return cls(clock, marketplace, tuple(buyers))

    def shape(self, name: str, usage: "Usage", drains: Iterable[Drain], records: int) -> Shape:
        """Return the shape of usage that these customers caused."""
        given = tuple(drains)
        return Shape(
            name=name,
            event_count=usage.events,
            record_count=records,
            units=usage.units,
            customers=self.customers,
            drains=given,
            clock=self.clock,
            marketplace=self.marketplace,
        )


@dataclass(slots=True)
class Usage:
    """Makes events, and keeps count of them."""

    chance: Chance
    events: int = 0
    units: int = 0

    def event(self, customer: Customer, dimension: str, occurred_at: datetime) -> EventFields:
        """Return one more event."""
        made = self.chance.event(customer.license_arn, dimension, occurred_at)
        self.events += 1
        self.units += int(str(made["quantity"]))
        return made


def build_shape(name: ShapeName, events: int) -> Shape:
    """Build a shape of about `events` events, as batches that Lambda would be given."""
    plan = _plan_of(name, events)
    market, usage = Market.of(plan.customers), Usage(Chance(_SEED))
    made = list(plan.events_of(market.customers, usage))
    messages = pack_messages(made, plan.drained_at - DRAIN_INTERVAL, packed=plan.packed)
    batches = lambda_batches(messages, count_max=plan.messages_max)
    drains = (
        Drain(plan.drained_at + number * DRAIN_INTERVAL, batch)
        for number, batch in enumerate(batches)
    )
    records = plan.customers * plan.dimensions * plan.hours
    return market.shape(name, usage, drains, records)


@dataclass(frozen=True, slots=True)
class _Plan:
    """`customers` report `repeats` events for each of their dimensions and hours."""

    customers: int
    dimensions: int = 1
    hours: int = 1
    repeats: int = 1
    packed: int = PACKED
    messages_max: int = DRAIN_MESSAGES_MAX

    @property
    def drained_at(self) -> datetime:
        """When the first drain runs."""
        return _DRAINED_AT if self.hours == 1 else _ARREARS_REPORTED_AT

    def events_of(self, customers: Sequence[Customer], usage: Usage) -> Iterator[EventFields]:
        """Yield events, customer by customer; usage of past hours is their totals."""
        first_hour_at = NOON_AT - timedelta(hours=self.hours if self.hours > 1 else 0)
        for customer in customers:
            for _ in range(self.repeats):
                for hour in range(self.hours):
                    for dimension in DIMENSIONS[: self.dimensions]:
                        second = usage.chance.below(3_000)
                        occurred_at = first_hour_at + timedelta(hours=hour, seconds=second)
                        yield usage.event(customer, dimension, occurred_at)


def _plan_of(name: ShapeName, events: int) -> _Plan:
    match name:
        case ShapeName.BUSY:
            return _Plan(1, repeats=events)
        case ShapeName.MANY:
            return _Plan(max(1, events // 100), dimensions=10, repeats=10)
        case ShapeName.SPARSE:
            return _Plan(events, packed=1)
        case ShapeName.ARREARS:
            return _Plan(max(1, events // HOURS_IN_ARREARS), hours=HOURS_IN_ARREARS, packed=events)
        case ShapeName.ARREARS_APART:
            messages_max = max(1, events // _ARREARS_DRAINS)
            customers = max(1, events // HOURS_IN_ARREARS)
            return _Plan(customers, hours=HOURS_IN_ARREARS, packed=1, messages_max=messages_max)
