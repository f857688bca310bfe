"""Append, then look: add usage to hour logs, and know that it will count (ADR 0013)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import compress
from operator import not_

from meterhouse.domain.journal.head import Head
from meterhouse.domain.journal.segments import EncodedSegment, encode_events
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.policy import MeteringPolicy
from meterhouse.domain.usage.events import UsageEvent
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports.ledger import StoredSegment, UsageLedger
from meterhouse.ports.process import Clock, Report, Workers
from meterhouse.use_cases.journal.read_each import read_each

# A generation is closed once in some minutes, so a second round nearly always meets an open one.
ROUNDS_MAX = 4
PARALLEL_WRITES_MAX = 16
# An access to the table takes no longer, with its tries and the pauses between them
# (`runtime.wiring`); Lambda must learn in time which messages failed: else all of them come back,
# those that were stored, too.
WRITE_SECONDS_MIN = 55.0
# Several days of hours in many shards.
_BELIEFS_MAX = 10_000


@dataclass(slots=True)
class Beliefs:
    """Which generation a process saw open last, by log; a guess that costs a write if wrong."""

    generations: dict[LogKey, int] = field(default_factory=dict)

    def of(self, log: LogKey) -> int:
        """Return the generation to try first."""
        return self.generations.get(log, 0)

    def learn(self, log: LogKey, generation: int) -> None:
        """Remember what was seen."""
        self.generations[log] = generation

    def bound(self) -> None:
        """Forget everything once it is too much; between drains only, which rely on it."""
        if len(self.generations) >= _BELIEFS_MAX:
            self.generations.clear()


@dataclass(frozen=True, slots=True)
class AppendUsage:
    """The use case; see `__call__`."""

    ledger: UsageLedger
    beliefs: Beliefs
    workers: Workers
    clock: Clock
    report: Report
    policy: MeteringPolicy

    def __call__(
        self, events: Mapping[LogKey, Sequence[UsageEvent]]
    ) -> dict[LogKey, list[UsageEvent]]:
        """Append events to their logs; return those that failed, whose messages must come back.

        They may count or not; that they come again does no harm. A write that fails costs the
        events of its segment; a log of which nobody knows what is open, all of its events.
        """
        self.beliefs.bound()
        failed: dict[LogKey, list[UsageEvent]] = {}
        segments = {log: _segments_of(log, of_log) for log, of_log in events.items()}
        pending = [*segments]
        unknown: set[LogKey] = set()
        self._look_first(pending)
        for _ in range(ROUNDS_MAX):
            if not pending or self._is_short_of_time():
                break
            writes = [(log, one) for log in pending for one in segments[log]]
            results = self.workers.each(self._append, writes, count_max=PARALLEL_WRITES_MAX)
            for log, one in compress(writes, map(not_, results)):
                failed.setdefault(log, []).extend(segments[log].pop(one))
            pending = self._look([log for log in pending if segments[log]], unknown)
        return failed | {log: [*events[log]] for log in unknown.union(pending)}

    def _look_first(self, logs: Sequence[LogKey]) -> None:
        """Ask for the open generation of hours that are likely to have been closed already."""
        now = self.clock.now()
        unknown = [
            log
            for log in logs
            if log not in self.beliefs.generations and not self.policy.is_open(log.hour_at, now)
        ]
        try:
            for log, head in read_each(self.ledger.heads, unknown)[0].items():
                self.beliefs.learn(log, head.open)
        except StorageUnavailableError as error:
            self.report.failure("heads_not_read", error=str(error))

    def _append(self, write: tuple[LogKey, EncodedSegment]) -> bool:
        log, segment = write
        if self._is_short_of_time():
            return False
        stored = StoredSegment(self.beliefs.of(log), segment.name, segment.blob)
        try:
            self.ledger.append(log, stored)
        except StorageUnavailableError as error:
            self.report.failure("segment_not_written", log=str(log), error=str(error))
            return False
        return True

    def _look(self, logs: list[LogKey], failed: set[LogKey]) -> list[LogKey]:
        """Return the logs whose generation was closed, so that they need another round.

        Add those to `failed` that could not be looked at.
        """
        if not logs:
            return []
        if self._is_short_of_time():
            return logs
        try:
            heads, damaged = read_each(self.ledger.heads, logs)
        except StorageUnavailableError as error:
            self.report.failure("heads_not_read", error=str(error))
            failed.update(logs)
            return []
        for log, damage in damaged.items():
            self.report.failure("heads_not_read", log=str(log), error=str(damage))
        failed.update(damaged)
        again = []
        for log in logs:
            if log in damaged:
                continue
            if self._is_short_of_time():
                again.append(log)
                continue
            try:
                if not self._will_count(log, heads.get(log)):
                    again.append(log)
            except StorageUnavailableError as error:
                self.report.failure("head_not_written", log=str(log), error=str(error))
                failed.add(log)
        return again

    def _is_short_of_time(self) -> bool:
        return self.clock.seconds_left() < WRITE_SECONDS_MIN

    def _will_count(self, log: LogKey, head: Head | None) -> bool:
        """Tell whether what was appended is certain to be in a manifest."""
        believed = self.beliefs.of(log)
        if head is None:
            self.beliefs.learn(log, 0)
            return self._open(log) and believed == 0
        if head.open != believed:
            self.beliefs.learn(log, head.open)
            return False
        return self._is_told(log, head)

    def _open(self, log: LogKey) -> bool:
        now = self.clock.now()
        is_open = self.policy.is_open(log.hour_at, now)
        written_at = None if is_open else now
        return self.ledger.open_log(log, self.policy.due_time_of(log.hour_at, now), written_at)

    def _is_told(self, log: LogKey, head: Head) -> bool:
        """See that somebody will close the generation: a settled log is looked at no more."""
        now = self.clock.now()
        if self.policy.is_open(log.hour_at, now) and not head.is_settled and head.due_at:
            return True
        return self.ledger.wake(log, head.open, self._due_time(log, head, now), now)

    def _due_time(self, log: LogKey, head: Head, now: datetime) -> datetime:
        # What does not change in the index costs nothing there.
        due_at = self.policy.reopening_time_of(log.hour_at, head.segments, now)
        return due_at if head.due_at is None else min(head.due_at, due_at)


def _segments_of(
    log: LogKey, events: Sequence[UsageEvent]
) -> dict[EncodedSegment, Sequence[UsageEvent]]:
    """Return the segments of a log's events, each with the events that it holds."""
    segments: dict[EncodedSegment, Sequence[UsageEvent]] = {}
    start = 0
    for one in encode_events(log.hour_at, events):
        segments[one] = events[start : start + one.events]
        start += one.events
    return segments
