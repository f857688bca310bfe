"""Redrive one rejected record on an operator's word."""

from dataclasses import dataclass, replace

from meterhouse.domain.keys import LogKey, RecordKey, shard_of
from meterhouse.domain.records.coverage import why_record_uncovered
from meterhouse.domain.records.policy import MeteringPolicy
from meterhouse.domain.records.step_on_redrive import step_on_redrive
from meterhouse.domain.records.step_when_due import LEASE
from meterhouse.errors import RedriveRefusedError
from meterhouse.ports.ledger import UsageLedger
from meterhouse.ports.process import Clock, Report
from meterhouse.ports.subscriptions import SubscriptionBook
from meterhouse.use_cases.billing.report_step import report_step

_ATTEMPTS_MAX = 5


@dataclass(frozen=True, slots=True)
class RedriveRecord:
    """The use case; see `__call__`."""

    ledger: UsageLedger
    subscriptions: SubscriptionBook
    clock: Clock
    report: Report
    policy: MeteringPolicy

    def __call__(self, key: RecordKey) -> None:
        """Make a rejected record due again; raises RedriveRefusedError for any other."""
        log = LogKey(key.hour_at, shard_of(key.subscription, self.policy.shards))
        for batch in self.ledger.batches(log):
            for place, record in enumerate(batch.records):
                if record.key == key:
                    may_be_billed = self.policy.may_be_billed(key.hour_at)
                    now = self.clock.now()
                    known = self.subscriptions.find([key.subscription])
                    uncovered = why_record_uncovered(record, known)
                    status = step_on_redrive(
                        record, now, uncovered=uncovered, may_be_billed=may_be_billed
                    )
                    self._account_again(log)
                    if not self.ledger.store(batch.with_statuses({place: status})):
                        raise RedriveRefusedError(
                            "changed_meanwhile", f"record {key} was changed meanwhile; look again"
                        )
                    report_step(self.report, record, status)
                    return
        raise RedriveRefusedError("not_found", f"there is no record {key}")

    def _account_again(self, log: LogKey) -> None:
        """Let the log be accounted for, and its day filed, again when the record has changed.

        That comes first, and no sooner than this run is over: whoever accounts for the log now is
        told by its head that it changed. What is being closed will be accounted for in any case.
        """
        for _ in range(_ATTEMPTS_MAX):
            head = self.ledger.heads([log]).get(log)
            if head is None or head.has_new_usage or head.leased_until is not None:
                return
            again_at = self.clock.now() + LEASE
            if self.ledger.postpone(head, replace(head, due_at=again_at, is_balanced=False)):
                return
        raise RedriveRefusedError(
            "changed_meanwhile", f"hour {log} changes all the time; try again"
        )
