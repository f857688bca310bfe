"""The in-memory ledger behind the gate: every method may crash, fail, stall or answer too late."""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from decimal import Decimal

from meterhouse.domain.accounting.sheets import DaySheet
from meterhouse.domain.allowances.allowance import AllowanceKey, Taking
from meterhouse.domain.journal.carrying import Carry
from meterhouse.domain.journal.head import Head
from meterhouse.domain.journal.naming import NamedSpan, Names
from meterhouse.domain.keys import LogKey, RecordKey
from meterhouse.domain.records.audit_trail import AuditEntry
from meterhouse.domain.records.record import Batch, BatchKey, MeteringRecord
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports.ledger import Due, Lease, StoredSegment
from tests.fakes.ledger import InMemoryLedger
from tests.simulation.lagging_index import Entry, LaggingIndex
from tests.simulation.notebook import Notebook
from tests.simulation.port_calls import READ_FAULTS, WRITE_FAULTS, Gate, port_call
from tests.simulation.rollout import Rollout
from tests.simulation.spikes import days_before
from tests.simulation.weather import Fault

# A query comes in pages; others write between them.
_SHORT_PAGES_PROBABILITY = 0.1
_SHORT_PAGE_ITEMS_MAX = 3
_PAGE_ITEMS = 1_000


class SimulatedLedger:
    """Implements `ports.ledger.UsageLedger` for one simulated deployment."""

    def __init__(self, gate: Gate, rollout: Rollout) -> None:
        self.gate = gate
        self.rollout = rollout
        self.inner = InMemoryLedger()
        self.index = LaggingIndex(gate, self._entry_of)
        self.notebook = Notebook(self.inner, gate.scheduler)
        self.has_past = False
        """Whether everybody was billed for a little before the history began."""

    @classmethod
    def restored(cls, lost: "SimulatedLedger", kept: InMemoryLedger) -> "SimulatedLedger":
        """Return a table that begins with the state of an earlier moment of a lost one.

        What is still on its way to the lost table never comes to this one.
        """
        new = cls(lost.gate, lost.rollout)
        new.inner = kept
        new.has_past = lost.has_past
        notebook = new.notebook = Notebook(kept, new.gate.scheduler)
        notebook.steps, notebook.happenings = lost.notebook.steps, lost.notebook.happenings
        keys: list[LogKey | BatchKey] = [*kept.stored_heads, *kept.stored_batches]
        for key in keys:
            new.index.follow(key)
        return new

    def records(self) -> dict[RecordKey, MeteringRecord]:
        """Return every record there is, for those who stand outside."""
        batches = self.inner.stored_batches.values()
        return {record.key: record for batch in batches for record in batch.records}

    def next_due_at(self) -> datetime | None:
        """Return when the next piece of unfinished work is due, for those who stand outside."""
        first = self.inner.due(now=None, count_max=1)
        return first[0].due_at if first else None

    def failure(self) -> Exception:
        return StorageUnavailableError("simulated")

    def twist[Answer](self, fault: Fault, effect: Callable[[], Answer]) -> Answer:
        # The SDK repeated a write that had been applied, and others wrote in between.
        if fault is Fault.CONFLICT_AFTER:
            effect()
        else:
            assert fault is Fault.CONFLICT
        return False  # type: ignore[return-value] # only writes that tell so have these faults

    @port_call(*WRITE_FAULTS)
    def append(self, log: LogKey, segment: StoredSegment) -> None:
        self.notebook.note_append(log, segment)
        self.rollout.note(log, segment)
        self.inner.append(log, segment)

    @port_call(*READ_FAULTS)
    def heads(self, logs: Sequence[LogKey]) -> dict[LogKey, Head]:
        return self.inner.heads(logs)

    def heads_between(self, first_at: datetime, last_at: datetime) -> Iterator[Head]:
        return self._paged(lambda page: self._heads_between(first_at, last_at, page))

    @port_call(*READ_FAULTS)
    def _heads_between(
        self, first_at: datetime, last_at: datetime, page: "_Page[Head]"
    ) -> list[Head]:
        return page.of(self.inner.heads_between(first_at, last_at), key=lambda head: head.log)

    @port_call(*WRITE_FAULTS, Fault.CONFLICT_AFTER)
    def open_log(self, log: LogKey, due_at: datetime, written_at: datetime | None) -> bool:
        is_new = self.inner.open_log(log, due_at, written_at)
        self.index.follow(log)
        return is_new

    @port_call(*WRITE_FAULTS, Fault.CONFLICT_AFTER)
    def wake(self, log: LogKey, generation: int, due_at: datetime, written_at: datetime) -> bool:
        self.notebook.note_waking(log, generation)
        is_told = self.inner.wake(log, generation, due_at, written_at)
        self.index.follow(log)
        return is_told

    @port_call(*WRITE_FAULTS)
    def take(self, head: Head, lease: Lease, now: datetime, until: datetime) -> bool:
        before = self.inner.stored_heads.get(head.log)
        is_taken = self.inner.take(head, lease, now, until)
        self.notebook.note_closing(before, head, is_taken=is_taken)
        self.index.follow(head.log)
        return is_taken

    @port_call(*WRITE_FAULTS)
    def release(self, lease: Lease, head: Head) -> bool:
        is_released = self.inner.release(lease, head)
        self.notebook.note_release(head, is_released=is_released)
        self.index.follow(lease.log)
        return is_released

    @port_call(*WRITE_FAULTS)
    def postpone(self, seen: Head, after: Head) -> bool:
        is_postponed = self.inner.postpone(seen, after)
        self.index.follow(seen.log)
        return is_postponed

    def segments(self, log: LogKey, first: int, last: int | None = None) -> Iterator[StoredSegment]:
        return self._paged(lambda page: self._segments(log, first, last, page))

    @port_call(*READ_FAULTS)
    def _segments(
        self, log: LogKey, first: int, last: int | None, page: "_Page[StoredSegment]"
    ) -> list[StoredSegment]:
        found = self.rollout.seen(log, self.inner.segments(log, first, last))
        return page.of(found, key=lambda one: (one.generation, one.name))

    @port_call(*READ_FAULTS)
    def manifests(self, log: LogKey) -> dict[int, frozenset[str]]:
        return self.inner.manifests(log)

    @port_call(*WRITE_FAULTS)
    def write_manifest(
        self, log: LogKey, generation: int, names: AbstractSet[str]
    ) -> frozenset[str]:
        self.notebook.note_manifest(log, generation)
        return self.inner.write_manifest(log, generation, names)

    @port_call(*READ_FAULTS)
    def names(self, log: LogKey) -> Names:
        return self.inner.names(log)

    @port_call(*WRITE_FAULTS, Fault.CONFLICT_AFTER)
    def write_names(self, lease: Lease, spans: Sequence[NamedSpan]) -> bool:
        return self.inner.write_names(lease, spans)

    @port_call(*WRITE_FAULTS, Fault.CONFLICT_AFTER)
    def freeze(
        self, lease: Lease, batches: Sequence[Batch], takings: Sequence[Taking] = ()
    ) -> bool:
        new = [batch for batch in batches if batch.key not in self.inner.stored_batches]
        is_frozen = self.inner.freeze(lease, batches, takings)
        is_held = self.inner.leases.get(lease.log) == lease.token
        self.notebook.note_freezing(new, is_frozen=is_frozen, is_held=is_held)
        for batch in batches:
            self.index.follow(batch.key)
        return is_frozen

    @port_call(*READ_FAULTS)
    def taken(self, keys: Sequence[AllowanceKey]) -> dict[AllowanceKey, Decimal]:
        return self.inner.taken(keys)

    def batches(self, log: LogKey) -> list[Batch]:
        return list(self._paged(lambda page: self._batches(log, page)))

    @port_call(*READ_FAULTS)
    def _batches(self, log: LogKey, page: "_Page[Batch]") -> list[Batch]:
        return page.of(self.inner.batches(log), key=lambda batch: batch.key)

    @port_call(*READ_FAULTS)
    def read_batch(self, key: BatchKey) -> Batch | None:
        return self.inner.read_batch(key)

    @port_call(*WRITE_FAULTS, Fault.CONFLICT, Fault.CONFLICT_AFTER)
    def store(self, batch: Batch) -> bool:
        before = self.inner.stored_batches.get(batch.key)
        is_stored = self.inner.store(batch)
        self.notebook.note_step(before, batch, is_stored=is_stored)
        self.index.follow(batch.key)
        return is_stored

    @port_call(*READ_FAULTS)
    def carries(self, log: LogKey) -> dict[str, Carry]:
        return self.inner.carries(log)

    @port_call(*WRITE_FAULTS)
    def write_carry(self, carry: Carry, *, keeper: Carry | None = None) -> Carry:
        before = self.inner.stored_carries.get((carry.log, carry.name))
        stands = self.inner.write_carry(carry, keeper=keeper)
        self.notebook.note_carry(before, stands)
        return stands

    def store_audited(
        self, entry: AuditEntry, batch: Batch | None, carries: Sequence[Carry]
    ) -> bool:
        raise AssertionError(f"no history settles anything: {entry} {batch} {carries}")

    @port_call(*READ_FAULTS)
    def due(self, *, now: datetime | None, count_max: int) -> list[Due]:
        due = [one for one in self.index.due() if now is None or one.due_at <= now]
        return sorted(due, key=lambda one: (one.due_at, str(one.key)))[:count_max]

    @port_call(*READ_FAULTS)
    def refused(self, *, count_max: int) -> list[BatchKey]:
        return sorted(self.index.refused())[:count_max]

    @port_call(*WRITE_FAULTS)
    def write_sheet(self, sheet: DaySheet) -> None:
        self.inner.write_sheet(sheet)

    @port_call(*READ_FAULTS)
    def sheets(
        self, subscription: SubscriptionKey, first_at: datetime, last_at: datetime
    ) -> list[DaySheet]:
        past = days_before(subscription, first_at) if self.has_past else []
        return [*past, *self.inner.sheets(subscription, first_at, last_at)]

    def _paged[Item](self, read: "Callable[[_Page[Item]], list[Item]]") -> Iterator[Item]:
        random = self.gate.weather.random
        is_short = self.gate.weather.is_on and random.random() < _SHORT_PAGES_PROBABILITY
        size = random.randint(1, _SHORT_PAGE_ITEMS_MAX) if is_short else _PAGE_ITEMS
        page = _Page[Item](size)
        while not page.is_last:
            yield from read(page)

    def _entry_of(self, key: LogKey | BatchKey) -> Entry:
        if isinstance(key, LogKey):
            head = self.inner.stored_heads.get(key)
            return Entry(None if head is None else head.due_at)
        batch = self.inner.stored_batches.get(key)
        if batch is None:
            return Entry(None)
        return Entry(batch.due_at, is_refused=batch.due_at is None and batch.needs_person)


class _Page[Item]:
    """Where a query stands that comes in pages."""

    def __init__(self, size: int) -> None:
        self.is_last = False
        self._size = size
        self._after: object = None

    def of(self, items: Iterator[Item] | list[Item], key: Callable[[Item], object]) -> list[Item]:
        """Return the next page of items that stand in the order of their keys."""
        left = [one for one in items if self._after is None or key(one) > self._after]  # type: ignore[operator] # keys are tuples
        self.is_last = len(left) <= self._size
        page = left[: self._size]
        if page:
            self._after = key(page[-1])
        return page

    def __str__(self) -> str:
        return "" if self._after is None else "next page"
