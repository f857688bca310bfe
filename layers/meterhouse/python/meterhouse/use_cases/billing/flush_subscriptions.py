"""Final flush: bill everything that subscriptions used, the unfinished hour included.

When an agreement ends AWS takes its last records for about an hour only, so they cannot wait for
their hour to end and settle.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Any

from meterhouse.domain.accounting.balances import balance_log
from meterhouse.domain.hours import hours_taken
from meterhouse.domain.journal.carrying import Carry
from meterhouse.domain.journal.folding import LogFold
from meterhouse.domain.journal.head import Head
from meterhouse.domain.journal.segments import decode_segment
from meterhouse.domain.keys import LogKey, MeterKey, shards_of
from meterhouse.domain.quantity import format_quantity
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.record import Batch, BatchKey, MeteringRecord
from meterhouse.domain.subscriptions.final_hour import FinalUsage
from meterhouse.domain.subscriptions.identity import SubscriptionKey, is_tenant
from meterhouse.domain.usage.backlog import QueueView
from meterhouse.errors import FoldTooLargeError, JournalCorruptError
from meterhouse.ports.ledger import UsageLedger
from meterhouse.ports.process import Clock, Report
from meterhouse.ports.subscriptions import SubscriptionBook
from meterhouse.use_cases.billing.submit_usage import SubmitUsage
from meterhouse.use_cases.journal.read_each import read_each
from meterhouse.use_cases.journal.read_log import freezes_of

BATCHES_MAX = 20_000
# A log line names no more subscriptions.
NAMED_MAX = 100
# Lambda returns at most 6 MB.
_RECORDS_TOLD_MAX = 5_000


@dataclass(slots=True)
class Flushed:
    """What became of the flush of one subscription.

    Attributes:
        left: how many records still have to be billed.
        records: all of the subscription, in the hours that AWS still takes.
        is_known: whether it was registered, or has usage in these hours.

    """

    left: int = 0
    records: list[MeteringRecord] = field(default_factory=list)
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
class FlushSubscriptions:
    """The use case; see `__call__`."""

    ledger: UsageLedger
    subscriptions: SubscriptionBook
    submit: SubmitUsage
    clock: Clock
    report: Report

    def __call__(
        self, flush: Sequence[FinalUsage], told: AbstractSet[SubscriptionKey] = frozenset()
    ) -> tuple[int, dict[SubscriptionKey, Flushed]]:
        """Seal and send what subscriptions used, all of them in one pass over the hours.

        Return how many hours and batches had to be left, and what became of those to be `told`.
        Safe to repeat, and meant to be, until nothing is left: a record is left when its send was
        not answered, and as long as usage that is waited for may be in the queue that counts as
        one. Usage of a flushed hour that comes later is billed with the next hour, as late usage
        always is.
        """
        if not flush:
            return 0, {}
        # Asked first: what is drained by now stands in the ledger.
        queue = QueueView(self.submit.read_backlog())
        shards = self._shards(one.subscription for one in flush)
        batches = [
            one.key
            for one in self.ledger.due(now=None, count_max=BATCHES_MAX)
            if isinstance(one.key, BatchKey) and one.key.log.shard in shards
        ]
        logs = [head.log for head in self._heads(shards)[0]]
        work_left = self.submit([*batches, *logs], flush=flush, queue=queue)
        self.report.event(
            "subscriptions_flushed",
            subscriptions=[one.subscription for one in flush[:NAMED_MAX]],
            count=len(flush),
            hours=len(logs),
            work_left=work_left,
            queue_waiting=queue.backlog.waiting,
        )
        undrained = {one.subscription for one in flush if not queue.is_drained(one.complete_at)}
        return work_left, self._tell(told, undrained)

    def _shards(self, subscriptions: Iterable[SubscriptionKey]) -> frozenset[int]:
        shards = self.submit.policy.shards
        return frozenset[int]().union(*(shards_of(one, shards) for one in subscriptions))

    def _heads(self, shards: Iterable[int]) -> tuple[list[Head], Mapping[int, int]]:
        """Return the heads of the hours that AWS still takes.

        Return also how many of them cannot be read, by shard.
        """
        logs = [LogKey(hour_at, n) for hour_at in hours_taken(self.clock.now()) for n in shards]
        heads, damaged = read_each(self.ledger.heads, logs)
        for log, error in damaged.items():
            self.report.failure("work_left", error=repr(error), work=str(log))
        return [heads[log] for log in logs if log in heads], Counter(log.shard for log in damaged)

    def _tell(
        self, told: AbstractSet[SubscriptionKey], undrained: AbstractSet[SubscriptionKey]
    ) -> dict[SubscriptionKey, Flushed]:
        """Read what became of subscriptions in the hours that AWS still takes."""
        if not told:
            return {}
        heads, damaged = self._heads(self._shards(told))
        # What is in an hour that cannot be read nobody knows.
        flushed = {
            one: Flushed(left=sum(damaged.get(shard, 0) for shard in self._shards([one])))
            for one in sorted(told)
        }
        for head in heads:
            carries = self.ledger.carries(head.log).values() if head.has_new_usage else ()
            batches = self.ledger.batches(head.log)
            for batch in batches:
                for record in batch.records:
                    if record.key.subscription in told:
                        _add_record(flushed[record.key.subscription], record)
            for subscription in told & {*head.waiting}:
                flushed[subscription].left += 1
            for meter in self._unsealed(head, batches, carries, told - {*head.waiting}):
                flushed[meter.subscription].left += 1
        for subscription in undrained & told:
            flushed[subscription].left = max(flushed[subscription].left, 1)
        strangers = [key for key, one in flushed.items() if not one.left and not one.records]
        known = self.subscriptions.find(strangers) if strangers else {}
        for key in strangers:
            flushed[key].is_known = key in known
        return flushed

    def _unsealed(
        self,
        head: Head,
        batches: list[Batch],
        carries: Iterable[Carry],
        told: AbstractSet[SubscriptionKey],
    ) -> set[MeterKey]:
        """Return the meters with usage that has no record, and was not carried on.

        Whose usage it is that counts and cannot be read nobody knows.
        """
        if not head.has_new_usage:
            return set()
        fold = LogFold(freezes_of(batches), events_max=self.submit.close_log.fold_events_max)
        # What others' usage waits for keeps a generation from being done: what counts is asked.
        manifests = self.ledger.manifests(head.log)
        unread = {(g, name) for g in manifests if g >= head.done for name in manifests[g]}
        for one in self.ledger.segments(head.log, 0):
            if one.name not in manifests.get(one.generation, {one.name}):
                continue
            try:
                segment = decode_segment(one.name, one.blob)
            except JournalCorruptError:
                continue  # Closing the hour names it.
            unread.discard((one.generation, one.name))
            meters = tuple(
                usage
                for usage in segment.meters
                if usage.meter.subscription in told or is_tenant(usage.meter.subscription)
            )
            try:
                fold.add(one.generation, one.name, replace(segment, meters=meters))
            except FoldTooLargeError:
                return {MeterKey(key, "") for key in told}  # Closing the hour is refused as well.
        self.submit.close_log.name_tenants.as_of_now(head.log, fold, head.open)
        due = {one.key.meter for batch in batches for one in batch.records if one.status.due_at}
        return {
            one.meter
            for one in balance_log(head, fold, batches, carries)
            if one.meter.subscription in told and one.meter not in due
            if one.unfinished or (unread and one.journalled)
        }


def _add_record(flushed: Flushed, record: MeteringRecord) -> None:
    flushed.records.append(record)
    if record.status.due_at is not None and record.units:
        flushed.left += 1
