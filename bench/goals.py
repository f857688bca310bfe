"""What the measurements should come to, and whether they do."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from bench.many_records import growth_of_reads
from bench.measuring import Results, growth_of
from bench.playing import Part
from bench.sending import http_beside_sqs

# Numbers are compared as they are printed.
_DIGITS = 2
_MEBIBYTE = 1_048_576
_SHEETS = (
    "a sheet is one item per subscription and day, so at least one write unit; a record in each "
    "hour of the day pays 1/24 of it"
)
_FIXED = (
    "leasing, closing, accounting for and filing an hour cost the same for any number of records"
)
_LEASE = (
    "a lease of 250 s outlasts the longest function (240 s), and may end just after a run began, "
    "so that the retry waits for the next; with a ReconcileSchedule of 1 minute it is 310 s at most"
)
_CALLS = (
    "each log that a drain writes to costs some calls of boto3, about half a millisecond each, and "
    "a message of its own costs an event as much as parsing it; more events in a drain share them"
)


class Kind(StrEnum):
    """Whether a number was counted or timed; only a counted one may fail the command."""

    COUNTED = "counted"
    TIMED = "timed"


@dataclass(frozen=True, slots=True)
class Goal:
    """A number, the limit that it should keep, and on which side of it.

    Where it is known what keeps a counted number from its limit, `accepted` is where it stands: it
    may miss the limit, but not by more. `why` names what limits it.
    """

    what: str
    kind: Kind
    measured: float
    limit: float
    accepted: float | None = None
    why: str = ""
    is_least: bool = field(default=False, kw_only=True)

    @property
    def is_met(self) -> bool:
        """Whether the number, as printed, keeps its limit."""
        return self._keeps(self.limit)

    @property
    def fails(self) -> bool:
        """Whether the command must fail."""
        bound = self.limit if self.accepted is None else self.accepted
        return self.kind is Kind.COUNTED and not self._keeps(bound)

    def _keeps(self, bound: float) -> bool:
        shown = round(self.measured, _DIGITS)
        return shown >= bound if self.is_least else shown <= bound


def goals_of(results: Results) -> list[Goal]:
    """Set every measurement that has a goal against it."""
    return [*_counted(results), *_timed(results)]


def _counted(results: Results) -> Iterator[Goal]:
    lives, late, kind = results.lives, results.late, Kind.COUNTED
    busy, many = (lives[key] for key in ("busy", "many"))
    busy_units = float(busy.per_event(busy.drain.write_units))
    yield Goal("busy: write units per 1,000 events, drain", kind, busy_units, 22)
    many_units = float(many.per_event(many.whole.write_units))
    yield Goal("10,000 records of 10 events: per 1,000 events, life", kind, many_units, 60)

    sparse, day = lives["sparse"], lives["sparse day"]
    whole = sparse.whole.write_units
    apart = float((whole - sparse.parts[Part.FILING].write_units) / sparse.records)
    yield Goal("sparse: life of a record, but for its day's sheet", kind, apart, 0.5)
    alone = float(whole / sparse.records)
    yield Goal("sparse: the same, the day's only record", kind, alone, 0.5, 1.34, _SHEETS)
    hourly = float(day.whole.write_units / day.records)
    hourly_name = "sparse: the same, 100 records in each hour of the day"
    yield Goal(hourly_name, kind, hourly, 0.5, 0.54, _FIXED)
    calls = sparse.records / sparse.metering_calls
    yield Goal("sparse: records per call", kind, calls, 24.5, is_least=True)

    drains = [lives[key] for key in ("steady 6x1", "steady 6x10")]
    units = max(float(life.drain.write_units / life.drains) for life in drains)
    name = "steady, 6 meters, 1 to 10 events: write units per drain"
    yield Goal(name, kind, units, 1.5)
    large = lives["steady 10000x10000"]
    large_units = float(large.drain.write_units / large.drains)
    yield Goal("steady, 10,000 meters, an event each: per drain", kind, large_units, 500)
    late_name = f"late drains: one of {late[-1].drains} against one of {late[0].drains}"
    yield Goal(late_name, kind, float(growth_of(late)), 1.1)
    beside = float(http_beside_sqs(results.sending))
    yield Goal("usage over HTTP: write units of the drain against SQS", kind, beside, 1)

    larger = float(growth_of_reads(results.large))
    larger_name = "records lists, a statement: read units among a million against 10,800"
    yield Goal(larger_name, kind, larger, 1)

    free, longest = results.recovery.free, results.recovery.longest
    free_name = "crash between call and answer: seconds until a retry may begin"
    yield Goal(free_name, kind, free.total_seconds(), 300)
    longest_name = "the same: until it begins, default schedule, worst moment"
    yield Goal(longest_name, kind, longest.total_seconds(), 300, 549, _LEASE)


def _timed(results: Results) -> Iterator[Goal]:
    kind, billing, fold = Kind.TIMED, results.billing, results.fold
    for one in results.processor:
        name = f"µs of processor time per event: {one.name}"
        yield Goal(name, kind, one.ours, 10, why=_CALLS)
    yield Goal("records per call at the quota", kind, billing.records_per_call, 24.5, is_least=True)
    speed = billing.records_per_second
    yield Goal("records a second at the quota", kind, speed, 240, is_least=True)
    yield Goal("fold: events a second", kind, fold.events_per_second, 500_000, is_least=True)
    yield Goal("fold: peak MiB for 1,000,000 events", kind, fold.peak_bytes / _MEBIBYTE, 300)
