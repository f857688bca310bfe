"""What it costs to look something up, in read units."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bench.counting import Bench
from bench.playing import Play, playing
from bench.shapes import ShapeName, build_shape
from meterhouse.domain.calls.payload import UsageRecord
from meterhouse.domain.records.answers import CallAnswer, Throttled
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.record import BatchKey

RECORDS = 1_000


@dataclass(frozen=True, slots=True)
class HourReading:
    """What reading one hour log of everybody costs in read units.

    Attributes:
        records: how many records it has.
        events: how many events.
        batches: its records and where they stand.
        segments: its events, and which of them count.

    """

    records: int
    events: int
    batches: Decimal
    segments: Decimal


@dataclass(frozen=True, slots=True)
class LookUps:
    """What looking up costs in read units.

    Attributes:
        hour: one hour of everybody, the largest shape.
        unfinished_index: finding `records` that are not finished, in the index.
        unfinished: the same, and reading them.
        refused: reading the hour in which as many were refused.

    """

    hour: HourReading
    records: int
    unfinished_index: Decimal
    unfinished: Decimal
    refused: Decimal


class Unreachable:
    """Implements `meterhouse.ports.Metering`: AWS takes no call."""

    def batch_meter_usage(
        self, product_code: str | None, records: Sequence[UsageRecord]
    ) -> CallAnswer:
        """Bill nothing."""
        del product_code, records
        return Throttled()


def read_hour(play: Play) -> HourReading:
    """Read the only hour of a play that is over, first its records and then its events."""
    ledger, [head] = play.deployment.ports.ledger, play.heads()

    def read_segments() -> None:
        ledger.manifests(head.log)
        list(ledger.segments(head.log, 0))

    return HourReading(
        records=play.shape.record_count,
        events=play.shape.event_count,
        batches=_units_of(play, lambda: ledger.batches(head.log)),
        segments=_units_of(play, read_segments),
    )


def count_look_ups(bench: Bench, hour: HourReading, records: int = RECORDS) -> LookUps:
    """Count what finding and reading unfinished and refused records costs."""
    index, whole = _read_unfinished(bench, records)
    return LookUps(hour, records, index, whole, _read_refused(bench, records))


def _read_unfinished(bench: Bench, records: int) -> tuple[Decimal, Decimal]:
    shape = build_shape(ShapeName.SPARSE, records)
    with playing(shape, *bench.account(), metering=Unreachable()) as play:
        _drain_and_close(play)
        ledger = play.deployment.ports.ledger
        keys: list[BatchKey] = []

        def find() -> None:
            due = ledger.due(now=None, count_max=records)
            keys.extend(one.key for one in due if isinstance(one.key, BatchKey))

        index = _units_of(play, find)
        whole = index + _units_of(play, lambda: [ledger.read_batch(key) for key in keys])
        found = sum(len(batch.records) for batch in map(ledger.read_batch, keys) if batch)
    _expect(found, records)
    return index, whole


def _read_refused(bench: Bench, records: int) -> Decimal:
    """Let AWS's deadline pass for subscriptions that never became known."""
    shape = build_shape(ShapeName.SPARSE, records)
    with playing(shape, *bench.account(), is_registered=False) as play:
        _drain_and_close(play)
        play.finish()
        ledger, [head] = play.deployment.ports.ledger, play.heads()
        units = _units_of(play, lambda: ledger.batches(head.log))
        states = [one.state for batch in ledger.batches(head.log) for one in batch.records]
    _expect(states.count(RecordState.REJECTED), records)
    return units


def _drain_and_close(play: Play) -> None:
    for drain in play.shape.drains:
        play.drain(drain)
    play.close()


def _units_of(play: Play, work: Callable[[], object]) -> Decimal:
    with play.recorder.spending() as spent:
        work()
    return spent.read_units


def _expect(found: int, records: int) -> None:
    if found != records:
        raise ValueError(f"{found} of {records} records were found")
