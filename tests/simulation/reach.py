"""How far a run came: which faults struck which port calls, which states and steps were reached."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from meterhouse.domain.records.lifecycle import (
    FIRST_STATES,
    LEGAL_STEPS,
    UNFINISHED,
    RecordState,
)
from tests.fakes.ledger import InMemoryLedger
from tests.simulation.notebook import Step
from tests.simulation.plan import Climate
from tests.simulation.port_calls import POINTS
from tests.simulation.weather import Fault
from tests.simulation.world import World

# What happens to buyers, usage and processes; every full run must have had all of it.
_HAPPENINGS = (
    "agreement ended",
    "agreement renewed",
    "agreement renewed by AWS",
    "agreement started later",
    "buyer resolved without a license",
    "carried: late",
    "carried: record",
    "carried: rest",
    "carry sent elsewhere, its target had closed",
    "closing resumed after a crash",
    "duplicates of own sends",
    "event late",
    "event lost",
    "event repeated",
    "final hour by itself",
    "fold refused",
    "freezing refused, the lease was lost",
    "generation closed under a drain",
    "late events carried",
    "lease lost before its end",
    "lease refused",
    "legacy buyer named by account",
    "legacy buyer returned",
    "log closed before it was woken",
    "log closed early by a flush",
    "log waiting for an unknown subscription",
    "log woken that was dealt with",
    "manifest that stood already",
    "messages dead-lettered",
    "metered by a rival",
    "outcome of a lost claim",
    "process ended early",
    "product stopped",
    "records refused with their license",
    "segment recovered",
    "segment set aside",
    "several segments of one log and drain",
    "spike held",
    "spike rejected",
    "spike released",
    "step refused, somebody was first",
    "sweep finished",
    "sweep left to the next run",
    "table restored",
    "units included",
    "units included in part",
    "tenant linked",
    "tenant renewed",
    "tenant unlinked",
    "tenant's hour settled in several closings",
    "tenant's hour with two payers",
    "tenant's usage that nobody paid for",
    "usage withheld after a restore",
    "zeros told",
)


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
        firsts = [(None, state) for state in FIRST_STATES]
        steps = [(before, after) for before, afters in LEGAL_STEPS.items() for after in afters]
        for step in (*firsts, *steps):
            if not self.steps[step]:
                yield f"step {words_of(step)}"
        for state in RecordState:
            if state not in UNFINISHED and not self.ends[state]:
                yield f"end {state}"


def words_of(step: Step) -> str:
    """Name a step."""
    before, after = step
    return f"into {after}" if before is None else f"{before} to {after}"


def reach_of(world: World) -> Reach:
    """Return what one history reached."""
    deployment = world.deployment
    notebook, report = deployment.ledger.notebook, deployment.report
    records = [*deployment.ledger.records().values()]
    sends = deployment.client.sent.wordings.values()
    happenings = Counter(world.reached)
    happenings.update(notebook.happenings)
    happenings["messages sent"] += len(world.model.sendings)
    happenings["messages dead-lettered"] += deployment.queue.dead_count
    happenings["records sent"] += sum(sum(wordings.values()) for wordings in sends)
    happenings["late events carried"] += int(report.metrics["LateEventsCarried"])
    happenings["duplicates of own sends"] += int(report.metrics["DuplicatesOfOwnSend"])
    happenings["usage withheld after a restore"] += report.lines["usage_withheld"]
    happenings["units included"] += sum(bool(one.included) for one in records)
    happenings["units included in part"] += sum(bool(one.included and one.units) for one in records)
    happenings["billed in full, AWS did not tell"] += report.lines["included_units_unknown"]
    happenings["spike held"] += report.lines["spike_held"]
    happenings["spike not decided"] += report.lines["spike_not_decided"]
    happenings["fold refused"] += int(report.metrics["FoldsRefused"])
    happenings["outcome of a lost claim"] += report.lines["outcome_not_stored"]
    happenings["zeros told"] += sum(not record.units for record in records)
    happenings["records refused with their license"] += sum(
        record.status.reason == "InvalidLicenseException" for record in records
    )
    happenings.update(_of_names(deployment.ledger.inner))
    return Reach(
        points=Counter(world.gate.weather.reached),
        steps=Counter(notebook.steps),
        ends=Counter(record.state for record in records),
        climates=Counter([world.plan.climate]),
        happenings=happenings,
    )


def _of_names(ledger: InMemoryLedger) -> Iterator[str]:
    """Yield what was special about who pays for an hour of a tenant's."""
    for spans in ledger.stored_names.values():
        for tenant in {span.tenant for span in spans}:
            of_tenant = [span for span in spans if span.tenant == tenant]
            payers = {span.subscription for span in of_tenant}
            if None in payers:
                yield "tenant's usage that nobody paid for"
            if len(payers - {None}) > 1:
                yield "tenant's hour with two payers"
            if len({span.generation for span in of_tenant}) > 1:
                yield "tenant's hour settled in several closings"
