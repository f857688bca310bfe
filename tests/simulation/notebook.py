"""What happened in a ledger, counted for `reach`: nobody in the simulated world reads it."""

from collections import Counter
from collections.abc import Sequence

from meterhouse.domain.journal.carrying import Carry, has_met
from meterhouse.domain.journal.head import Head
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.record import Batch
from meterhouse.ports.ledger import StoredSegment
from tests.fakes.ledger import InMemoryLedger
from tests.simulation.scheduler import Process, Scheduler

Step = tuple[RecordState | None, RecordState]
"""From one state to another; from None where a record comes into being."""


class Notebook:
    """Counts steps of records, and what befell logs; the ledger tells it of every write."""

    def __init__(self, ledger: InMemoryLedger, scheduler: Scheduler) -> None:
        self.steps: Counter[Step] = Counter()
        self.happenings: Counter[str] = Counter()
        self._ledger = ledger
        self._scheduler = scheduler
        self._appended: dict[tuple[Process, LogKey], dict[str, int]] = {}
        self._carried: set[str] = set()
        self._aside: dict[LogKey, tuple[str, ...]] = {}

    def note_append(self, log: LogKey, segment: StoredSegment) -> None:
        """Take note that somebody appends."""
        process = self._scheduler.task.process
        if process is None or segment.name in self._carried:
            return
        appended = self._appended.setdefault((process, log), {})
        if appended.get(segment.name, segment.generation) != segment.generation:
            self.happenings["generation closed under a drain"] += 1
        appended[segment.name] = segment.generation
        if len(appended) > 1:
            self.happenings["several segments of one log and drain"] += 1

    def note_waking(self, log: LogKey, generation: int) -> None:
        """Take note that somebody tells of usage."""
        head = self._ledger.stored_heads.get(log)
        if head is None or head.open != generation:
            self.happenings["log closed before it was woken"] += 1
        elif head.due_at is None:
            self.happenings["log woken that was dealt with"] += 1

    def note_closing(self, before: Head | None, head: Head, *, is_taken: bool) -> None:
        """Take note that somebody closes a log."""
        if not is_taken or before is None:
            self.happenings["lease refused"] += 1
            return
        if before.leased_until is not None:
            self.happenings["closing resumed after a crash"] += 1
        if not head.is_settled:
            self.happenings["log closed early by a flush"] += 1

    def note_release(self, head: Head, *, is_released: bool) -> None:
        """Take note that a closing has ended."""
        if not is_released:
            self.happenings["lease lost before its end"] += 1
            return
        if head.waiting:
            self.happenings["log waiting for an unknown subscription"] += 1
        before = self._aside.get(head.log, ())
        self.happenings["segment set aside"] += len({*head.aside} - {*before})
        self.happenings["segment recovered"] += len({*before} - {*head.aside})
        self._aside[head.log] = head.aside

    def note_manifest(self, log: LogKey, generation: int) -> None:
        """Take note that somebody writes a manifest."""
        if (log, generation) in self._ledger.stored_manifests:
            self.happenings["manifest that stood already"] += 1

    def note_freezing(self, new: Sequence[Batch], *, is_frozen: bool, is_held: bool) -> None:
        """Take note that somebody freezes batches."""
        if not is_frozen:
            why = "somebody took included units" if is_held else "the lease was lost"
            self.happenings[f"freezing refused, {why}"] += 1
            return
        for batch in new:
            self.steps.update((None, record.state) for record in batch.records)

    def note_step(self, before: Batch | None, after: Batch, *, is_stored: bool) -> None:
        """Take note that somebody steps a batch's records."""
        if not is_stored or before is None:
            self.happenings["step refused, somebody was first"] += 1
            return
        for one, other in zip(before.records, after.records, strict=True):
            if one.status != other.status:
                self.steps[one.state, other.state] += 1

    def note_carry(self, before: Carry | None, stands: Carry) -> None:
        """Take note of what is carried, and where to."""
        self._carried.add(stands.segment_name)
        if before is None:
            self.happenings[f"carried: {stands.name.partition('#')[0]}"] += 1
            if stands.name.startswith("late#") and has_met(stands.origin):
                self.happenings["carried: late again, and has met its allowance"] += 1
        elif (before.target, before.generation) != (stands.target, stands.generation):
            self.happenings["carry sent elsewhere, its target had closed"] += 1
