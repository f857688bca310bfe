"""A rollout: for some hours processes of two versions run beside each other.

What the newer one appends is of a format that the older one cannot read; later everybody can.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from meterhouse.domain.journal.compression import compress
from meterhouse.domain.keys import LogKey
from meterhouse.ports.ledger import StoredSegment
from tests.simulation.port_calls import Gate
from tests.simulation.scheduler import Process

_NEXT_FORMAT = compress(b'{"format":3,"hour":"?"}')


@dataclass(slots=True)
class Rollout:
    """Who is of which version between two moments, and what the newer processes have written."""

    gate: Gate
    begins_at_ms: int
    ends_at_ms: int
    _is_new: dict[Process, bool] = field(default_factory=dict)
    _written: set[tuple[LogKey, int, str]] = field(default_factory=set)

    def note(self, log: LogKey, segment: StoredSegment) -> None:
        """Remember whether a segment that is written now can be read by everybody."""
        place = log, segment.generation, segment.name
        if self._is_process_new():
            self._written.add(place)
        else:
            self._written.discard(place)

    def seen(self, log: LogKey, segments: Iterable[StoredSegment]) -> list[StoredSegment]:
        """Return segments as the present process can read them."""
        if not self._is_on() or self._is_process_new():
            return [*segments]
        return [
            replace(one, blob=_NEXT_FORMAT)
            if (log, one.generation, one.name) in self._written
            else one
            for one in segments
        ]

    def _is_on(self) -> bool:
        weather, now_ms = self.gate.weather, self.gate.scheduler.now_ms
        return weather.is_on and self.begins_at_ms <= now_ms < self.ends_at_ms

    def _is_process_new(self) -> bool:
        process = self.gate.scheduler.task.process
        if process is None or not self._is_on():
            return False
        if process not in self._is_new:
            self._is_new[process] = self.gate.weather.random.random() < 0.5
        return self._is_new[process]
