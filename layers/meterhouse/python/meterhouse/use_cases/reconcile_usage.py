"""The scheduled run: close and submit what is due, retry what is held, account for every unit."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import batched

from meterhouse.domain.accounting import Standing
from meterhouse.domain.commands import NO_COMMANDS, Commands
from meterhouse.domain.hours import closed_hours, deadline_of, seal_time_of
from meterhouse.domain.journal.head import Head
from meterhouse.domain.journal.hour_log import LogKey
from meterhouse.domain.records.record import Batch, BatchKey, MeteringRecord
from meterhouse.errors import RedriveRefusedError, StorageUnavailableError
from meterhouse.ports import Clock, Due, Report, UsageLedger
from meterhouse.use_cases.billing.flush_subscription import FlushSubscription
from meterhouse.use_cases.billing.redrive_record import RedriveRecord
from meterhouse.use_cases.billing.submit_usage import SubmitUsage

# One look into the index; a run takes as many looks as its time allows. The index knows when work
# is due, not its deadline, so a look takes more than a run can do, and the most urgent goes first.
DUE_MAX = 50_000
LOOKS_MAX = 200
SUBMITTED_MAX = 1_000
# The units of hours that were accounted for within this time are published.
TOTALS_WINDOW = timedelta(hours=72)
# Usage this close to its deadline needs a person; more batches than this need no exact number.
RISK_WINDOW = timedelta(hours=6)
RISK_BATCHES_MAX = 500
RISK_SECONDS_MIN = 15.0
# A few runs, after which a record that is due should have been accepted.
SEALING_PATIENCE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class ReconcileSummary:
    """What a run did and left: hours and batches that were due, records that are not finished."""

    due: int
    left: int
    pending: int
    flush_left: int
    hours_balanced: int
    differences: int


@dataclass(frozen=True, slots=True)
class ReconcileUsage:
    """The use case; see `__call__`."""

    ledger: UsageLedger
    redrive: RedriveRecord
    flush: FlushSubscription
    submit: SubmitUsage
    clock: Clock
    report: Report

    def __call__(self, commands: Commands = NO_COMMANDS) -> ReconcileSummary:
        """Do one run; it stops taking work in time and says what it left."""
        for key in commands.redriven:
            try:
                self.redrive(key)
            except RedriveRefusedError as error:
                self.report.event("redrive_refused", record=str(key), cause=str(error))
        flush_left = sum(self.flush(one.subscription, one.stopped_at) for one in commands.flushes)
        self._open_idle_hours()
        due, left = self._submit_due()
        self.report.count("WorkLeftForNextRun", left)
        pending = self._measure_risk()
        self._publish_totals()
        accounting = self.submit.account_log
        self.report.count("AccountingDifferences", 0)
        summary = ReconcileSummary(
            due=due,
            left=left,
            pending=pending,
            flush_left=flush_left,
            hours_balanced=accounting.balanced,
            differences=accounting.differences,
        )
        self.report.event("reconciled", **asdict(summary))
        return summary

    def _open_idle_hours(self) -> None:
        """Open the hours that nobody used, so that zeros are told for them, too.

        AWS recommends hourly records even without usage (seller guide, SaaS integration).
        """
        policy, now = self.submit.policy, self.clock.now()
        if not policy.heartbeat:
            return
        hours = closed_hours(now, policy.settle)
        logs = [LogKey(hour_at, shard) for hour_at in hours for shard in range(policy.shards)]
        try:
            there = self.ledger.heads(logs)
            for log in logs:
                if log not in there:
                    self.ledger.open_log(log, seal_time_of(log.hour_at, policy.settle), None)
        except StorageUnavailableError as error:
            # The next run makes up for it; usage must not wait for zeros.
            self.report.event("heartbeat_left", error=str(error))

    def _submit_due(self) -> tuple[int, int]:
        # The index is eventually consistent: what this run has seen it does not take again.
        seen = set[LogKey | BatchKey]()
        left = 0
        for _ in range(LOOKS_MAX):
            found = self.ledger.due(now=self.clock.now(), count_max=DUE_MAX)
            fresh = sorted({one.key for one in found} - seen, key=_deadline)
            if not fresh:
                break
            seen.update(fresh)
            for share in batched(fresh, SUBMITTED_MAX, strict=False):
                left += len(share) if self.submit.sender.must_stop() else self.submit(share)
            if self.submit.sender.must_stop():
                break
        return len(seen), left

    def _measure_risk(self) -> int:
        """Publish what should be accepted and is not: how much, how old, how close to its end."""
        now = self.clock.now()
        unfinished = self.ledger.due(now=None, count_max=DUE_MAX)
        heads = self.ledger.heads([one.key for one in unfinished if isinstance(one.key, LogKey)])
        waiting = [head for head in heads.values() if head.has_new_usage or head.waiting]
        batches = self._late_batches(unfinished)
        late = [
            *((head.log, _at_risk_of(head)) for head in waiting),
            *((batch.key.log, _pending_of(batch)) for batch in batches),
        ]
        settle = self.submit.policy.settle
        oldest_at, risky, units_at_risk = now, 0, Decimal(0)
        for log, (records, units) in late:
            seal_at = seal_time_of(log.hour_at, settle)
            if now <= seal_at + SEALING_PATIENCE or not records:
                continue
            oldest_at = min(oldest_at, seal_at)
            if deadline_of(log.hour_at) - now < RISK_WINDOW:
                risky += records
                units_at_risk += units
        pending = sum(records for _, (records, _) in late)
        self.report.count("RecordsPending", pending)
        self.report.count("OldestPendingAgeSeconds", (now - oldest_at).total_seconds())
        self.report.count("RecordsAtRisk", risky)
        self.report.count("UnitsAtRisk", float(units_at_risk))
        for head in waiting:
            self._report_risk_of_log(head)
        for batch in batches:
            for record in batch.records:
                self._report_risk_of_record(record)
        return pending

    def _late_batches(self, unfinished: Sequence[Due]) -> Iterable[Batch]:
        keys = sorted(
            (one.key for one in unfinished if isinstance(one.key, BatchKey)), key=_deadline
        )
        found = []
        for key in keys[:RISK_BATCHES_MAX]:
            if self.clock.seconds_left() < RISK_SECONDS_MIN:
                break
            batch = self.ledger.read_batch(key)
            if batch is not None:
                found.append(batch)
        return found

    def _report_risk_of_log(self, head: Head) -> None:
        now = self.clock.now()
        late_at = seal_time_of(head.log.hour_at, self.submit.policy.settle) + SEALING_PATIENCE
        if now > late_at and deadline_of(head.log.hour_at) - now < RISK_WINDOW:
            self.report.event(
                "hour_at_risk",
                log=str(head.log),
                reason=head.reason,
                waiting=list(head.waiting),
                seconds_left=int((deadline_of(head.log.hour_at) - now).total_seconds()),
            )

    def _report_risk_of_record(self, record: MeteringRecord) -> None:
        now = self.clock.now()
        seconds_left = int((deadline_of(record.key.hour_at) - now).total_seconds())
        if record.status.due_at is not None and seconds_left < RISK_WINDOW.total_seconds():
            self.report.event(
                "record_at_risk",
                record=str(record.key),
                state=record.state.value,
                reason=record.status.reason,
                units=str(record.units),
                seconds_left=seconds_left,
            )

    def _publish_totals(self) -> None:
        """Publish where the units of the last days stand, as they were accounted for."""
        now = self.clock.now()
        totals = dict.fromkeys(Standing, Decimal(0))
        for head in self.ledger.heads_between(now - TOTALS_WINDOW, now):
            for standing, units in head.totals:
                totals[Standing(standing)] += units
        for standing, units in totals.items():
            self.report.count(f"Units{standing.value.capitalize()}", float(units))


def _at_risk_of(head: Head) -> tuple[int, Decimal]:
    """Return how many records of a log wait at least, and the units that are known of them."""
    units = sum((units for standing, units in head.totals if standing == Standing.HELD), Decimal(0))
    return max(1, len(head.waiting)), units


def _pending_of(batch: Batch) -> tuple[int, Decimal]:
    pending = [one for one in batch.records if one.status.due_at is not None]
    return len(pending), sum((one.units for one in pending), Decimal(0))


def _deadline(key: LogKey | BatchKey) -> tuple[object, ...]:
    log = key if isinstance(key, LogKey) else key.log
    return deadline_of(log.hour_at), str(key)
