"""Take the next step of every record of a batch that is due: claim it, end it, or carry it."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from meterhouse.domain.records.coverage import why_record_uncovered
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.policy import MeteringPolicy
from meterhouse.domain.records.record import Batch, BatchKey, MeteringRecord, RecordStatus
from meterhouse.domain.records.step_when_due import Claim as ClaimStep
from meterhouse.domain.records.step_when_due import step_when_due
from meterhouse.domain.subscriptions.final_hour import is_closed
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.errors import JournalCorruptError
from meterhouse.ports.ledger import UsageLedger
from meterhouse.ports.process import Clock, Report
from meterhouse.ports.subscriptions import SubscriptionBook
from meterhouse.use_cases.billing.carry_usage import CarryUsage
from meterhouse.use_cases.billing.report_step import report_step
from meterhouse.use_cases.billing.send_records import Claim


@dataclass(frozen=True, slots=True)
class StepBatch:
    """The use case; see `__call__`."""

    ledger: UsageLedger
    subscriptions: SubscriptionBook
    carry: CarryUsage
    clock: Clock
    report: Report
    policy: MeteringPolicy

    def __call__(
        self, key: BatchKey, flushed: AbstractSet[SubscriptionKey] = frozenset()
    ) -> list[Claim]:
        """Write the steps of a batch's due records; return the claims on those to be sent.

        What is frozen and not being sent is also due if its subscription is among `flushed`.
        """
        batch = self.ledger.read_batch(key)
        if batch is None:
            return []
        now = self.clock.now()
        places = [
            place for place, record in enumerate(batch.records) if _is_due(record, now, flushed)
        ]
        changes: dict[int, RecordStatus] = {}
        unsent: dict[int, bool] = {}
        may_be_billed = self.policy.may_be_billed(key.log.hour_at)
        known = self._subscriptions_of([batch.records[place] for place in places])
        for place in places:
            record = batch.records[place]
            if record.state is RecordState.CARRIED:
                try:
                    has_arrived = self.carry.record(batch, place)
                except JournalCorruptError as error:
                    # What cannot be carried now stays due, and holds no other of its batch.
                    self.report.failure("carry_left", record=str(record.key), error=str(error))
                    continue
                if has_arrived:
                    changes[place] = replace(record.status, due_at=None)
                continue
            subscription = known.get(record.key.subscription)
            step = step_when_due(
                record,
                now,
                # As long as the final hour may run, AWS's refusal need not be its last word.
                has_ended=subscription is not None and is_closed(subscription, now),
                uncovered=why_record_uncovered(record, known),
                may_be_billed=may_be_billed,
            )
            if step is None:
                continue
            changes[place] = step.status
            if isinstance(step, ClaimStep):
                unsent[place] = step.surely_unsent
        return self._write(batch, changes, unsent, known)

    def _write(
        self,
        batch: Batch,
        changes: dict[int, RecordStatus],
        unsent: dict[int, bool],
        known: Mapping[SubscriptionKey, Subscription],
    ) -> list[Claim]:
        """Write the steps; on a conflict somebody else took them, or will find them due."""
        stepped = batch.with_statuses(changes)
        if not changes or not self.ledger.store(stepped):
            return []
        for place, status in changes.items():
            report_step(self.report, batch.records[place], status)
        return [
            Claim(stepped, place, surely, known.get(batch.records[place].key.subscription))
            for place, surely in unsent.items()
        ]

    def _subscriptions_of(
        self, records: list[MeteringRecord]
    ) -> dict[SubscriptionKey, Subscription]:
        names = [*dict.fromkeys(record.key.subscription for record in records)]
        return self.subscriptions.find(names) if names else {}


def _is_due(record: MeteringRecord, now: datetime, flushed: AbstractSet[SubscriptionKey]) -> bool:
    if record.status.due_at is not None and record.status.due_at <= now:
        return True
    return record.state is RecordState.SEALED and record.key.subscription in flushed
