"""Seal and send metering records: shared by the drain and the reconcile run.

Gather records, subscriptions and the queue's backlog; decide each record's step; write every claim
before its call; persist every outcome right after its call. Records go in waves, several at a time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from meterhouse.domain.decisions import Facts, Keep, Leave, Send, decide
from meterhouse.domain.hours import quiet_time_of, seal_time_of
from meterhouse.domain.identity import SubscriptionKey
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records import Change, MeteringRecord
from meterhouse.domain.subscriptions import Subscription
from meterhouse.domain.waves import form_waves
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports import (
    Backlog,
    Clock,
    CommitResult,
    Report,
    SubscriptionBook,
    UsageLedger,
    UsageQueue,
    Workers,
)
from meterhouse.use_cases.commit_change import commit_change
from meterhouse.use_cases.report_change import report_change
from meterhouse.use_cases.send_records import Claim, SendRecords

# While some waves wait for AWS or the table, others go on: ten calls a second need several.
PARALLEL_WAVES_MAX = 12
# A call with its retries and the writes after it must fit into what is left of the run.
WAVE_SECONDS_MIN = 45.0
# As if messages of every hour were waiting.
UNKNOWN_BACKLOG = Backlog(waiting=1, in_flight=0, drained_to_at=None)


@dataclass(frozen=True, slots=True)
class MeteringPolicy:
    """The settings that decide when and what is sent."""

    settle: timedelta
    quiet: timedelta
    heartbeat: bool

    def due_time_of(self, hour_at: datetime, now: datetime) -> datetime:
        """Return when a record that takes usage now is to be looked at."""
        return max(seal_time_of(hour_at, self.settle), quiet_time_of(hour_at, now, self.quiet))


@dataclass(frozen=True, slots=True)
class QueueView:
    """What a run knows about the usage queue.

    Attributes:
        backlog: what waits there.
        own_messages: those of them that the caller itself holds; they are no backlog.
        flush_at: until when usage belongs to a final flush, or None when nothing is flushed.

    """

    backlog: Backlog
    own_messages: int = 0
    flush_at: datetime | None = None

    def is_drained(self, hour_at: datetime, settle: timedelta) -> bool:
        """Tell whether no message sent before an hour was to be sealed waits in the queue.

        A backlog is not late usage: messages that only wait for us must not miss their hour.
        """
        if self.backlog.waiting == 0 and self.backlog.in_flight <= self.own_messages:
            return True
        seal_at = self.flush_at or seal_time_of(hour_at, settle)
        drained_to_at = self.backlog.drained_to_at
        return drained_to_at is not None and drained_to_at >= seal_at


@dataclass(frozen=True, slots=True)
class SubmitRecords:
    """The use case; see `__call__`."""

    ledger: UsageLedger
    subscriptions: SubscriptionBook
    queue: UsageQueue
    sender: SendRecords
    workers: Workers
    clock: Clock
    report: Report
    policy: MeteringPolicy

    def must_stop(self) -> bool:
        """Tell whether this run may take no more work: out of time, or refused by AWS."""
        return self.sender.stopped or self.clock.seconds_left() < WAVE_SECONDS_MIN

    def __call__(
        self,
        keys: Sequence[RecordKey],
        *,
        own_messages: int = 0,
        flush_at: datetime | None = None,
    ) -> int:
        """Do what is due for the records `keys`; return how many had to be left for later.

        `own_messages` are the queue's messages that the caller itself holds. With `flush_at` the
        records are billed before their time, once no usage sent until then waits in the queue.
        """
        if not keys:
            return 0
        queue = QueueView(self._read_backlog(), own_messages, flush_at)
        try:
            known = self.subscriptions.find([*dict.fromkeys(key.subscription for key in keys)])
        except StorageUnavailableError as error:
            self._report_failure("wave_left", error, records=len(keys))
            return len(keys)
        waves = form_waves(keys, known)
        submit_wave = partial(self._submit_wave, known=known, queue=queue)
        return sum(self.workers.each(submit_wave, waves, count_max=PARALLEL_WAVES_MAX))

    def is_drained_to(self, moment: datetime) -> bool:
        """Tell whether no usage that was sent before a moment waits in the queue."""
        queue = QueueView(self._read_backlog(), flush_at=moment)
        return queue.is_drained(moment, self.policy.settle)

    def _read_backlog(self) -> Backlog:
        try:
            return self.queue.backlog(self.clock.now())
        except StorageUnavailableError as error:
            # Hours stay open a little longer then; what is frozen or near its deadline still goes.
            self.report.event("backlog_unknown", error=str(error))
            return UNKNOWN_BACKLOG

    def _submit_wave(
        self,
        keys: Sequence[RecordKey],
        *,
        known: Mapping[SubscriptionKey, Subscription],
        queue: QueueView,
    ) -> int:
        """Take every record's step and send what was claimed; return how many failed."""
        if self.must_stop():
            return len(keys)
        claims: list[Claim] = []
        failed = 0
        try:
            self.ledger.register_accounts([*dict.fromkeys(key.account for key in keys)])
            # One record after the other: the journals of a whole wave need not fit into memory.
            for record in self.ledger.read_each(keys):
                if self.must_stop():
                    failed += 1
                    continue
                facts = self._gather(record, known, queue)
                try:
                    claims.extend(self._take_step(record, facts))
                except Exception as error:  # noqa: BLE001 - the boundary of a record
                    # It stays due; the others, and what was claimed, must not wait for it.
                    failed += 1
                    self._report_failure("step_not_taken", error, record=str(record.key))
        except Exception as error:  # noqa: BLE001 - the boundary of a wave
            # What was not claimed stays due; the waves after it may fare better.
            failed = len(keys) - len(claims)
            self._report_failure("wave_left", error, records=failed)
        self.sender(claims)
        return failed

    def _report_failure(self, name: str, error: Exception, **fields: object) -> None:
        if not isinstance(error, StorageUnavailableError):
            # Storage comes back; what nobody thought of needs a person.
            self.report.count("SubmissionsFailed")
        self.report.event(name, error=repr(error), **fields)

    def _gather(
        self,
        record: MeteringRecord,
        known: Mapping[SubscriptionKey, Subscription],
        queue: QueueView,
    ) -> Facts:
        return Facts(
            now=self.clock.now(),
            subscription=known.get(record.key.subscription),
            settle=self.policy.settle,
            quiet=self.policy.quiet,
            heartbeat=self.policy.heartbeat,
            drained=queue.is_drained(record.key.hour_at, self.policy.settle),
            flush=queue.flush_at is not None,
        )

    def _take_step(self, record: MeteringRecord, facts: Facts) -> Iterator[Claim]:
        """Write the record's next step; yield the claim if it is one to send."""
        decision = decide(record, facts)
        match decision:
            case Leave():
                return
            case Keep(change, fold):
                if self._commit(change):
                    report_change(self.report, record, change.record, fold)
            case Send(change, surely_unsent, fold):
                if self._commit(change):
                    report_change(self.report, record, change.record, fold)
                    # What is sent is frozen; the journal may leave the memory.
                    claimed = replace(change.record, pages=())
                    yield Claim(claimed, surely_unsent=surely_unsent)

    def _commit(self, change: Change) -> bool:
        # On a conflict somebody else took a step; the record is due again when that one left it so.
        result = commit_change(self.ledger, change, settle=self.policy.settle, now=self.clock.now())
        return result is CommitResult.COMMITTED
