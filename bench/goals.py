"""What the measurements should come to, and whether they do."""

from dataclasses import dataclass
from enum import StrEnum

from bench.results import Results
from bench.shapes import ShapeName

# Numbers are compared as they are printed: the drain's own note of a minute is no cost of an event.
_DIGITS = 2


class Kind(StrEnum):
    """Whether a number was counted or timed; only a counted one may fail the command."""

    COUNTED = "counted"
    TIMED = "timed"


@dataclass(frozen=True, slots=True)
class Goal:
    """A number, the limit that it should keep, and on which side of it."""

    what: str
    kind: Kind
    measured: float
    limit: float
    is_least: bool = False

    @property
    def is_met(self) -> bool:
        """Whether the number, as printed, keeps its limit."""
        shown = round(self.measured, _DIGITS)
        return shown >= self.limit if self.is_least else shown <= self.limit


def goals_of(results: Results) -> list[Goal]:
    """Set every measurement that has a goal against it."""
    counted, timed = Kind.COUNTED, Kind.TIMED
    busy, sparse = results.shapes[ShapeName.BUSY], results.shapes[ShapeName.SPARSE]
    steady = results.billing.steady
    drain_units = busy.ours.drain.write_units
    per_event = [
        float(rates.write_units) / 1_000 for rates in (sparse.ours.drain, sparse.ours.life)
    ]
    goals = [
        Goal("busy: write units per 1,000 events, drain", counted, float(drain_units), 50),
        Goal("sparse: write units per event, drain", counted, per_event[0], 2),
        Goal("sparse: write units per event, whole life", counted, per_event[1], 8),
        Goal(
            "sparse: records per BatchMeterUsage call",
            counted,
            float(sparse.ours.records_per_call),
            24.5,
            is_least=True,
        ),
    ]
    goals += [
        Goal(f"{name.value}: µs of CPU per event, drain's own", timed, shape.cpu.own, 10)
        for name, shape in results.shapes.items()
    ]
    goals += [
        Goal("records per call at the quota", timed, steady.records_per_call, 24.5, is_least=True),
        Goal(
            "records per second at the quota",
            timed,
            steady.calls_per_second * steady.records_per_call,
            240,
            is_least=True,
        ),
        Goal(
            "peak MiB of folding 1,000,000 events",
            timed,
            results.fold.peak_bytes / 2**20,
            results.fold.function_bytes / 2**20,
        ),
    ]
    return goals
