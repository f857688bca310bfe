"""Redrive one rejected record on an operator's word, and what came too late for it."""

from dataclasses import dataclass, replace

from meterhouse.domain.keys import LogKey, RecordKey
from meterhouse.domain.records.coverage import why_record_uncovered
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.policy import MeteringPolicy
from meterhouse.domain.records.settlement import Order
from meterhouse.domain.records.step_on_redrive import step_on_redrive
from meterhouse.domain.records.step_when_due import LEASE
from meterhouse.errors import CommandRefusedError
from meterhouse.ports.ledger import UsageLedger
from meterhouse.ports.process import Clock, Report
from meterhouse.ports.subscriptions import SubscriptionBook
from meterhouse.use_cases.billing.carry_usage import CarryUsage
from meterhouse.use_cases.billing.named_records import find_record, store_order
from meterhouse.use_cases.billing.report_step import report_step

_ATTEMPTS_MAX = 5


@dataclass(frozen=True, slots=True)
class RedriveRecord:
    """The use case; see `__call__`."""

    ledger: UsageLedger
    subscriptions: SubscriptionBook
    carry: CarryUsage
    clock: Clock
    report: Report
    policy: MeteringPolicy

    def __call__(self, key: RecordKey, order: Order | None = None) -> None:
        """Make a rejected record due again; raises CommandRefusedError for any other.

        Usage that came too late for it while nobody knew its subscription goes along, or by itself
        if the record was redriven before. With an order the audit trail tells who redrove it.
        """
        placed = find_record(self.ledger, self.policy.shards, key)
        record, log = placed.record, placed.batch.key.log
        may_be_billed = self.policy.may_be_billed(key.hour_at)
        now = self.clock.now()
        known = self.subscriptions.find([key.subscription])
        uncovered = why_record_uncovered(record, known)
        is_owed = key.subscription in known and not uncovered and not may_be_billed
        may_go = is_owed and record.status.settlement is None
        has_late = may_go and self.carry.take_along(log, key.meter)
        if has_late:
            self._close_again(log)
            if record.state is not RecordState.REJECTED:
                return
        status = step_on_redrive(
            record,
            now,
            is_known=key.subscription in known,
            uncovered=uncovered,
            may_be_billed=may_be_billed,
        )
        self._account_again(log)
        store_order(self.ledger, placed, status, order)
        report_step(self.report, record, status)

    def _close_again(self, log: LogKey) -> None:
        """Let the log be closed once more, by which is carried what is written down to be."""
        for _ in range(_ATTEMPTS_MAX):
            head = self.ledger.heads([log]).get(log)
            now = self.clock.now()
            if head is not None and self.ledger.wake(log, head.open, now, now):
                return
        raise _changes_all_the_time(log)

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
        raise _changes_all_the_time(log)


def _changes_all_the_time(log: LogKey) -> CommandRefusedError:
    return CommandRefusedError("changed_meanwhile", f"hour {log} changes all the time; try again")
