"""Redrive one rejected record on an operator's word."""

from dataclasses import dataclass, replace

from meterhouse.domain.journal.hour_log import LogKey, shard_of
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records.policy import MeteringPolicy
from meterhouse.domain.records.step_on_redrive import step_on_redrive
from meterhouse.errors import RedriveRefusedError
from meterhouse.ports import Clock, Report, UsageLedger
from meterhouse.use_cases.billing.report_step import report_step


@dataclass(frozen=True, slots=True)
class RedriveRecord:
    """The use case; see `__call__`."""

    ledger: UsageLedger
    clock: Clock
    report: Report
    policy: MeteringPolicy

    def __call__(self, key: RecordKey) -> None:
        """Make a rejected record due again; raises RedriveRefusedError for any other."""
        log = LogKey(key.hour_at, shard_of(key.subscription, self.policy.shards))
        for batch in self.ledger.batches(log):
            for place, record in enumerate(batch.records):
                if record.key == key:
                    status = step_on_redrive(record, self.clock.now())
                    if not self.ledger.store(batch.with_statuses({place: status})):
                        raise RedriveRefusedError(f"record {key} was changed meanwhile; look again")
                    report_step(self.report, record, status)
                    self._account_again(log)
                    return
        raise RedriveRefusedError(f"there is no record {key}")

    def _account_again(self, log: LogKey) -> None:
        head = self.ledger.heads([log]).get(log)
        if head is not None and head.is_balanced:
            due_at = self.clock.now()
            self.ledger.postpone(replace(head, due_at=due_at, is_balanced=False))
