"""The in-memory ledger behind the gate: every method may crash, fail, stall or answer too late."""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from meterhouse.domain.identity import SubscriptionKey
from meterhouse.domain.keys import AccountKey, RecordKey
from meterhouse.domain.records import Change, MeteringRecord
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports import CommitResult, JournalResult, JournalWrite
from tests.fakes.ledger import InMemoryLedger
from tests.simulation.port_calls import READ_FAULTS, WRITE_FAULTS, Gate, port_call
from tests.simulation.weather import Fault

if TYPE_CHECKING:
    from meterhouse.domain.lifecycle import RecordState


class LaggingIndex:
    """The due index as queries see it: each change arrives there some time later."""

    def __init__(self, gate: Gate, records: dict[RecordKey, MeteringRecord]) -> None:
        self._gate = gate
        self._records = records
        self._seen: dict[RecordKey, tuple[int, datetime | None]] = {}
        self._on_its_way: list[tuple[int, int, RecordKey, int, datetime | None]] = []
        self._changes = 0

    def follow(self, key: RecordKey | None) -> None:
        """Let a changed record's entry set out."""
        record = None if key is None else self._records.get(key)
        if record is None:
            return
        self._changes += 1
        weather = self._gate.weather
        lag_ms = weather.latency_ms()
        if weather.is_on and weather.random.random() < weather.rate:
            lag_ms = weather.stall_ms()
        arrives_ms = self._gate.scheduler.now_ms + lag_ms
        entry = (arrives_ms, self._changes, record.key, record.version, record.due_at)
        heapq.heappush(self._on_its_way, entry)

    def entries(self) -> Iterator[tuple[datetime, RecordKey]]:
        """Yield what stands in the index at present."""
        while self._on_its_way and self._on_its_way[0][0] <= self._gate.scheduler.now_ms:
            _, _, key, version, due_at = heapq.heappop(self._on_its_way)
            if version > self._seen.get(key, (0, None))[0]:
                self._seen[key] = (version, due_at)
        for key, (_, due_at) in self._seen.items():
            if due_at is not None:
                yield due_at, key


class SimulatedLedger:
    """Implements `meterhouse.ports.UsageLedger` for one simulated deployment."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.inner = InMemoryLedger()
        self.steps: Counter[tuple[RecordState, RecordState]] = Counter()
        self.index = LaggingIndex(gate, self.inner.records)
        self.writes_of_several_pages = 0

    def failure(self) -> Exception:
        return StorageUnavailableError("simulated")

    def twist[Answer](self, fault: Fault, effect: Callable[[], Answer]) -> Answer:
        match fault:
            case Fault.CONFLICT:
                return CommitResult.CONFLICT  # type: ignore[return-value] # only `commit` has it
            case Fault.CONFLICT_AFTER:
                # The SDK repeated a write that had been applied, and others wrote in between.
                effect()
                return CommitResult.CONFLICT  # type: ignore[return-value] # only `commit` has it
            case Fault.TORN:
                return self._tear(effect)
            case _:
                raise AssertionError(fault)

    def _tear[Answer](self, effect: Callable[[], Answer]) -> Answer:
        """Read headers first and page items later, as the table does."""
        header = effect()
        self.gate.scheduler.sleep(self.gate.weather.latency_ms())
        now = effect()
        if isinstance(header, MeteringRecord) and isinstance(now, MeteringRecord):
            return replace(header, pages=now.pages)
        return now

    def journal(self, writes: Sequence[JournalWrite]) -> list[JournalResult]:
        results = []
        for write in writes:
            try:
                results.append(self._journal(write))
            except StorageUnavailableError:
                results.append(JournalResult.FAILED)
        return results

    @port_call(*WRITE_FAULTS)
    def _journal(self, write: JournalWrite) -> JournalResult:
        (result,) = self.inner.journal([write])
        is_written = result is JournalResult.WRITTEN
        self.writes_of_several_pages += is_written and len(write.pages) > 1
        self.index.follow(write.key)
        return result

    @port_call(*WRITE_FAULTS, Fault.CONFLICT, Fault.CONFLICT_AFTER)
    def commit(
        self, change: Change, target: RecordKey | None = None, target_due_at: datetime | None = None
    ) -> CommitResult:
        before = self.inner.records.get(change.record.key)
        result = self.inner.commit(change, target, target_due_at)
        if before is not None and result is CommitResult.COMMITTED:
            self.steps[before.state, change.record.state] += 1
        self.index.follow(change.record.key)
        self.index.follow(target)
        return result

    def read(self, keys: Sequence[RecordKey]) -> dict[RecordKey, MeteringRecord]:
        return {record.key: record for record in self.read_each(keys)}

    def read_each(self, keys: Sequence[RecordKey]) -> Iterator[MeteringRecord]:
        for key in dict.fromkeys(keys):
            record = self._read(key)
            if record is not None:
                yield record

    @port_call(*READ_FAULTS, Fault.TORN)
    def _read(self, key: RecordKey) -> MeteringRecord | None:
        return self.inner.records.get(key)

    @port_call(*READ_FAULTS)
    def due_keys(
        self, *, now: datetime, count_max: int, skip: AbstractSet[RecordKey] = frozenset()
    ) -> list[RecordKey]:
        due = [entry for entry in self.index.entries() if entry[0] <= now]
        return [key for _, key in sorted(due) if key not in skip][:count_max]

    @port_call(*READ_FAULTS)
    def unfinished_keys(
        self, *, count_max: int, subscription: SubscriptionKey | None = None
    ) -> list[RecordKey]:
        keys = (key for _, key in sorted(self.index.entries()))
        return [key for key in keys if subscription in (None, key.subscription)][:count_max]

    @port_call(*WRITE_FAULTS)
    def open_idle(self, keys: Sequence[RecordKey], due_at: datetime) -> None:
        self.inner.open_idle(keys, due_at)
        for key in keys:
            self.index.follow(key)

    @port_call(*READ_FAULTS)
    def beaten_hour(self) -> datetime | None:
        return self.inner.beaten_hour()

    @port_call(*WRITE_FAULTS)
    def note_beaten_hour(self, hour_at: datetime) -> None:
        self.inner.note_beaten_hour(hour_at)

    @port_call(*WRITE_FAULTS)
    def register_accounts(self, accounts: Sequence[AccountKey]) -> None:
        self.inner.register_accounts(accounts)

    def accounts(self) -> Iterator[AccountKey]:
        yield from self._accounts()

    @port_call(*READ_FAULTS)
    def _accounts(self) -> list[AccountKey]:
        return list(self.inner.accounts())

    def read_account(self, account: AccountKey, since: datetime | None) -> Iterator[MeteringRecord]:
        # The records come page by page, and others write meanwhile.
        for record in self._read_account(account, since):
            yield self.inner.records[record.key]

    @port_call(*READ_FAULTS)
    def _read_account(self, account: AccountKey, since: datetime | None) -> list[MeteringRecord]:
        return list(self.inner.read_account(account, since))
