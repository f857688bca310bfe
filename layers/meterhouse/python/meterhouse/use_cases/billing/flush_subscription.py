"""Final flush: bill everything that a subscription used, the unfinished hour included.

When an agreement ends AWS takes its last records for about an hour only, so they cannot wait for
their hour to end and settle.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from meterhouse.domain.hours import HOUR, SUBMISSION_WINDOW, floor_to_hour
from meterhouse.domain.journal.head import Head
from meterhouse.domain.journal.segments import decode_segment
from meterhouse.domain.keys import LogKey, MeterKey, shard_of
from meterhouse.domain.quantity import format_quantity
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.record import BatchKey, MeteringRecord
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.usage.backlog import QueueView
from meterhouse.errors import JournalCorruptError
from meterhouse.ports.ledger import UsageLedger
from meterhouse.ports.process import Clock, Report
from meterhouse.ports.subscriptions import SubscriptionBook
from meterhouse.use_cases.billing.submit_usage import SubmitUsage
from meterhouse.use_cases.journal.read_each import read_each

BATCHES_MAX = 20_000
# Lambda returns at most 6 MB.
_RECORDS_TOLD_MAX = 5_000


@dataclass(frozen=True, slots=True)
class Flushed:
    """What became of a flush.

    Attributes:
        left: how many records still have to be billed.
        records: all of the subscription, in the hours that AWS still takes.
        is_known: whether it was registered, or has usage in these hours.

    """

    left: int
    records: tuple[MeteringRecord, ...]
    is_known: bool = True

    def answer(self) -> dict[str, Any]:
        """Return it for a JSON document: what is billed, and what is not, and why."""
        if not self.is_known:
            return {"answer": "not_found"}
        if not self.records and not self.left:
            return {"answer": "nothing_to_bill"}
        billed = [one for one in self.records if one.state is RecordState.METERED]
        others = [one for one in self.records if one.state is not RecordState.METERED]
        return {
            "answer": "left" if self.left else "flushed",
            "left": self.left,
            "billed": _told(billed),
            "not_billed": _told(others),
            "not_listed": sum(max(0, len(one) - _RECORDS_TOLD_MAX) for one in (billed, others)),
        }


def _told(records: Iterable[MeteringRecord]) -> list[dict[str, str]]:
    ordered = sorted(records, key=lambda one: one.key)
    return [
        {
            "record": str(one.key),
            "quantity": format_quantity(one.units),
            "state": one.state.value,
            "reason": one.status.reason or "",
        }
        for one in ordered[:_RECORDS_TOLD_MAX]
    ]


@dataclass(frozen=True, slots=True)
class FlushSubscription:
    """The use case; see `__call__`."""

    ledger: UsageLedger
    subscriptions: SubscriptionBook
    submit: SubmitUsage
    clock: Clock
    report: Report

    def __call__(self, subscription: SubscriptionKey, stopped_at: datetime) -> Flushed:
        """Seal and send what the subscription used until `stopped_at`.

        Safe to repeat, and meant to be, until nothing is left: a record is left when its send was
        not answered, and as long as usage sent before `stopped_at` may wait in the queue that
        counts as one. Usage of a flushed hour that comes later is billed with the next hour, as
        late usage always is.
        """
        # Asked first: what is drained by now stands in the ledger.
        queue = QueueView(self.submit.read_backlog(), flush_at=stopped_at)
        is_drained = queue.is_drained(stopped_at, stopped_at)
        shard = shard_of(subscription, self.submit.policy.shards)
        unfinished = self.ledger.due(now=None, count_max=BATCHES_MAX)
        batches = [
            one.key
            for one in unfinished
            if isinstance(one.key, BatchKey) and one.key.log.shard == shard
        ]
        logs = [head.log for head in self._heads(shard)[0]]
        self.submit([*batches, *logs], flush=subscription, queue=queue)
        heads, damaged = self._heads(shard)
        records: list[MeteringRecord] = []
        # What is in an hour that cannot be read nobody knows.
        left = damaged
        for head in heads:
            own = self._records(head.log, subscription)
            records.extend(own)
            left += self._left(head, subscription, own)
        self.report.event(
            "subscription_flushed",
            subscription=subscription,
            hours=len(logs),
            left=left,
            is_drained=is_drained,
        )
        left = left if is_drained else max(left, 1)
        is_known = bool(left or records or self.subscriptions.find([subscription]))
        return Flushed(left, tuple(records), is_known)

    def _heads(self, shard: int) -> tuple[list[Head], int]:
        """Return the hours that AWS still takes, and the next one, to which late usage may go.

        Return also how many of them cannot be read.
        """
        hour_at = floor_to_hour(self.clock.now())
        hours = range(-(SUBMISSION_WINDOW // HOUR), 2)
        logs = [LogKey(hour_at + hour * HOUR, shard) for hour in hours]
        heads, damaged = read_each(self.ledger.heads, logs)
        for log, error in damaged.items():
            self.report.failure("work_left", error=repr(error), work=str(log))
        return [heads[log] for log in logs if log in heads], len(damaged)

    def _records(self, log: LogKey, subscription: SubscriptionKey) -> list[MeteringRecord]:
        return [
            record
            for batch in self.ledger.batches(log)
            for record in batch.records
            if record.key.subscription == subscription
        ]

    def _left(
        self, head: Head, subscription: SubscriptionKey, records: Iterable[MeteringRecord]
    ) -> int:
        """Return how many of the subscription's records of an hour still have to be billed."""
        unfinished = sum(1 for one in records if one.status.due_at is not None and one.units)
        if subscription in head.waiting:
            return unfinished + 1
        return unfinished + len(self._unsealed(head, subscription))

    def _unsealed(self, head: Head, subscription: SubscriptionKey) -> set[MeterKey]:
        """Return the meters with usage that was not dealt with yet."""
        found: set[MeterKey] = set()
        for one in self.ledger.segments(head.log, head.done):
            try:
                segment = decode_segment(one.name, one.blob)
            except JournalCorruptError:
                continue  # Closing the hour names it.
            for usage in segment.meters:
                entries = segment.entries[usage.start : usage.end]
                if usage.meter.subscription == subscription and any(q for q, _ in entries):
                    found.add(usage.meter)
        return found
