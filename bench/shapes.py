"""The shapes of usage that are measured, each the same in every run."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import NamedTuple

from bench.market import DIMENSIONS, Market
from bench.messages import PACKED, Chance, EventFields, lambda_batches, pack_messages
from meterhouse.domain.hours import HOUR
from meterhouse.domain.usage.events import QueueMessage

NOON_AT = datetime(2026, 11, 18, 12, tzinfo=UTC)
# As the template's default batching window has it.
DRAIN_INTERVAL = timedelta(seconds=30)
DRAINS_OF_AN_HOUR = 120
HOURS_IN_ARREARS = 4
HOURS_OF_A_DAY = 24
LATE_METERS = 6
LATE_EVENTS = 10
DAY_AT = NOON_AT + timedelta(hours=12)
_OPENED_AT = NOON_AT - timedelta(hours=HOURS_IN_ARREARS)
_DRAINED_AFTER = timedelta(minutes=50)
_ARREARS_REPORTED_AT = NOON_AT + timedelta(minutes=7)
_ARREARS_DRAINS = 20
_FIRST_LATE_AT = NOON_AT + timedelta(hours=2, minutes=2)
# Each late drain comes after the run that closed the hour for the one before it.
_LATE_INTERVAL = timedelta(minutes=5)
_SEED = 11

type Used = tuple[int, datetime]
"""The number of a meter, and the start of the time in which it was used."""


class Drain(NamedTuple):
    """What one drain is given, and when."""

    at: datetime
    messages: tuple[QueueMessage, ...]


class Report(NamedTuple):
    """Usage that is drained at a moment."""

    at: datetime
    used: Iterable[Used]


@dataclass(slots=True)
class Shape:
    """Usage, who caused it, and the marketplace that will bill it; time stands before it all.

    Attributes:
        dimensions: of each customer; a meter is one of them.
        seconds: how long the time is in which each event happens.
        packed: how many events stand in one message.
        events: how many have been drained so far.
        units: their units.

    """

    name: str
    market: Market
    dimensions: int
    reports: Iterable[Report]
    seconds: int = 3_000
    packed: int = PACKED
    events: int = 0
    units: int = 0
    _chance: Chance = field(default_factory=lambda: Chance(_SEED))

    def drains(self) -> Iterator[Drain]:
        """Yield what the drains are given, as batches that Lambda would be given."""
        for report in self.reports:
            events = map(self._event, report.used)
            messages = pack_messages(events, report.at - DRAIN_INTERVAL, packed=self.packed)
            for number, batch in enumerate(lambda_batches(messages)):
                yield Drain(report.at + number * DRAIN_INTERVAL, batch)

    def _event(self, used: Used) -> EventFields:
        meter, since_at = used
        customer = self.market.customers[meter // self.dimensions]
        at = since_at + timedelta(seconds=self._chance.randrange(self.seconds))
        event = self._chance.event(customer.license_arn, DIMENSIONS[meter % self.dimensions], at)
        self.events += 1
        self.units += int(str(event["quantity"]))
        return event


def busy(events: int) -> Shape:
    """One meter has all the events of an hour."""
    report = Report(NOON_AT + _DRAINED_AFTER, ((0, NOON_AT) for _ in range(events)))
    return Shape("busy: one meter", _market(1), 1, [report])


def many(customers: int, repeats: int = 10) -> Shape:
    """Each customer uses ten dimensions ten times, and packs it into one message."""
    dimensions = len(DIMENSIONS)
    used = (
        (customer * dimensions + dimension, NOON_AT)
        for customer in range(customers)
        for _ in range(repeats)
        for dimension in range(dimensions)
    )
    name = f"{customers:,} customers x {dimensions} dimensions"
    return Shape(name, _market(customers), dimensions, [Report(NOON_AT + _DRAINED_AFTER, used)])


def sparse(records: int) -> Shape:
    """Each customer has one event, in a message of its own."""
    report = Report(NOON_AT + _DRAINED_AFTER, ((one, NOON_AT) for one in range(records)))
    return Shape("sparse: an event each", _market(records), 1, [report], packed=1)


def arrears(customers: int, *, apart: bool = False) -> Shape:
    """Each customer's hourly totals of some hours, in one message or in many (`apart`)."""
    used = [
        (customer, NOON_AT - (HOURS_IN_ARREARS - hour) * HOUR)
        for customer in range(customers)
        for hour in range(HOURS_IN_ARREARS)
    ]
    share = -(-len(used) // _ARREARS_DRAINS) if apart else len(used)
    shares = batched(used, share, strict=False)
    reports = [
        Report(_ARREARS_REPORTED_AT + number * DRAIN_INTERVAL, share)
        for number, share in enumerate(shares)
    ]
    name = f"{HOURS_IN_ARREARS} hours in arrears, {'many messages' if apart else 'one message'}"
    return Shape(name, _market(customers), 1, reports, packed=1 if apart else len(used))


def steady(meters: int, events: int, drains: int = DRAINS_OF_AN_HOUR) -> Shape:
    """Every drain of an hour brings so many events, of one meter after the other."""
    dimensions = next(number for number in (10, 3, 1) if meters % number == 0)

    def used(drain: int) -> Iterator[Used]:
        for place in range(drain * events, (drain + 1) * events):
            yield place % meters, NOON_AT + drain * DRAIN_INTERVAL

    reports = (Report(NOON_AT + (one + 1) * DRAIN_INTERVAL, used(one)) for one in range(drains))
    return Shape(
        f"steady: {_count(meters, 'meter')}, {events:,} a drain",
        _market(meters // dimensions),
        dimensions,
        reports,
        seconds=DRAIN_INTERVAL.seconds,
    )


def late(drains: int) -> Shape:
    """One drain comes in time, and usage of the same hour in so many late drains."""
    moments = [NOON_AT + _DRAINED_AFTER]
    moments += [_FIRST_LATE_AT + number * _LATE_INTERVAL for number in range(drains)]
    used = [(place % LATE_METERS, NOON_AT) for place in range(LATE_EVENTS)]
    reports = [Report(at, used) for at in moments]
    return Shape(f"late: {drains} drains", _market(1), LATE_METERS, reports)


def day(meters: int, dimensions: int, hours: int = HOURS_OF_A_DAY) -> Shape:
    """Every hour of a UTC day has one drain with an event of every meter."""
    reports = [
        Report(hour_at + _DRAINED_AFTER, [(meter, hour_at) for meter in range(meters)])
        for hour_at in (DAY_AT + number * HOUR for number in range(hours))
    ]
    customers = meters // dimensions
    name = f"a day of {customers:,} customers x {dimensions}"
    return Shape(name, _market(customers), dimensions, reports)


def _market(customers: int) -> Market:
    return Market.of(customers, _OPENED_AT)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("s" if number > 1 else "")
