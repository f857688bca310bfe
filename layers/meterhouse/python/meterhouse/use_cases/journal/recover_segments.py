"""Recover segments that were left out of a manifest, because nobody could read them (ADR 0013)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from meterhouse.domain.journal.head import Head
from meterhouse.domain.journal.segments import decode_segment, why_unreadable
from meterhouse.domain.keys import LogKey, segment_label
from meterhouse.errors import JournalCorruptError
from meterhouse.ports.ledger import StoredSegment, UsageLedger
from meterhouse.ports.process import Clock, Report
from meterhouse.use_cases.journal.read_log import carry_behind

_GONE = "it is there no more"
_UNDECIDED = "the hour that it was carried from has not decided yet where it counts"


@dataclass(frozen=True, slots=True)
class RecoverSegments:
    """The use case; see `__call__`."""

    ledger: UsageLedger
    clock: Clock
    report: Report

    def __call__(
        self, head: Head, outside: Sequence[StoredSegment], generation: int
    ) -> tuple[str, ...]:
        """Append what is in no manifest to the open generation, where it is usage like any other.

        That is what `head` says was set aside, and what is `outside`. It does no harm if it is in
        the journal already, since repeats are dropped. Return, as `<generation>#<name>`, what still
        cannot be recovered; each is reported, at every look.
        """
        still: dict[str, str] = {}
        for name, segment in {**dict(self._aside(head)), **_by_name(outside)}.items():
            trouble = _GONE if segment is None else self._recover(head.log, segment, generation)
            if trouble is not None:
                still[name] = trouble
        for name, trouble in still.items():
            self.report.failure(
                "segment_unreadable", log=str(head.log), segment=name, error=trouble
            )
        return tuple(still)

    def _aside(self, head: Head) -> Iterator[tuple[str, StoredSegment | None]]:
        generations = {int(name.partition("#")[0]) for name in head.aside}
        found: dict[str, StoredSegment] = {}
        for generation in sorted(generations):
            found |= _by_name(self.ledger.segments(head.log, generation, generation))
        for name in head.aside:
            yield name, found.get(name)

    def _recover(self, log: LogKey, segment: StoredSegment, generation: int) -> str | None:
        """Append a segment again; tell why not, if it may count and cannot be appended yet."""
        damage = why_unreadable(segment.name, segment.blob)
        if damage is not None:
            return damage
        try:
            origin = decode_segment(segment.name, segment.blob).origin
        except JournalCorruptError as error:
            return str(error)
        if origin:
            carry = carry_behind(self.ledger, origin)
            if carry is None:
                return _UNDECIDED
            if carry.target != log or segment.generation < carry.generation:
                return None  # It counts elsewhere; in a later generation it was recovered before.
            if not carry.has_arrived:
                return _UNDECIDED
        now = self.clock.now()
        self.ledger.append(log, replace(segment, generation=generation))
        self.ledger.wake(log, generation, now, now)
        return None


def _by_name(segments: Iterable[StoredSegment]) -> dict[str, StoredSegment]:
    return {segment_label(one.generation, one.name): one for one in segments}
