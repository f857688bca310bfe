"""Do what is due: close hours, freeze them, send what was frozen. Shared by drain and reconcile.

Work comes as logs and batches, the soonest deadline first. While the calls of one turn are made,
the next turn is read and frozen.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from operator import call
from typing import assert_never

from meterhouse.domain.hours import deadline_of
from meterhouse.domain.journal.head import (
    Account,
    Close,
    File,
    Head,
    LogFacts,
    Postpone,
    decide_log,
    settled_time,
)
from meterhouse.domain.keys import LogKey, shards_of
from meterhouse.domain.records.policy import MeteringPolicy
from meterhouse.domain.records.record import BatchKey
from meterhouse.domain.subscriptions.final_hour import FinalUsage
from meterhouse.domain.subscriptions.identity import SubscriptionKey, is_tenant
from meterhouse.domain.usage.backlog import UNKNOWN_BACKLOG, Backlog, QueueView
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports.ledger import UsageLedger
from meterhouse.ports.process import Clock, Report, Workers
from meterhouse.ports.queues import UsageQueue
from meterhouse.ports.subscriptions import SubscriptionBook
from meterhouse.use_cases.accounting.balance_log import BalanceLog
from meterhouse.use_cases.accounting.file_day import FileDay
from meterhouse.use_cases.billing.close_log import WAITING_SHOWN_MAX, CloseLog
from meterhouse.use_cases.billing.send_records import Claim, SendRecords, pack
from meterhouse.use_cases.billing.step_batch import StepBatch
from meterhouse.use_cases.journal.read_each import read_each

# While some calls wait for AWS or the table, others go on: ten calls a second need several.
PARALLEL_CALLS_MAX = 12
# Ten seconds of calls at AWS's quota: what is claimed is sent soon, and calls are full.
TURN_RECORDS = 2_500

Work = LogKey | BatchKey
_Work = Callable[[], list[Claim] | None]


@dataclass(slots=True)
class _Progress:
    """What one call knows, has done, and leaves until its claims are sent: keeping the books."""

    view: QueueView
    flush: Sequence[FinalUsage]
    flushed: frozenset[SubscriptionKey]
    done: list[Work] = field(default_factory=list)
    books: dict[LogKey, Callable[[], None]] = field(default_factory=dict)


@dataclass(slots=True)
class SubmitUsage:
    """The use case; see `__call__`."""

    ledger: UsageLedger
    subscriptions: SubscriptionBook
    queue: UsageQueue
    close_log: CloseLog
    step_batch: StepBatch
    balance_log: BalanceLog
    file_day: FileDay
    sender: SendRecords
    workers: Workers
    clock: Clock
    report: Report
    policy: MeteringPolicy

    def __call__(
        self,
        work: Sequence[Work],
        *,
        own_messages: int = 0,
        flush: Sequence[FinalUsage] = (),
        queue: QueueView | None = None,
    ) -> int:
        """Do what is due of `work`; return how many of it had to be left for later.

        `own_messages` are the queue's messages that the caller itself holds. What is to `flush` is
        billed before its time, hour by hour as it is ready, by what waits in the `queue`.
        """
        if not work:
            return 0
        view = queue or QueueView(self.read_backlog(), own_messages)
        progress = _Progress(view, flush, frozenset(one.subscription for one in flush))
        ordered = sorted(work, key=urgency(self.clock.now()))
        turns = self._turns(self._claims(ordered, progress))
        claims = next(turns, None)
        while claims is not None:
            claims = self._take_turn(claims, turns)
        for log, keep in progress.books.items():
            if self.sender.must_stop():
                break
            try:
                keep()
                progress.done.append(log)
            except Exception as error:  # noqa: BLE001 - the boundary of a piece of work
                self._report_failure(error, work=str(log))
        return len(work) - len(progress.done)

    def read_backlog(self) -> Backlog:
        """Return what waits in the queue, or what to assume if it does not say so."""
        try:
            return self.queue.backlog(self.clock.now())
        except StorageUnavailableError as error:
            # Hours stay open a little longer then; what is frozen or near its deadline still goes.
            self.report.failure("backlog_unknown", error=str(error))
            return UNKNOWN_BACKLOG

    def _take_turn(self, claims: list[Claim], turns: Iterator[list[Claim]]) -> list[Claim] | None:
        """Send what was claimed, and prepare the next turn meanwhile."""
        works: list[_Work] = [partial(next, turns, None)]
        works.extend(partial(self.sender, share) for share in pack(claims))
        prepared, *_ = self.workers.each(call, works, count_max=PARALLEL_CALLS_MAX)
        return prepared

    def _turns(self, claims: Iterator[list[Claim]]) -> Iterator[list[Claim]]:
        """Gather claims until they fill a turn."""
        turn: list[Claim] = []
        for some in claims:
            turn.extend(some)
            if len(turn) >= TURN_RECORDS:
                yield turn
                turn = []
        if turn:
            yield turn

    def _claims(self, work: Sequence[Work], progress: _Progress) -> Iterator[list[Claim]]:
        """Yield claims, piece of work after piece of work; what fails harms no other."""
        logs = [key for key in work if isinstance(key, LogKey)]
        try:
            heads, unreadable = read_each(self.ledger.heads, logs)
        except StorageUnavailableError as error:
            self._report_failure(error, works=len(work))
            return
        for log, damage in unreadable.items():
            self._report_failure(damage, work=str(log))
        for key in work:
            if key in unreadable:
                continue
            if self.sender.must_stop():
                return
            try:
                if isinstance(key, LogKey):
                    yield from self._claims_of_log(heads.get(key), progress)
                else:
                    yield self.step_batch(key, progress.flushed)
                if key not in progress.books:
                    progress.done.append(key)
            except Exception as error:  # noqa: BLE001 - the boundary of a piece of work
                # It stays due; the others, and what was claimed, must not wait for it.
                self._report_failure(error, work=str(key))

    def _claims_of_log(self, head: Head | None, progress: _Progress) -> Iterator[list[Claim]]:
        if head is None:
            return
        decision = decide_log(head, self._facts(head, progress.view, progress.flush))
        match decision:
            case None:
                return
            case Close():
                yield from self.close_log(head, decision)
            case Postpone():
                self.balance_log.postpone(head, decision)
            case Account():
                progress.books[head.log] = partial(self.balance_log, head)
            case File():
                progress.books[head.log] = partial(self.file_day, head)
            case _:
                assert_never(decision)

    def _facts(self, head: Head, view: QueueView, flush: Sequence[FinalUsage]) -> LogFacts:
        waiting = list(head.waiting)
        now, policy = self.clock.now(), self.policy
        # Of more names than are shown nobody knows whether they are registered by now.
        is_cut = len(waiting) >= WAITING_SHOWN_MAX
        return LogFacts(
            now=now,
            settle=policy.settle,
            quiet=policy.quiet,
            is_drained=view.is_drained(settled_time(head, policy.settle, policy.quiet)),
            has_news=is_cut or self._has_news(head.log, waiting),
            flushed=frozenset(
                one.subscription
                for one in flush
                if head.log.shard in shards_of(one.subscription, policy.shards)
                and one.is_ready(head.log.hour_at, now, view.is_drained)
            ),
        )

    def _has_news(self, log: LogKey, waiting: Sequence[SubscriptionKey]) -> bool:
        """Tell whether it is known by now who pays for usage that waits for that."""
        others = [key for key in waiting if not is_tenant(key)]
        if others and self.subscriptions.find(others):
            return True
        return self.close_log.name_tenants.has_news(log, waiting)

    def _report_failure(self, error: Exception, **fields: object) -> None:
        if not isinstance(error, StorageUnavailableError):
            # Storage comes back; what nobody thought of needs a person.
            self.report.count("SubmissionsFailed")
        self.report.failure("work_left", error=repr(error), **fields)


def urgency(now: datetime) -> Callable[[Work], tuple[object, ...]]:
    """Return the order of work: the soonest deadline first, and last what is past it already.

    What is frozen goes before what has to be folded first.
    """

    def key(work: Work) -> tuple[object, ...]:
        log = work if isinstance(work, LogKey) else work.log
        deadline_at = deadline_of(log.hour_at)
        return deadline_at <= now, deadline_at, log is work, str(work)

    return key
