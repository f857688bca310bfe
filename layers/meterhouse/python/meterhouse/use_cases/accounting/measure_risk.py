"""Measure what is at risk: what AWS should have accepted by now, and has not."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import batched
from typing import NamedTuple

from meterhouse.domain.accounting.balances import ZERO, Standing
from meterhouse.domain.hours import deadline_of, seal_time_of
from meterhouse.domain.journal.head import Head
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.record import Batch, BatchKey
from meterhouse.domain.records.spikes import held_until
from meterhouse.errors import JournalCorruptError
from meterhouse.ports.ledger import Due, UsageLedger
from meterhouse.ports.process import Clock, Report
from meterhouse.use_cases.journal.read_each import read_each

# Usage this close to its deadline needs a person; more batches than this need no exact number.
RISK_WINDOW = timedelta(hours=6)
RISK_WINDOWS = {
    "UnitsAtRisk": RISK_WINDOW,
    "UnitsAtRiskWithin3Hours": timedelta(hours=3),
    "UnitsAtRiskWithin1Hour": timedelta(hours=1),
}
"""What is published of units by the time that is left to them; each holds the shorter ones."""
RISK_BATCHES_MAX = 500
HEADS_READ_MAX = 1_000
RISK_SECONDS_MIN = 15.0
# A few runs, after which a record that is due should have been accepted.
SEALING_PATIENCE = timedelta(minutes=30)


class _Pending(NamedTuple):
    """Records of one hour that AWS has not accepted, and the units that are known of them.

    `since_at` is when they could have been sent first; of those that wait as spikes, when they go.
    """

    hour_at: datetime
    since_at: datetime
    records: int
    units: Decimal
    is_spike: bool = False


@dataclass(frozen=True, slots=True)
class MeasureRisk:
    """The use case; see `__call__`."""

    ledger: UsageLedger
    clock: Clock
    report: Report
    settle: timedelta
    holds_spikes: bool = False

    def __call__(self, unfinished: list[Due]) -> int:
        """Publish how much of what is `unfinished` is pending, how old, and how close to its end.

        Return how many records are pending. What cannot be read counts as one.
        """
        now = self.clock.now()
        pending = [*self._of_logs(unfinished), *self._of_batches(unfinished)]
        oldest_at, risky, at_risk = now, 0, dict.fromkeys(RISK_WINDOWS, ZERO)
        for one in pending:
            if one.records and self._is_late(one.since_at):
                oldest_at = min(oldest_at, one.since_at)
                if self._is_close(one.hour_at):
                    risky += one.records
                for metric, window in RISK_WINDOWS.items():
                    if self._is_close(one.hour_at, window):
                        at_risk[metric] += one.units
        count = sum(one.records for one in pending)
        spikes = sum(one.records for one in pending if one.is_spike)
        if self.holds_spikes or spikes:
            self.report.gauge("SpikesHeld", spikes)
        self.report.gauge("RecordsPending", count)
        self.report.gauge("OldestPendingAgeSeconds", (now - oldest_at).total_seconds())
        self.report.gauge("RecordsAtRisk", risky)
        for metric, units in at_risk.items():
            self.report.gauge(metric, float(units))
        return count

    def is_overdue(self, key: LogKey | BatchKey) -> bool:
        """Tell of unfinished work by its hour alone whether AWS should have accepted it by now."""
        hour_at = key.hour_at if isinstance(key, LogKey) else key.log.hour_at
        is_late = self._is_late(seal_time_of(hour_at, self.settle))
        return is_late and self.clock.now() < deadline_of(hour_at)

    def _of_logs(self, unfinished: list[Due]) -> Iterator[_Pending]:
        logs = [one.key for one in unfinished if isinstance(one.key, LogKey)]
        logs.sort(key=lambda log: (deadline_of(log.hour_at), log))
        for share in batched(logs, HEADS_READ_MAX, strict=False):
            if self.clock.seconds_left() < RISK_SECONDS_MIN:
                yield from map(self._unread, share)
                continue
            heads, unreadable = read_each(self.ledger.heads, share)
            for log, error in unreadable.items():
                yield self._unreadable(log, str(log), error)
            yield from self._of_heads(heads.values())

    def _of_heads(self, heads: Iterable[Head]) -> Iterator[_Pending]:
        for head in heads:
            is_past = self.clock.now() >= deadline_of(head.log.hour_at)
            if head.has_only_late_usage and not is_past:
                continue
            if head.has_new_usage or head.waiting:
                held = [units for standing, units in head.totals if standing == Standing.HELD]
                since_at = self._since(head)
                self._report_log(head, since_at)
                records = max(1, len(head.waiting))
                yield _Pending(head.log.hour_at, since_at, records, sum(held, ZERO))

    def _unreadable(self, log: LogKey, name: str, error: JournalCorruptError) -> _Pending:
        self.report.count("ItemsUnreadable")
        self.report.failure("item_unreadable", item=name, error=str(error))
        return self._unread(log)

    def _unread(self, log: LogKey) -> _Pending:
        return _Pending(log.hour_at, seal_time_of(log.hour_at, self.settle), 1, ZERO)

    def _since(self, head: Head) -> datetime:
        """Return since when the usage of a log waits.

        What comes after the deadline and is not put off is carried within minutes.
        """
        seal_at = seal_time_of(head.log.hour_at, self.settle)
        is_past = self.clock.now() >= deadline_of(head.log.hour_at)
        if head.written_at is None or head.reason is not None or not is_past:
            return seal_at
        return max(seal_at, head.written_at)

    def _of_batches(self, unfinished: list[Due]) -> Iterator[_Pending]:
        keys = [one.key for one in unfinished if isinstance(one.key, BatchKey)]
        keys.sort(key=lambda key: (deadline_of(key.log.hour_at), str(key)))
        for place, key in enumerate(keys):
            if place >= RISK_BATCHES_MAX or self.clock.seconds_left() < RISK_SECONDS_MIN:
                yield self._unread(key.log)
                continue
            try:
                batch = self.ledger.read_batch(key)
            except JournalCorruptError as error:
                yield self._unreadable(key.log, str(key), error)
                continue
            if batch is not None:
                yield from self._of_batch(batch)

    def _of_batch(self, batch: Batch) -> Iterator[_Pending]:
        hour_at = batch.key.log.hour_at
        unfinished = [one for one in batch.records if one.status.due_at is not None]
        pending = []
        for record in unfinished:
            goes_at = held_until(record.status)
            if goes_at is None or self._is_late(goes_at):
                pending.append(record)
            else:
                yield _Pending(hour_at, goes_at, 1, record.units, is_spike=True)
        for record in pending if self._is_close(hour_at) else ():
            self.report.failure(
                "record_at_risk",
                record=str(record.key),
                state=record.state.value,
                reason=record.status.reason,
                units=str(record.units),
                seconds_left=self._seconds_left(hour_at),
            )
        units = sum((one.units for one in pending), ZERO)
        yield _Pending(hour_at, seal_time_of(hour_at, self.settle), len(pending), units)

    def _report_log(self, head: Head, since_at: datetime) -> None:
        hour_at = head.log.hour_at
        if self._is_late(since_at) and self._is_close(hour_at):
            self.report.failure(
                "hour_at_risk",
                log=str(head.log),
                reason=head.reason,
                waiting=list(head.waiting),
                seconds_left=self._seconds_left(hour_at),
            )

    def _is_late(self, since_at: datetime) -> bool:
        return self.clock.now() > since_at + SEALING_PATIENCE

    def _is_close(self, hour_at: datetime, window: timedelta = RISK_WINDOW) -> bool:
        return deadline_of(hour_at) - self.clock.now() < window

    def _seconds_left(self, hour_at: datetime) -> int:
        return int((deadline_of(hour_at) - self.clock.now()).total_seconds())
