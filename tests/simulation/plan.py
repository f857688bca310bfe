"""One history's conditions, drawn from its seed: how calm it is, how long, and how it is set up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from random import Random

from meterhouse.domain.journal.folding import FOLD_EVENTS_MAX
from meterhouse.domain.records.policy import MeteringPolicy
from tests.simulation.weather import HOUR_MS, MINUTE_MS, Storm, StormWindow


class Climate(Enum):
    """How much goes wrong."""

    CALM = "calm"
    """Nothing, and all usage comes on time."""
    OUTAGE = "outage"
    """Nothing but that for two hours no drain runs, or the tables are down; usage is on time."""
    SHOWERS = "showers"
    """Single faults and short storms; no deadline is missed for them."""
    STORMY = "stormy"
    """Storms that may last past deadlines."""
    HELL = "hell"
    """Many faults everywhere, and storms."""
    CROWD = "crowd"
    """Everybody writes to a few hours at once, slowly; only writes and AWS fail."""


@dataclass(frozen=True, slots=True)
class DisasterTimes:
    """When the table was as it will be restored, when it is lost, and how long that takes."""

    kept_at_ms: int
    struck_at_ms: int
    restored_after_ms: int


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
    rollout_ms: tuple[int, int]
    skew_ms_max: int
    """By how much a process's clock is wrong at most."""
    fold_events_max: int
    """More events of one hour are refused until the weather changes."""
    messages: int
    disaster: DisasterTimes | None = None
    table_down_ms: tuple[int, int] = (0, 0)

    @property
    def is_punctual(self) -> bool:
        """Whether all usage is sent on time and nothing fails."""
        return self.climate in (Climate.CALM, Climate.OUTAGE)

    @property
    def has_rollout(self) -> bool:
        """Whether processes of two versions run beside each other for a while."""
        return self.rollout_ms[0] < self.rollout_ms[1]


_CLIMATES = (*Climate,)
_WEIGHTS = (12, 12, 26, 16, 14, 20)
_RATES: dict[Climate, Sequence[float]] = {
    Climate.CALM: (0.0,),
    Climate.OUTAGE: (0.0,),
    Climate.SHOWERS: (0.005, 0.02, 0.04),
    Climate.STORMY: (0.005, 0.02, 0.04),
    Climate.HELL: (0.06, 0.12),
    Climate.CROWD: (0.02, 0.06),
}
_HOURS: dict[Climate, tuple[int, int]] = {
    Climate.CALM: (3, 6),
    Climate.OUTAGE: (5, 7),
    Climate.SHOWERS: (3, 6),
    Climate.STORMY: (4, 8),
    Climate.HELL: (4, 8),
    Climate.CROWD: (1, 2),
}
_SLOWNESS: dict[Climate, Sequence[int]] = {
    Climate.CALM: (1, 10),
    Climate.OUTAGE: (1, 10),
    Climate.CROWD: (40, 100),
}
_SETTLE_MINUTES: dict[Climate, Sequence[int]] = {
    Climate.CALM: (15, 15, 30),
    Climate.OUTAGE: (15, 15, 30),
    Climate.CROWD: (0,),
}
_QUIET_SECONDS: dict[Climate, Sequence[int]] = {
    Climate.CALM: (120, 300),
    Climate.OUTAGE: (120, 300),
    Climate.CROWD: (0, 0, 30),
}
_DISASTER_PROBABILITY = 0.15
_STRUCK = (Climate.SHOWERS, Climate.STORMY, Climate.HELL)
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
    if climate in (Climate.CALM, Climate.CROWD):
        outage_lasts_ms = 0
    rollout_at = random.randint(0, chaos_ms)
    rollout_lasts_ms = random.randint(5, 150) * MINUTE_MS if random.random() < 0.3 else 0
    return Plan(
        climate=climate,
        start_at=random.choice(_STARTS) + timedelta(minutes=random.randint(0, 240)),
        chaos_ms=chaos_ms,
        rate=random.choice(_RATES[climate]),
        slowness=random.choice(_SLOWNESS.get(climate, (1, 10, 40, 100))),
        storms=storms,
        policy=_draw_policy(random, climate),
        answers_duplicate=random.random() < 0.5,
        receives_max=random.choice((5, 12, 12)),
        is_ordered=is_punctual or random.random() < 0.5,
        pollers=random.randint(2, 3),
        restart_probability=random.choice((0.0, 0.0, 0.1, 0.5)),
        batch_size_max=random.choice((1, 2, 3, 10, 100)),
        reconcile_period_ms=random.choice((5, 10, 15, 15)) * MINUTE_MS,
        outage_ms=(outage_at, outage_at + outage_lasts_ms),
        rollout_ms=(rollout_at, rollout_at + (0 if is_punctual else rollout_lasts_ms)),
        # A lease outlasts a process by ten seconds.
        skew_ms_max=0 if is_punctual else random.choice((0, 100, 4_000, 4_000)),
        fold_events_max=_draw_fold_bound(random, climate),
        messages=random.randint(12, 30),
    )


def with_table_down(seed: int, plan: Plan) -> Plan:
    """Let the tables be down in every other outage, instead of the drains."""
    random = Random(f"outage {seed}")  # noqa: S311 - a simulation, repeatable from its seed
    if plan.climate is not Climate.OUTAGE or random.random() < 0.5:
        return plan
    # As the template has it: a message outlasts it.
    return replace(plan, outage_ms=(0, 0), table_down_ms=plan.outage_ms, receives_max=20)


def draw_disaster(seed: int, plan: Plan) -> DisasterTimes | None:
    """Draw when a table is lost, if it is; other draws of the history do not depend on it."""
    random = Random(f"disaster {seed}")  # noqa: S311 - a simulation, repeatable from its seed
    if plan.climate not in _STRUCK or random.random() >= _DISASTER_PROBABILITY:
        return None
    kept_at_ms = random.randint(HOUR_MS // 2, plan.chaos_ms)
    lost_for_ms = random.choice((10 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS, 26 * HOUR_MS))
    return DisasterTimes(
        kept_at_ms=kept_at_ms,
        struck_at_ms=kept_at_ms + random.randint(1, lost_for_ms),
        restored_after_ms=random.randint(10 * MINUTE_MS, 2 * HOUR_MS),
    )


def _draw_policy(random: Random, climate: Climate) -> MeteringPolicy:
    settle = random.choice(_SETTLE_MINUTES.get(climate, (0, 5, 15, 60)))
    quiet = random.choice(_QUIET_SECONDS.get(climate, (0, 0, 120, 300)))
    return MeteringPolicy(
        settle=timedelta(minutes=settle),
        quiet=timedelta(seconds=quiet),
        heartbeat=climate is not Climate.CROWD and random.random() < 0.2,
        shards=random.choice((1, 1, 2)),
    )


def _draw_fold_bound(random: Random, climate: Climate) -> int:
    is_small = climate in (Climate.STORMY, Climate.HELL) and random.random() < 0.15
    return random.choice((4, 12)) if is_small else FOLD_EVENTS_MAX


def _draw_storms(random: Random, climate: Climate, chaos_ms: int) -> list[StormWindow]:
    if climate in (Climate.CALM, Climate.OUTAGE, Climate.CROWD):
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
