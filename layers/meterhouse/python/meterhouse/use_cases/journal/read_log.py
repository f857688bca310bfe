"""Gather what an hour log holds: manifests, batches, and the fold of everything that counts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from meterhouse.domain.journal.carrying import Carry
from meterhouse.domain.journal.folding import FOLD_EVENTS_MAX, Freeze, LogFold
from meterhouse.domain.journal.segments import HOME, decode_segment, why_unreadable
from meterhouse.domain.keys import LogKey, MeterKey, segment_label
from meterhouse.domain.records.record import Batch
from meterhouse.errors import JournalCorruptError
from meterhouse.ports.ledger import StoredSegment, UsageLedger

Manifests = Mapping[int, frozenset[str]]


@dataclass(slots=True)
class LogReading:
    """What was read of a log.

    Attributes:
        batches: everything that was frozen so far.
        fold: the distinct usage of the segments in manifests.
        unreadable: segments in manifests that cannot be read or are gone, as `<generation>#<name>`,
            with why.
        segments: how many segments were read into the fold.
        outside: segments of the generations that were not dealt with that are in no manifest.

    """

    batches: list[Batch]
    fold: LogFold
    unreadable: dict[str, str] = field(default_factory=dict)
    segments: int = 0
    outside: list[StoredSegment] = field(default_factory=list)


def read_closed_log(
    ledger: UsageLedger,
    log: LogKey,
    *,
    closed: int,
    done: int,
    events_max: int = FOLD_EVENTS_MAX,
    may_be_listed: bool = False,
) -> LogReading:
    """Read a log of which `closed` generations are closed; write the manifests that are missing.

    If the first `done` of them were dealt with before, only meters that have new usage or no record
    are folded. Tenants' usage is still to be named. If all but the last generation `may_be_listed`
    in a table that was lost, what had not arrived there counts in none of them. Raises
    FoldTooLargeError beyond the bounds of a fold.
    """
    batches = ledger.batches(log)
    manifests = ledger.manifests(log)
    first = min([done, *(g for g in range(closed) if g not in manifests)])
    fresh = list(ledger.segments(log, first, closed - 1))
    seen = _names_of(fresh)
    missing = [g for g in range(first, closed) if g not in manifests]
    for generation in missing:
        listed = [one for one in fresh if one.generation == generation and _can_read(one)]
        if may_be_listed and generation < closed - 1:
            listed = [one for one in listed if _has_arrived(ledger, one)]
        manifests[generation] = ledger.write_manifest(log, generation, {one.name for one in listed})
    if any(not manifests[generation] <= seen[generation] for generation in missing):
        # Another's manifest stands, and names what was written after our listing.
        fresh = list(ledger.segments(log, first, closed - 1))
    counted = [one for one in fresh if one.name in manifests[one.generation]]
    # What could not be read once may be of any meter.
    is_whole = first == 0 or any(batch.left_out for batch in batches)
    wanted = None if is_whole else _meters_of(counted)
    fold = LogFold(freezes_of(batches), wanted, events_max=events_max)
    reading = LogReading(batches, fold)
    # What any manifest names counts, wherever else it stands.
    named = frozenset[str]().union(*manifests.values())
    reading.outside = [one for one in fresh if one.name not in named]
    if first:
        _count(reading, ledger.segments(log, 0, first - 1), manifests, range(first))
    _count(reading, counted, manifests, range(first, closed))
    return reading


def read_whole_log(
    ledger: UsageLedger, log: LogKey, batches: list[Batch], *, events_max: int = FOLD_EVENTS_MAX
) -> LogReading:
    """Read everything that counts in a log, without a change; for the accounting."""
    reading = LogReading(batches, LogFold(freezes_of(batches), events_max=events_max))
    manifests = ledger.manifests(log)
    _count(reading, ledger.segments(log, 0), manifests, manifests)
    if reading.fold.unnamed:
        reading.fold.name(ledger.names(log))
    return reading


def freezes_of(batches: Iterable[Batch]) -> dict[MeterKey, Freeze]:
    """Return of what the record of each meter was frozen."""
    return {
        record.key.meter: freeze
        for batch in batches
        for freeze in [Freeze(batch.through, frozenset(batch.left_out))]
        for record in batch.records
    }


def _can_read(segment: StoredSegment) -> bool:
    return why_unreadable(segment.name, segment.blob) is None


def carry_behind(ledger: UsageLedger, origin: str) -> Carry | None:
    """Return the carry by which usage came from an origin, unless it is none or is not there."""
    home, _, name = origin.partition("/")
    return ledger.carries(LogKey.parse(home)).get(name) if origin else None


def _has_arrived(ledger: UsageLedger, segment: StoredSegment) -> bool:
    """Tell whether a segment surely counts where it is: its own hour's, or carried for good."""
    try:
        origin = decode_segment(segment.name, segment.blob).origin
        carry = carry_behind(ledger, origin)
    except JournalCorruptError:
        return False  # Who recovers it names what cannot be read.
    return origin == HOME or (carry is not None and carry.has_arrived)


def _names_of(segments: Iterable[StoredSegment]) -> dict[int, set[str]]:
    names = defaultdict[int, set[str]](set)
    for one in segments:
        names[one.generation].add(one.name)
    return names


def _meters_of(segments: Iterable[StoredSegment]) -> set[MeterKey]:
    meters: set[MeterKey] = set()
    for one in segments:
        try:
            meters.update(usage.meter for usage in decode_segment(one.name, one.blob).meters)
        except JournalCorruptError:
            continue  # Counting it will name it.
    return meters


def _count(
    reading: LogReading,
    segments: Iterable[StoredSegment],
    manifests: Manifests,
    generations: Iterable[int],
) -> None:
    """Add to the fold what the manifests of generations name, and note what cannot be added."""
    gone = {generation: {*manifests[generation]} for generation in generations}
    for one in segments:
        if one.name not in gone.get(one.generation, ()):
            continue
        gone[one.generation].remove(one.name)
        try:
            segment = decode_segment(one.name, one.blob)
        except JournalCorruptError as error:
            reading.unreadable[segment_label(one.generation, one.name)] = str(error)
            continue
        reading.fold.add(one.generation, one.name, segment)
        reading.segments += 1
    for generation, names in gone.items():
        for name in sorted(names):
            reading.unreadable[segment_label(generation, name)] = "it is there no more"
