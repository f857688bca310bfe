"""Redrive one rejected record on an operator's word."""

from dataclasses import dataclass
from datetime import timedelta

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.redriving import redrive
from meterhouse.errors import RedriveRefusedError
from meterhouse.ports import Clock, CommitResult, Report, UsageLedger
from meterhouse.use_cases.commit_change import commit_change
from meterhouse.use_cases.report_change import report_change


@dataclass(frozen=True, slots=True)
class RedriveRecord:
    """The use case; see `__call__`."""

    ledger: UsageLedger
    clock: Clock
    report: Report
    settle: timedelta

    def __call__(self, key: RecordKey) -> None:
        """Make a rejected record due again; raises RedriveRefusedError for any other."""
        record = self.ledger.read([key]).get(key)
        if record is None:
            raise RedriveRefusedError(f"there is no record {key}")
        now = self.clock.now()
        change = redrive(record, now)
        result = commit_change(self.ledger, change, settle=self.settle, now=now)
        if result is not CommitResult.COMMITTED:
            raise RedriveRefusedError(f"record {key} was changed meanwhile; look again")
        report_change(self.report, record, change.record)
