"""Seal and send metering records: shared by the drain and the reconcile run.

Gather records, subscriptions and the queue's backlog; decide each record's step; write every claim
before its call; persist every outcome right after its call.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from meterhouse.domain.decisions import Facts, Keep, Leave, Send, decide
from meterhouse.domain.hours import quiet_time_of, seal_time_of
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records import Change, MeteringRecord
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports import (
    Backlog,
    Clock,
    CommitResult,
    Report,
    SubscriptionBook,
    UsageLedger,
    UsageQueue,
)
from meterhouse.use_cases.commit_change import commit_change
from meterhouse.use_cases.report_change import report_change
from meterhouse.use_cases.send_records import Claim, SendRecords

# As many as ten calls can take: a wave is claimed, sent and persisted before the next one begins.
WAVE_RECORDS_MAX = 250
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
class SubmitRecords:
    """The use case; see `__call__`."""

    ledger: UsageLedger
    subscriptions: SubscriptionBook
    queue: UsageQueue
    sender: SendRecords
    clock: Clock
    report: Report
    policy: MeteringPolicy

    @property
    def must_stop(self) -> bool:
        """Tell whether this run may take no more work: out of time, or refused by AWS."""
        return self.sender.stopped or self.clock.seconds_left() < WAVE_SECONDS_MIN

    def __call__(self, keys: Sequence[RecordKey], *, own_messages: int = 0) -> int:
        """Do what is due for the records `keys`; return how many had to be left for later.

        `own_messages` are the queue's messages that the caller itself holds: they are no backlog.
        """
        left, skipped = list(keys), 0
        backlog = self._read_backlog() if left else UNKNOWN_BACKLOG
        while left:
            if self.must_stop:
                break
            wave, left = left[:WAVE_RECORDS_MAX], left[WAVE_RECORDS_MAX:]
            try:
                skipped += self._submit_wave(wave, backlog, own_messages)
            except StorageUnavailableError as error:
                # The wave stays due; the waves after it may fare better.
                self.report.event("wave_left", records=len(wave), error=str(error))
                skipped += len(wave)
        return len(left) + skipped

    def _read_backlog(self) -> Backlog:
        try:
            return self.queue.backlog(self.clock.now())
        except StorageUnavailableError as error:
            # Hours stay open a little longer then; what is frozen or near its deadline still goes.
            self.report.event("backlog_unknown", error=str(error))
            return UNKNOWN_BACKLOG

    def _submit_wave(self, keys: list[RecordKey], backlog: Backlog, own_messages: int) -> int:
        """Take every record's step and send what was claimed; return how many failed."""
        known = self.subscriptions.find([*{key.subscription for key in keys}])
        self.ledger.register_accounts([*{key.account for key in keys}])
        claims: list[Claim] = []
        failed = 0
        for record in self.ledger.read_each(keys):
            if self.must_stop:
                failed += 1
                continue
            facts = Facts(
                now=self.clock.now(),
                subscription=known.get(record.key.subscription),
                settle=self.policy.settle,
                quiet=self.policy.quiet,
                heartbeat=self.policy.heartbeat,
                drained=self._is_drained(record, backlog, own_messages),
            )
            try:
                claims.extend(self._take_step(record, facts))
            except StorageUnavailableError as error:
                # It stays due; the others must not wait for it.
                failed += 1
                self.report.event("step_not_stored", record=str(record.key), error=str(error))
        self.sender(claims)
        return failed

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

    def _is_drained(self, record: MeteringRecord, backlog: Backlog, own_messages: int) -> bool:
        """Tell whether no message sent before the record was to be sealed waits in the queue.

        A backlog is not late usage: messages that only wait for us must not miss their hour.
        """
        if backlog.waiting == 0 and backlog.in_flight <= own_messages:
            return True
        seal_at = seal_time_of(record.key.hour_at, self.policy.settle)
        return backlog.drained_to_at is not None and backlog.drained_to_at >= seal_at
