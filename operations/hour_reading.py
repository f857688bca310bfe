"""Reading an hour: everything that counts in its log, and what would if it were closed now."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from meterhouse.domain.journal.carrying import Carry
from meterhouse.domain.journal.folding import FOLD_EVENTS_MAX, LogFold
from meterhouse.domain.journal.head import Head
from meterhouse.domain.journal.naming import Names
from meterhouse.domain.journal.segments import Segment, decode_segment
from meterhouse.domain.keys import LogKey, MeterKey, segment_label
from meterhouse.domain.records.record import Batch, MeteringRecord
from meterhouse.domain.subscriptions.identity import SubscriptionKey, is_tenant
from meterhouse.errors import FoldTooLargeError, JournalCorruptError
from meterhouse.ports.ledger import StoredSegment, UsageLedger
from meterhouse.use_cases.journal.read_log import freezes_of
from operations.errors import OperationError

# Whoever asks has more memory than a function.
EVENTS_MAX = 10 * FOLD_EVENTS_MAX


@dataclass(slots=True)
class HourReading:
    """What was read of one hour log.

    Attributes:
        head: as it was before everything else was read.
        carries: what leaves the hour, by name.
        batches: everything that was frozen.
        manifests: the names of the segments that count, by closed generation.
        fold: the distinct usage, of one subscription alone if only that was asked for.
        missing: segments that count and are not there, as `<generation>#<name>`.
        unreadable: segments that count and cannot be read, with why.
        dealt_with: meters with usage that was to be frozen when the head was read.

    """

    head: Head
    carries: dict[str, Carry]
    batches: list[Batch]
    manifests: dict[int, frozenset[str]]
    fold: LogFold
    missing: set[str] = field(default_factory=set)
    unreadable: dict[str, str] = field(default_factory=dict)
    dealt_with: set[MeterKey] = field(default_factory=set)

    @property
    def log(self) -> LogKey:
        """The hour and its shard."""
        return self.head.log

    @property
    def is_finished(self) -> bool:
        """Tell whether everything was frozen and carried that there was when the head was read."""
        return self.head.is_balanced or self.head.due_at is None

    @property
    def records(self) -> Iterator[tuple[Batch, int, MeteringRecord]]:
        """Every record, with its batch and its place in that."""
        for batch in self.batches:
            for place, record in enumerate(batch.records):
                yield batch, place, record


def read_hour(
    ledger: UsageLedger,
    head: Head,
    only: SubscriptionKey | None,
    *,
    events_max: int = EVENTS_MAX,
) -> HourReading:
    """Read an hour log; what moves meanwhile is then usage that still waits, and no difference.

    A segment counts if its generation's manifest names it. A generation without a manifest is open,
    or being closed: what can be read of it is counted, as its manifest will name it.
    """
    carries = ledger.carries(head.log)
    batches = ledger.batches(head.log)
    manifests = ledger.manifests(head.log)
    names = ledger.names(head.log)
    fold = LogFold(freezes_of(batches), events_max=events_max)
    reading = HourReading(head, carries, batches, manifests, fold)
    reading.missing = {segment_label(g, name) for g, names in manifests.items() for name in names}
    for one in ledger.segments(head.log, 0):
        named = manifests.get(one.generation)
        if named is None or one.name in named:
            reading.missing.discard(segment_label(one.generation, one.name))
            _count(reading, one, only, names)
    fold.name(names)
    if only is not None:
        fold.meters = {key: one for key, one in fold.meters.items() if key.subscription == only}
    return reading


def _count(
    reading: HourReading, stored: StoredSegment, only: SubscriptionKey | None, names: Names
) -> None:
    try:
        segment = decode_segment(stored.name, stored.blob)
    except JournalCorruptError as error:
        reading.unreadable[segment_label(stored.generation, stored.name)] = str(error)
        return
    if only is not None:
        meters = tuple(
            one
            for one in segment.meters
            if one.meter.subscription == only or is_tenant(one.meter.subscription)
        )
        segment = replace(segment, meters=meters)
    try:
        reading.fold.add(stored.generation, stored.name, segment)
    except FoldTooLargeError as error:
        raise OperationError(
            f"hour {reading.log} does not fit into memory: {error}; ask for one subscription"
        ) from error
    if stored.generation < reading.head.done:
        reading.dealt_with |= _used(segment, names)


def _used(segment: Segment, names: Names) -> set[MeterKey]:
    """Return the meters with units in a segment, as those are named who pay for tenants."""
    return {
        names.payer_of(one.meter, one.earliest_at)
        for one in segment.meters
        if any(quantity for quantity, _ in segment.entries[one.start : one.end])
    }
