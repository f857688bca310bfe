"""The index of unfinished work as queries see it: each change arrives there some time later."""

import heapq
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.record import BatchKey
from meterhouse.ports.ledger import Due
from tests.simulation.port_calls import Gate

Work = LogKey | BatchKey


class Entry(NamedTuple):
    """What the index holds of a head or a batch: when it is due, or that it needs a person."""

    due_at: datetime | None
    is_refused: bool = False


class LaggingIndex:
    """Heads and batches as they stood some time ago; `entry_of` asks the table itself."""

    def __init__(self, gate: Gate, entry_of: Callable[[Work], Entry]) -> None:
        self._gate = gate
        self._entry_of = entry_of
        self._seen: dict[Work, tuple[int, Entry]] = {}
        self._on_its_way: list[tuple[int, int, Work, Entry]] = []
        self._changes = 0

    def follow(self, key: Work) -> None:
        """Let the entry of what was written set out; none comes to stand over a later one."""
        self._changes += 1
        weather = self._gate.weather
        lag_ms = weather.latency_ms()
        if weather.is_on and weather.random.random() < weather.rate:
            lag_ms = weather.stall_ms()
        arrives_ms = self._gate.scheduler.now_ms + lag_ms
        heapq.heappush(self._on_its_way, (arrives_ms, self._changes, key, self._entry_of(key)))

    def due(self) -> Iterator[Due]:
        """Yield the unfinished work that stands in the index at present."""
        self._arrive()
        for key, (_, entry) in self._seen.items():
            if entry.due_at is not None:
                yield Due(entry.due_at, key)

    def refused(self) -> Iterator[BatchKey]:
        """Yield the batches that need a person, as the index knows them at present."""
        self._arrive()
        for key, (_, entry) in self._seen.items():
            if entry.is_refused and isinstance(key, BatchKey):
                yield key

    def _arrive(self) -> None:
        while self._on_its_way and self._on_its_way[0][0] <= self._gate.scheduler.now_ms:
            _, change, key, entry = heapq.heappop(self._on_its_way)
            if change > self._seen.get(key, (0, None))[0]:
                self._seen[key] = change, entry
