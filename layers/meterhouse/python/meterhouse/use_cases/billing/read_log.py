"""Gather what an hour log holds: manifests, batches, and the fold of everything that counts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from meterhouse.domain.journal.folding import FOLD_EVENTS_MAX, LogFold
from meterhouse.domain.journal.hour_log import LogKey
from meterhouse.domain.journal.segments import decode_segment, why_unreadable
from meterhouse.domain.keys import MeterKey
from meterhouse.domain.records.record import Batch
from meterhouse.errors import JournalCorruptError
from meterhouse.ports import StoredSegment, UsageLedger

Manifests = Mapping[int, frozenset[str]]


@dataclass(slots=True)
class LogReading:
    """What was read of a log.

    Attributes:
        batches: everything that was frozen so far.
        fold: the distinct usage of the segments in manifests.
        unreadable: segments in manifests that cannot be read, with why.
        aside: segments in no manifest that cannot be read, as `<generation>#<name>`, with why.

    """

    batches: list[Batch]
    fold: LogFold
    unreadable: dict[str, str] = field(default_factory=dict)
    aside: dict[str, str] = field(default_factory=dict)


def read_closed_log(
    ledger: UsageLedger, log: LogKey, *, closed: int, done: int, events_max: int = FOLD_EVENTS_MAX
) -> LogReading:
    """Read a log of which `closed` generations are closed; write the manifests that are missing.

    If the first `done` of them were dealt with before, only meters that have new usage or no record
    are folded. Raises FoldTooLargeError beyond the bounds of a fold.
    """
    batches = ledger.batches(log)
    through = through_of(batches)
    manifests = ledger.manifests(log)
    first = min([done, *(g for g in range(closed) if g not in manifests)])
    fresh = list(ledger.segments(log, first, closed - 1))
    aside: dict[str, str] = {}
    for generation in range(first, closed):
        if generation not in manifests:
            names = _readable(fresh, generation, aside)
            manifests[generation] = ledger.write_manifest(log, generation, names)
    counted = [one for one in fresh if one.name in manifests[one.generation]]
    wanted = None if first == 0 else _meters_of(counted)
    fold = LogFold(through, wanted, events_max=events_max)
    reading = LogReading(batches, fold, aside=aside)
    if first:
        _count(reading, ledger.segments(log, 0, first - 1), manifests)
    _count(reading, counted, manifests)
    return reading


def read_whole_log(
    ledger: UsageLedger, log: LogKey, batches: list[Batch], *, events_max: int = FOLD_EVENTS_MAX
) -> LogReading:
    """Read everything that counts in a log, without a change; for the accounting."""
    reading = LogReading(batches, LogFold(through_of(batches), events_max=events_max))
    _count(reading, ledger.segments(log, 0), ledger.manifests(log))
    return reading


def through_of(batches: Iterable[Batch]) -> dict[MeterKey, int]:
    """Return through which generation each meter was frozen."""
    return {record.key.meter: batch.through for batch in batches for record in batch.records}


def _readable(segments: list[StoredSegment], generation: int, aside: dict[str, str]) -> set[str]:
    """Return the segments of a generation that can be read; note the others, and why."""
    names = set()
    for one in segments:
        if one.generation == generation:
            reason = why_unreadable(one.name, one.blob)
            if reason is None:
                names.add(one.name)
            else:
                aside[f"{one.generation}#{one.name}"] = reason
    return names


def _meters_of(segments: Iterable[StoredSegment]) -> set[MeterKey]:
    meters: set[MeterKey] = set()
    for one in segments:
        try:
            meters.update(usage.meter for usage in decode_segment(one.name, one.blob).meters)
        except JournalCorruptError:
            continue  # Counting it will name it.
    return meters


def _count(reading: LogReading, segments: Iterable[StoredSegment], manifests: Manifests) -> None:
    for one in segments:
        if one.name not in manifests.get(one.generation, ()):
            continue
        try:
            segment = decode_segment(one.name, one.blob)
        except JournalCorruptError as error:
            reading.unreadable[f"{one.generation}#{one.name}"] = str(error)
            continue
        reading.fold.add(one.generation, segment)
