"""Usage that comes evenly: the same meters in every drain of an hour; and usage that comes late."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bench.messages import Chance, EventFields, lambda_batches, pack_messages
from bench.shapes import DIMENSIONS, DRAIN_INTERVAL, NOON_AT, Customer, Drain, Market, Shape, Usage
from meterhouse.domain.hours import HOUR

DRAINS_OF_AN_HOUR = 120
LATE_METERS = 6
LATE_EVENTS = 10
# Each late drain comes after the run that closed the hour for the one before it.
LATE_INTERVAL = timedelta(minutes=5)
DAY_AT = NOON_AT + timedelta(hours=12)
HOURS_OF_A_DAY = 24
_DRAINED_AFTER = timedelta(minutes=50)
_FIRST_LATE_AT = NOON_AT + timedelta(hours=2, minutes=2)
_SEED = 13


@dataclass(frozen=True, slots=True)
class Steady:
    """So many meters, of which every drain brings so many events.

    `played` drains are measured: where they are fewer than an hour has, the hour is reckoned from
    them.
    """

    meters: int
    events_a_drain: int
    played: int = DRAINS_OF_AN_HOUR

    @property
    def name(self) -> str:
        """What the tables call it."""
        meters = f"{self.meters:,} meter" + ("s" if self.meters > 1 else "")
        events = f"{self.events_a_drain:,} event" + ("s" if self.events_a_drain > 1 else "")
        return f"steady: {meters}, {events} a drain"

    @property
    def events_of_an_hour(self) -> int:
        """All events of a whole hour."""
        return self.events_a_drain * DRAINS_OF_AN_HOUR

    @property
    def records_of_an_hour(self) -> int:
        """The records of a whole hour: there is an event of every meter."""
        return self.meters

    def build(self, drains: int) -> Shape:
        """Build the first drains of an hour."""
        meters = Meters.of(self.meters)
        usage = Usage(Chance(_SEED))
        given = [
            Drain(at, batch)
            for number in range(drains)
            for at in (NOON_AT + (number + 1) * DRAIN_INTERVAL,)
            for batch in lambda_batches(
                pack_messages(self._events_of(number, meters, usage), at - DRAIN_INTERVAL)
            )
        ]
        records = min(self.meters, self.events_a_drain * drains)
        return meters.market.shape(self.name, usage, given, records)

    def _events_of(self, number: int, meters: "Meters", usage: Usage) -> Iterator[EventFields]:
        begin_at = NOON_AT + number * DRAIN_INTERVAL
        for place in range(self.events_a_drain):
            second = usage.chance.below(DRAIN_INTERVAL.seconds)
            turn = number * self.events_a_drain + place
            yield meters.event(usage, turn, begin_at + timedelta(seconds=second))


@dataclass(frozen=True, slots=True)
class Meters:
    """The meters of some customers, in turn."""

    market: Market
    meters: list[tuple[Customer, str]]

    @classmethod
    def of(cls, count: int) -> "Meters":
        """Sell as many subscriptions as so many meters need."""
        dimensions = next(number for number in (10, 3, 1) if count % number == 0)
        market = Market.of(count // dimensions)
        pairs = [(one, name) for one in market.customers for name in DIMENSIONS[:dimensions]]
        return cls(market, pairs)

    def event(self, usage: Usage, turn: int, occurred_at: datetime) -> EventFields:
        """Return an event of the meter whose turn it is."""
        customer, dimension = self.meters[turn % len(self.meters)]
        return usage.event(customer, dimension, occurred_at)


def build_late(drains: int) -> Shape:
    """Build an hour with one drain in time, and usage of the same hour in so many late drains."""
    meters, usage = Meters.of(LATE_METERS), Usage(Chance(_SEED))

    def drain(at: datetime) -> Drain:
        made = (meters.event(usage, turn, _in_hour(usage, NOON_AT)) for turn in range(LATE_EVENTS))
        return Drain(at, tuple(pack_messages(made, at - DRAIN_INTERVAL)))

    in_time = drain(NOON_AT + _DRAINED_AFTER)
    late = [drain(_FIRST_LATE_AT + number * LATE_INTERVAL) for number in range(drains)]
    return meters.market.shape(f"{drains} late drains", usage, [in_time, *late], LATE_METERS)


def build_day(meters_count: int) -> Shape:
    """Build a whole UTC day: each hour one drain with an event of every meter."""
    meters, usage = Meters.of(meters_count), Usage(Chance(_SEED))

    def drain(hour_at: datetime) -> Drain:
        at = hour_at + _DRAINED_AFTER
        made = (meters.event(usage, turn, _in_hour(usage, hour_at)) for turn in range(meters_count))
        return Drain(at, tuple(pack_messages(made, at - DRAIN_INTERVAL)))

    drains = [drain(DAY_AT + number * HOUR) for number in range(HOURS_OF_A_DAY)]
    return meters.market.shape("a day", usage, drains, meters_count * HOURS_OF_A_DAY)


def _in_hour(usage: Usage, hour_at: datetime) -> datetime:
    return hour_at + timedelta(seconds=usage.chance.below(_DRAINED_AFTER.seconds))
