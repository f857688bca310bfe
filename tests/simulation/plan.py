"""One history's conditions, drawn from its seed: how calm it is, how long, and how it is set up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from random import Random

from meterhouse.domain.records.policy import MeteringPolicy
from tests.simulation.weather import HOUR_MS, MINUTE_MS, Storm, StormWindow


class Climate(Enum):
    """How much goes wrong."""

    CALM = "calm"
    """Nothing, and all usage comes on time."""
    OUTAGE = "outage"
    """Nothing but that no drain runs for two hours; all usage is sent on time."""
    SHOWERS = "showers"
    """Single faults and short storms; no deadline is missed for them."""
    STORMY = "stormy"
    """Storms that may last past deadlines."""
    HELL = "hell"
    """Many faults everywhere, and storms."""


@dataclass(frozen=True, slots=True)
class Plan:
    """See the module."""

    climate: Climate
    start_at: datetime
    chaos_ms: int
    rate: float
    slowness: int
    storms: tuple[StormWindow, ...]
    policy: MeteringPolicy
    answers_duplicate: bool
    receives_max: int
    is_ordered: bool
    pollers: int
    restart_probability: float
    """That an invocation of the drain is the last one of its container."""
    batch_size_max: int
    reconcile_period_ms: int
    outage_ms: tuple[int, int]
    messages: int

    @property
    def is_punctual(self) -> bool:
        """Whether all usage is sent on time and nothing fails."""
        return self.climate in (Climate.CALM, Climate.OUTAGE)


_CLIMATES = (Climate.CALM, Climate.OUTAGE, Climate.SHOWERS, Climate.STORMY, Climate.HELL)
_WEIGHTS = (15, 14, 33, 20, 18)
_RATES: dict[Climate, Sequence[float]] = {
    Climate.CALM: (0.0,),
    Climate.OUTAGE: (0.0,),
    Climate.SHOWERS: (0.005, 0.02, 0.04),
    Climate.STORMY: (0.005, 0.02, 0.04),
    Climate.HELL: (0.06, 0.12),
}
_HOURS: dict[Climate, tuple[int, int]] = {
    Climate.CALM: (3, 6),
    Climate.OUTAGE: (5, 7),
    Climate.SHOWERS: (3, 6),
    Climate.STORMY: (4, 8),
    Climate.HELL: (4, 8),
}
# An ordinary day, and the hours around the end of a month, of February and of a year.
_STARTS = (
    datetime(2026, 11, 18, 3, 0, tzinfo=UTC),
    datetime(2026, 11, 30, 20, 0, tzinfo=UTC),
    datetime(2027, 2, 28, 21, 0, tzinfo=UTC),
    datetime(2026, 12, 31, 19, 0, tzinfo=UTC),
)


def draw_plan(random: Random) -> Plan:
    """Draw the conditions of a history."""
    climate = random.choices(_CLIMATES, _WEIGHTS)[0]
    is_punctual = climate in (Climate.CALM, Climate.OUTAGE)
    chaos_ms = random.randint(*_HOURS[climate]) * HOUR_MS
    storms = tuple(_draw_storms(random, climate, chaos_ms))
    chaos_ms = max([chaos_ms, *(storm.ends_at_ms + HOUR_MS for storm in storms)])
    outage_at = random.randint(HOUR_MS, 2 * HOUR_MS)
    outage_lasts_ms = random.randint(1, 8) * HOUR_MS if random.random() < 0.15 else 0
    if climate is Climate.OUTAGE:
        outage_lasts_ms = 2 * HOUR_MS
    if climate is Climate.CALM:
        outage_lasts_ms = 0
    return Plan(
        climate=climate,
        start_at=random.choice(_STARTS) + timedelta(minutes=random.randint(0, 240)),
        chaos_ms=chaos_ms,
        rate=random.choice(_RATES[climate]),
        slowness=random.choice((1, 10) if is_punctual else (1, 10, 40, 100)),
        storms=storms,
        policy=_draw_policy(random, is_punctual=is_punctual),
        answers_duplicate=random.random() < 0.5,
        receives_max=random.choice((5, 12, 12)),
        is_ordered=is_punctual or random.random() < 0.5,
        pollers=random.randint(2, 3),
        restart_probability=random.choice((0.0, 0.0, 0.1, 0.5)),
        batch_size_max=random.choice((1, 2, 3, 10, 100)),
        reconcile_period_ms=random.choice((5, 10, 15, 15)) * MINUTE_MS,
        outage_ms=(outage_at, outage_at + outage_lasts_ms),
        messages=random.randint(12, 30),
    )


def _draw_policy(random: Random, *, is_punctual: bool) -> MeteringPolicy:
    settle = random.choice((15, 15, 30) if is_punctual else (0, 5, 15, 60))
    quiet = random.choice((120, 300) if is_punctual else (0, 0, 120, 300))
    return MeteringPolicy(
        settle=timedelta(minutes=settle),
        quiet=timedelta(seconds=quiet),
        heartbeat=random.random() < 0.2,
        shards=random.choice((1, 1, 2)),
    )


def _draw_storms(random: Random, climate: Climate, chaos_ms: int) -> list[StormWindow]:
    if climate in (Climate.CALM, Climate.OUTAGE):
        return []
    count = {Climate.SHOWERS: 1, Climate.STORMY: 2, Climate.HELL: 2}[climate]
    storms = []
    for _ in range(random.randint(0 if climate is Climate.SHOWERS else 1, count)):
        lasts_ms = random.randint(5, 40) * MINUTE_MS
        if climate is not Climate.SHOWERS and random.random() < 0.4:
            lasts_ms = random.randint(2, 27) * HOUR_MS
        begins_at_ms = random.randint(0, chaos_ms)
        window = StormWindow(random.choice([*Storm]), begins_at_ms, begins_at_ms + lasts_ms)
        storms.append(window)
    return storms
