"""A ledger in which a record is in every state, and hands that falsify it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from meterhouse.domain.journal.carrying import Carry
from meterhouse.domain.keys import LogKey, RecordKey
from meterhouse.ports.ledger import StoredSegment
from operations.findings import EVERYTHING, FaultKind, Findings, Scope
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import Meterhouse
from tests.unit.operations.builders import audited
from tests.unit.operations.lives import EveryState, find_record


@dataclass(slots=True)
class Books:
    """A ledger with a record in every state, and hands that falsify it."""

    ledger: InMemoryLedger
    house: Meterhouse
    keys: EveryState

    def audit(self, scope: Scope = EVERYTHING) -> Findings:
        return audited(self.ledger, self.house.clock.now(), scope)

    def segment(self, log: LogKey, place: int = 0) -> StoredSegment:
        return list(self.ledger.stored_segments[log].values())[place]

    def drop(self, log: LogKey, one: StoredSegment) -> None:
        del self.ledger.stored_segments[log][one.generation, one.name]

    def rewrite(self, log: LogKey, one: StoredSegment, blob: bytes) -> None:
        """Put other content under a segment's name."""
        self.ledger.append(log, replace(one, blob=blob))

    def refreeze(self, key: RecordKey, **changes: Any) -> None:
        """Change what is frozen in a record, and leave everything else."""
        self._change(key, lambda record: replace(record, sealed=replace(record.sealed, **changes)))

    def restate(self, key: RecordKey, **changes: Any) -> None:
        self._change(key, lambda record: replace(record, status=replace(record.status, **changes)))

    def _change(self, key: RecordKey, change: Callable[[Any], Any]) -> None:
        batch, place = find_record(self.ledger, key)
        records = [*batch.records]
        records[place] = change(records[place])
        self.ledger.stored_batches[batch.key] = replace(batch, records=tuple(records))

    def carry(self, kind: str) -> Carry:
        """Return a carry that leaves noon's hour."""
        (found,) = (
            one
            for (log, name), one in self.ledger.stored_carries.items()
            if log == self.keys.log and name.startswith(kind)
        )
        return found

    def arrival(self, carry: Carry) -> StoredSegment:
        return self.ledger.stored_segments[carry.target][carry.generation, carry.segment_name]


def difference(key: RecordKey) -> tuple[str, FaultKind]:
    return str(key), FaultKind.DIFFERENCE
