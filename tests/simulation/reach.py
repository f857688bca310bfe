"""How far a run came: which faults struck which port calls, which states and steps were reached."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from meterhouse.domain.lifecycle import LEGAL_STEPS, RecordState
from tests.simulation.plan import Climate
from tests.simulation.play import World
from tests.simulation.port_calls import POINTS
from tests.simulation.weather import Fault

# What happens to buyers, usage and processes; every full run must have had all of it.
_HAPPENINGS = (
    "agreement ended",
    "agreement renewed",
    "agreement started later",
    "duplicates of own sends",
    "late events carried",
    "legacy buyer named by account",
    "legacy buyer returned",
    "messages dead-lettered",
    "metered by a rival",
    "process ended early",
    "records refused with their license",
    "writes of several pages",
)

Step = tuple[RecordState, RecordState]


@dataclass(slots=True)
class Reach:
    """Counts over any number of histories."""

    points: Counter[tuple[str, Fault]] = field(default_factory=Counter)
    steps: Counter[Step] = field(default_factory=Counter)
    ends: Counter[RecordState] = field(default_factory=Counter)
    climates: Counter[Climate] = field(default_factory=Counter)
    happenings: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Reach") -> None:
        """Add what other histories reached."""
        self.points.update(other.points)
        self.steps.update(other.steps)
        self.ends.update(other.ends)
        self.climates.update(other.climates)
        self.happenings.update(other.happenings)

    def missing(self) -> Iterator[str]:
        """Name what no history reached, and every full run must."""
        yield from (f"{port}: {fault}" for port, fault in POINTS if not self.points[port, fault])
        yield from (one for one in _HAPPENINGS if not self.happenings[one])
        for before, afters in LEGAL_STEPS.items():
            for after in afters:
                if not self.steps[before, after]:
                    yield f"step {before} to {after}"
        for state in RecordState:
            if state in (RecordState.OPEN, RecordState.SEALED, RecordState.SUBMITTING):
                continue
            if not self.ends[state]:
                yield f"end {state}"


def reach_of(world: World) -> Reach:
    """Return what one history reached."""
    deployment = world.deployment
    happenings = Counter(world.reached)
    happenings["messages sent"] += len(world.model.sendings)
    happenings["messages dead-lettered"] += deployment.queue.dead_count
    happenings["records sent"] += sum(
        sum(wordings.values()) for wordings in deployment.client.sent.wordings.values()
    )
    happenings["late events carried"] += int(deployment.report.metrics["LateEventsCarried"])
    happenings["duplicates of own sends"] += int(deployment.report.metrics["DuplicatesOfOwnSend"])
    happenings["writes of several pages"] += deployment.ledger.writes_of_several_pages
    happenings["records refused with their license"] += sum(
        record.reason == "InvalidLicenseException"
        for record in deployment.ledger.inner.records.values()
    )
    return Reach(
        points=Counter(world.gate.weather.reached),
        steps=Counter(deployment.ledger.steps),
        ends=Counter(record.state for record in deployment.ledger.inner.records.values()),
        climates=Counter([world.plan.climate]),
        happenings=happenings,
    )
