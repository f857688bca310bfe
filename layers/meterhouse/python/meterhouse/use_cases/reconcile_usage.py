"""The scheduled run: close and submit what is due, retry what is held, account for every unit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import batched

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.hours import closed_hours, seal_time_of
from meterhouse.domain.keys import LogKey
from meterhouse.domain.operator_commands import NO_COMMANDS, Commands
from meterhouse.domain.records.record import BatchKey
from meterhouse.errors import FENCED, FencedError, JournalCorruptError, StorageUnavailableError
from meterhouse.ports.ledger import UsageLedger
from meterhouse.ports.process import Clock, Report
from meterhouse.use_cases.accounting.measure_risk import MeasureRisk
from meterhouse.use_cases.billing.final_hours import Answers, BillFinalHours
from meterhouse.use_cases.billing.obey_commands import ObeyCommands
from meterhouse.use_cases.billing.submit_usage import SubmitUsage, urgency
from meterhouse.use_cases.journal.read_each import read_each
from meterhouse.use_cases.subscriptions.note_suspicions import NoteSuspicions

# One look into the index; a run takes as many looks as its time allows. The index knows when work
# is due, not its deadline, so a look takes more than a run can do, and the most urgent goes first.
DUE_MAX = 50_000
LOOKS_MAX = 200
SUBMITTED_MAX = 1_000
# The units of hours that were accounted for within this time are published.
TOTALS_WINDOW = timedelta(hours=72)
_COUNTS = (
    *("due", "left", "pending", "flush_left", "hours_balanced", "differences"),
    *("ending", "ending_left"),
)


@dataclass(frozen=True, slots=True)
class ReconcileSummary:
    """What a run did and left: hours and batches that were due, records that are not finished.

    `ending` is how many subscriptions were in their final hour, `ending_left` how many of their
    hours and batches had to be left. `records`, `flushed` and `stopped` answer commands one by one:
    under what is done by record, and by subscription.
    """

    due: int
    left: int
    pending: int
    flush_left: int
    hours_balanced: int
    differences: int
    ending: int = 0
    ending_left: int = 0
    records: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    flushed: Answers = field(default_factory=dict)
    stopped: Answers = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """Return the numbers, as they are logged."""
        return {name: getattr(self, name) for name in _COUNTS}

    def answers(self) -> dict[str, object]:
        """Return the answers to commands, by what became of what they name."""
        answers = {**self.records, "flushed": self.flushed, "stopped": self.stopped}
        return {name: one for name, one in answers.items() if one}


@dataclass(frozen=True, slots=True)
class ReconcileUsage:
    """The use case; see `__call__`."""

    ledger: UsageLedger
    obey: ObeyCommands
    final_hours: BillFinalHours
    submit: SubmitUsage
    measure_risk: MeasureRisk
    note_suspicions: NoteSuspicions
    clock: Clock
    report: Report

    def __call__(self, commands: Commands = NO_COMMANDS) -> ReconcileSummary:
        """Do one run; it stops taking work in time and says what it left.

        Of a fenced table it only measures what is at risk; raises FencedError for commands.
        """
        if self.submit.policy.is_fenced:
            return self._stand_by(commands)
        self._warn_early()
        records = self.obey(commands)
        final = self.final_hours(commands)
        self.report.publish()
        self._open_idle_hours()
        due, left = self._submit_due()
        self.report.count("WorkLeftForNextRun", left)
        pending = self.measure_risk(self.ledger.due(now=None, count_max=DUE_MAX))
        self.report.publish()
        try:
            self._publish_totals()
        except JournalCorruptError as error:
            self.report.failure("totals_left", error=str(error))
        self.note_suspicions(self.submit.sender.news.values())
        accounting = self.submit.balance_log
        self.report.count("AccountingDifferences", 0)
        summary = ReconcileSummary(
            due=due,
            left=left,
            pending=pending,
            flush_left=final.records_left,
            hours_balanced=accounting.balanced,
            differences=accounting.differences,
            ending=final.ending,
            ending_left=final.work_left,
            records=records,
            flushed=final.flushed,
            stopped=final.stopped,
        )
        self.report.event("reconciled", **summary.counts())
        return summary

    def _stand_by(self, commands: Commands) -> ReconcileSummary:
        self.report.count("RunsFenced")
        self.report.failure("runs_fenced", remedy=FENCED)
        unfinished = self.ledger.due(now=None, count_max=DUE_MAX)
        pending = self.measure_risk(unfinished)
        self.final_hours.measure_only()
        if commands != NO_COMMANDS:
            raise FencedError
        return ReconcileSummary(0, 0, pending, 0, 0, 0)

    def _warn_early(self) -> None:
        """Publish what is at risk before the work, if keys tell of any.

        While AWS hangs a run may be cut off before it measures.
        """
        due = self.ledger.due(now=self.clock.now(), count_max=DUE_MAX)
        if any(self.measure_risk.is_overdue(one.key) for one in due):
            self.measure_risk(self.ledger.due(now=None, count_max=DUE_MAX))
            self.report.publish()

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
            there, damaged = read_each(self.ledger.heads, logs)
            for log in logs:
                if log not in there and log not in damaged:
                    self.ledger.open_log(log, seal_time_of(log.hour_at, policy.settle), None)
        except StorageUnavailableError as error:
            # The next run makes up for it; usage must not wait for zeros.
            self.report.failure("heartbeat_left", error=str(error))

    def _submit_due(self) -> tuple[int, int]:
        # The index is eventually consistent: what this run has seen it does not take again.
        seen = set[LogKey | BatchKey]()
        left = 0
        for _ in range(LOOKS_MAX):
            found = self.ledger.due(now=self.clock.now(), count_max=DUE_MAX)
            fresh = sorted({one.key for one in found} - seen, key=urgency(self.clock.now()))
            if not fresh:
                break
            seen.update(fresh)
            for share in batched(fresh, SUBMITTED_MAX, strict=False):
                left += len(share) if self.submit.sender.must_stop() else self.submit(share)
                self.report.publish()
            if self.submit.sender.must_stop():
                break
        return len(seen), left

    def _publish_totals(self) -> None:
        """Publish where the units of the last days stand, as they were accounted for."""
        now = self.clock.now()
        totals = dict.fromkeys(Standing, Decimal(0))
        for head in self.ledger.heads_between(now - TOTALS_WINDOW, now):
            for standing, units in head.totals:
                totals[Standing(standing)] += units
        for standing, units in totals.items():
            if standing is Standing.INCLUDED and not units:
                continue  # A metric costs, and few sell contracts that include units.
            self.report.count(f"Units{standing.value.capitalize()}", float(units))
