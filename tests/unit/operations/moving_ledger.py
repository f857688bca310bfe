"""A ledger in which usage moves while somebody reads it, in an order that a seed decides."""

import random
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

import greenlet

from meterhouse.domain.allowances.allowance import Taking
from meterhouse.domain.journal.carrying import Carry
from meterhouse.domain.journal.head import Head
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.record import Batch, BatchKey
from meterhouse.ports.ledger import Due, Lease, StoredSegment
from tests.fakes.ledger import InMemoryLedger

# How often it is the writer's turn rather than the reader's.
SHARES_OF_WRITES = (0.01, 0.03, 0.1, 0.2)


class MovingLedger(InMemoryLedger):
    """Lets others go on before each of its calls, and between two segments."""

    def __init__(self) -> None:
        super().__init__()
        self._others: greenlet.greenlet | None = None

    def run(self, write: Callable[[], None], read: Callable[[], None], seed: int) -> None:
        """Let somebody write, and somebody else read again and again meanwhile."""
        choice = random.Random(seed)  # noqa: S311 - an order, and no secret
        share = choice.choice(SHARES_OF_WRITES)
        self._others = greenlet.getcurrent()
        writer = greenlet.greenlet(write)

        def read_on() -> None:
            while not writer.dead:
                read()

        reader = greenlet.greenlet(read_on)
        while not (writer.dead and reader.dead):
            is_writers = reader.dead or choice.random() < share
            (writer if is_writers and not writer.dead else reader).switch()
        self._others = None

    def _pause(self) -> None:
        if self._others is not None and greenlet.getcurrent() is not self._others:
            self._others.switch()

    def append(self, log: LogKey, segment: StoredSegment) -> None:
        self._pause()
        super().append(log, segment)

    def heads(self, logs: Sequence[LogKey]) -> dict[LogKey, Head]:
        self._pause()
        return super().heads(logs)

    def heads_between(self, first_at: datetime, last_at: datetime) -> Iterator[Head]:
        self._pause()
        return iter(list(super().heads_between(first_at, last_at)))

    def open_log(self, log: LogKey, due_at: datetime, written_at: datetime | None) -> bool:
        self._pause()
        return super().open_log(log, due_at, written_at)

    def wake(self, log: LogKey, generation: int, due_at: datetime, written_at: datetime) -> bool:
        self._pause()
        return super().wake(log, generation, due_at, written_at)

    def take(self, head: Head, lease: Lease, now: datetime, until: datetime) -> bool:
        self._pause()
        return super().take(head, lease, now, until)

    def release(self, lease: Lease, head: Head) -> bool:
        self._pause()
        return super().release(lease, head)

    def postpone(self, seen: Head, after: Head) -> bool:
        self._pause()
        return super().postpone(seen, after)

    def segments(self, log: LogKey, first: int, last: int | None = None) -> Iterator[StoredSegment]:
        """Read one after the other, as DynamoDB reads page after page."""
        seen: tuple[int, str] = (first, "")
        while True:
            self._pause()
            there = super().segments(log, first, last)
            one = next((one for one in there if (one.generation, one.name) > seen), None)
            if one is None:
                return
            seen = (one.generation, one.name)
            yield one

    def manifests(self, log: LogKey) -> dict[int, frozenset[str]]:
        self._pause()
        return super().manifests(log)

    def write_manifest(
        self, log: LogKey, generation: int, names: AbstractSet[str]
    ) -> frozenset[str]:
        self._pause()
        return super().write_manifest(log, generation, names)

    def freeze(
        self, lease: Lease, batches: Sequence[Batch], takings: Sequence[Taking] = ()
    ) -> bool:
        self._pause()
        return super().freeze(lease, batches, takings)

    def batches(self, log: LogKey) -> list[Batch]:
        self._pause()
        return super().batches(log)

    def read_batch(self, key: BatchKey) -> Batch | None:
        self._pause()
        return super().read_batch(key)

    def store(self, batch: Batch) -> bool:
        self._pause()
        return super().store(batch)

    def carries(self, log: LogKey) -> dict[str, Carry]:
        self._pause()
        return super().carries(log)

    def write_carry(self, carry: Carry, *, keeper: Carry | None = None) -> Carry:
        self._pause()
        return super().write_carry(carry, keeper=keeper)

    def due(self, *, now: datetime | None, count_max: int) -> list[Due]:
        self._pause()
        return super().due(now=now, count_max=count_max)
