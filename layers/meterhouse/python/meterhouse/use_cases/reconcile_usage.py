"""The scheduled run: submit what is due, retry what is held, and account for every unit."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import batched

from meterhouse.domain.commands import NO_COMMANDS, Commands
from meterhouse.domain.folding import fold_billable
from meterhouse.domain.hours import deadline_of, seal_time_of
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.lifecycle import RecordState
from meterhouse.domain.reasons import ZERO
from meterhouse.domain.records import MeteringRecord
from meterhouse.errors import RedriveRefusedError, StorageUnavailableError
from meterhouse.ports import Clock, Report, UsageLedger
from meterhouse.use_cases.account_share import AccountShare
from meterhouse.use_cases.flush_subscription import FlushSubscription
from meterhouse.use_cases.keep_heartbeat import KeepHeartbeat
from meterhouse.use_cases.redrive_record import RedriveRecord
from meterhouse.use_cases.submit_records import SubmitRecords

# One look into the due index; a run takes as many looks as its time allows. The index knows when a
# record is due, not its deadline, so a look takes more than a run can send, and the most urgent go
# first.
DUE_KEYS_MAX = 200_000
LOOKS_MAX = 200
SUBMITTED_KEYS_MAX = 2_500
UNFINISHED_KEYS_MAX = 200_000
# Usage this close to its deadline needs a person; more records than this need no exact number.
RISK_WINDOW = timedelta(hours=6)
RISK_RECORDS_MAX = 500
RISK_SECONDS_MIN = 25.0
# A few runs, after which a record that is due should have been accepted.
SEALING_PATIENCE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class ReconcileSummary:
    """What a run did and left."""

    records_due: int
    records_left: int
    records_pending: int
    flush_left: int
    accounts_balanced: int
    accounts_left: int
    differences: int


@dataclass(frozen=True, slots=True)
class ReconcileUsage:
    """The use case; see `__call__`."""

    ledger: UsageLedger
    redrive: RedriveRecord
    flush: FlushSubscription
    heartbeat: KeepHeartbeat
    submit: SubmitRecords
    account: AccountShare
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
        due, left = self._submit_due()
        self._keep_heartbeat()
        self.report.count("RecordsLeftForNextRun", left)
        pending = self._measure_risk()
        # Accounting reads whole journals; what is known by now must not depend on its success.
        self.report.publish()
        accounted = self.account()
        summary = ReconcileSummary(
            records_due=due,
            records_left=left,
            records_pending=pending,
            flush_left=flush_left,
            accounts_balanced=accounted.balanced,
            accounts_left=accounted.left,
            differences=accounted.differences,
        )
        self.report.event("reconciled", **asdict(summary))
        return summary

    def _keep_heartbeat(self) -> None:
        if not self.submit.policy.heartbeat:
            return
        try:
            self.heartbeat()
        except StorageUnavailableError as error:
            # The next run makes up for it; usage must not wait for zeros.
            self.report.event("heartbeat_left", error=str(error))

    def _submit_due(self) -> tuple[int, int]:
        # The due index is eventually consistent: what this run has seen it does not take again.
        seen = set[RecordKey]()
        left = 0
        for _ in range(LOOKS_MAX):
            fresh = self.ledger.due_keys(now=self.clock.now(), count_max=DUE_KEYS_MAX, skip=seen)
            if not fresh:
                break
            seen.update(fresh)
            fresh.sort(key=lambda key: deadline_of(key.hour_at))
            for share in batched(fresh, SUBMITTED_KEYS_MAX, strict=False):
                left += len(share) if self.submit.must_stop() else self.submit(share)
            if self.submit.must_stop():
                break
        return len(seen), left

    def _measure_risk(self) -> int:
        """Publish what should be accepted and is not: how much, how old, how close to its end."""
        now, settle = self.clock.now(), self.submit.policy.settle
        keys = self.ledger.unfinished_keys(count_max=UNFINISHED_KEYS_MAX)
        late = [key for key in keys if now > seal_time_of(key.hour_at, settle) + SEALING_PATIENCE]
        late.sort(key=lambda key: deadline_of(key.hour_at))
        oldest_at, risky, units_at_risk = now, 0, Decimal(0)
        # One record after the other: the journals of all of them need not fit into memory.
        measured = 0
        for record in self.ledger.read_each(late):
            # An hour without usage only stays open for late usage; nothing of it is at risk.
            if record.state is RecordState.OPEN and record.reason == ZERO:
                continue
            measured += 1
            if measured > RISK_RECORDS_MAX or self.clock.seconds_left() < RISK_SECONDS_MIN:
                break
            oldest_at = min(oldest_at, seal_time_of(record.key.hour_at, settle))
            if deadline_of(record.key.hour_at) - now < RISK_WINDOW:
                risky += 1
                units_at_risk += self._report_risk(record, now)
        self.report.count("RecordsPending", len(keys))
        self.report.count("OldestPendingAgeSeconds", (now - oldest_at).total_seconds())
        self.report.count("RecordsAtRisk", risky)
        self.report.count("UnitsAtRisk", float(units_at_risk))
        return len(keys)

    def _report_risk(self, record: MeteringRecord, now: datetime) -> Decimal:
        """Log a record at risk with its time left; return its units."""
        units = fold_billable(record.pages).units if record.units is None else record.units
        self.report.event(
            "record_at_risk",
            record=str(record.key),
            state=record.state.value,
            reason=record.reason,
            units=str(units),
            seconds_left=int((deadline_of(record.key.hour_at) - now).total_seconds()),
        )
        return units
