"""Drain the usage queue: many events, few writes, and nothing lost.

Gather messages, decide which records their events belong to, write one journal page per record,
carry what is late, hand over what can never be billed, and submit the hours that are complete.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from meterhouse.domain.draining import DrainPlan, plan_drain
from meterhouse.domain.events import QueueMessage, Rejection, UsageEvent
from meterhouse.domain.hours import is_sendable
from meterhouse.domain.journal import paginate
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.lateness import carry_late, unseen_events
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports import (
    Clock,
    CommitResult,
    JournalResult,
    JournalWrite,
    RejectedUsage,
    Report,
    UsageLedger,
    UsageQueue,
    Workers,
)
from meterhouse.use_cases.commit_change import commit_change
from meterhouse.use_cases.submit_records import SubmitRecords

# Two drains that carry late usage of one record take turns; more turns than this go back to SQS.
CARRY_ATTEMPTS_MAX = 20
CARRY_PAUSE_SECONDS = 0.05
# Each holds the whole journal of a closed hour in memory.
PARALLEL_CARRIES_MAX = 4
# Writing must end in time for Lambda to learn which messages failed.
WRITE_SECONDS_MIN = 15.0


@dataclass(frozen=True, slots=True)
class DrainUsage:
    """The use case; see `__call__`."""

    ledger: UsageLedger
    rejected: RejectedUsage
    queue: UsageQueue
    submit: SubmitRecords
    workers: Workers
    clock: Clock
    report: Report

    def __call__(self, messages: Sequence[QueueMessage]) -> list[str]:
        """Take every event of the messages; return the ids of messages that SQS must keep.

        A message is kept only when we failed: an event of it is in neither the journal nor the
        queue of rejected usage. Taking it again is safe, because repeats are dropped at sealing.
        """
        self._note_progress(messages)
        plan = plan_drain(messages, now=self.clock.now())
        failed_records, written = self._journal(plan)
        failed = {message_id for key in failed_records for message_id in plan.sources[key]}
        failed |= self._reject(plan)
        accepted = sum(
            len(events) for key, events in plan.events.items() if key not in failed_records
        )
        self.report.count("EventsAccepted", accepted)
        self.report.count("RepeatsDropped", plan.repeats)
        self.report.count("EventsRejected", len(plan.rejections))
        self.report.count("EventsDeferred", len(failed))
        self.report.event(
            "usage_drained",
            messages=len(messages),
            events=plan.event_count,
            accepted=accepted,
            repeats=plan.repeats,
            records=len(plan.events),
            rejected=len(plan.rejections),
            messages_kept=len(failed),
        )
        if failed:
            kept = [one for one in messages if one.message_id in failed]
            self.queue.retry_soon(kept, self.clock.now())
        self._submit_due(written, own_messages=len(messages))
        return sorted(failed)

    def _note_progress(self, messages: Sequence[QueueMessage]) -> None:
        """Say which messages are in work, so that nobody closes their hours meanwhile."""
        if not messages:
            return
        oldest_at = min(message.sent_at for message in messages)
        try:
            self.queue.note_progress(oldest_at, self.clock.now())
        except StorageUnavailableError as error:
            # At worst their usage comes late and is carried to another hour.
            self.report.event("progress_not_noted", error=str(error))

    def _journal(self, plan: DrainPlan) -> tuple[set[RecordKey], list[RecordKey]]:
        """Write all pages; return the records that failed, and those that were written."""
        now, policy = self.clock.now(), self.submit.policy
        failed: set[RecordKey] = set()
        written: list[RecordKey] = []
        late = [key for key in plan.events if not is_sendable(key.hour_at, now)]
        writes = [
            JournalWrite(key, policy.due_time_of(key.hour_at, now), now, tuple(paginate(events)))
            for key, events in plan.events.items()
            if is_sendable(key.hour_at, now)
        ]
        for write, result in zip(writes, self.ledger.journal(writes), strict=True):
            match result:
                case JournalResult.WRITTEN:
                    written.append(write.key)
                case JournalResult.CLOSED:
                    late.append(write.key)
                case JournalResult.FAILED:
                    failed.add(write.key)
        carried = self.workers.each(
            lambda key: self._carry(key, plan.events[key]), late, count_max=PARALLEL_CARRIES_MAX
        )
        failed.update(key for key, is_carried in zip(late, carried, strict=True) if not is_carried)
        return failed, written

    def _carry(self, key: RecordKey, events: Sequence[UsageEvent]) -> bool:
        """Carry late events forward, page by page; tell whether all are in the journal now."""
        for attempt in range(CARRY_ATTEMPTS_MAX):
            if self.clock.seconds_left() < WRITE_SECONDS_MIN:
                return False
            if attempt:
                self.clock.pause(CARRY_PAUSE_SECONDS * attempt * self.clock.jitter())
            try:
                record = self.ledger.read([key]).get(key)
                unseen = unseen_events(record, events)
                if attempt == 0:
                    self.report.count("RepeatsDropped", len(events) - len(unseen))
                if not unseen:
                    return True
                now = self.clock.now()
                change = carry_late(key, record, unseen, now)
                settle = self.submit.policy.settle
                result = commit_change(self.ledger, change, settle=settle, now=now)
            except StorageUnavailableError:
                return False
            if result is CommitResult.COMMITTED and change.late_page is not None:
                self.report.count("LateEventsCarried", len(change.late_page.entries))
                self.report.event(
                    "late_usage_carried",
                    record=str(key),
                    events=len(change.late_page.entries),
                    units=str(change.late_page.units),
                )
        return False

    def _reject(self, plan: DrainPlan) -> set[str]:
        """Hand over what can never be billed; return the messages that could not be."""
        by_message: dict[str, list[Rejection]] = {}
        for rejection in plan.rejections:
            by_message.setdefault(rejection.message_id, []).append(rejection)
        for message_id, rejections in by_message.items():
            codes = Counter(rejection.code for rejection in rejections)
            self.report.event("usage_rejected", message_id=message_id, codes=dict(codes))
        return self.rejected.send(by_message)

    def _submit_due(self, written: list[RecordKey], *, own_messages: int) -> None:
        """Bill the hours that this drain completed; what fails here is the reconcile run's work."""
        now = self.clock.now()
        try:
            policy = self.submit.policy
            due = [key for key in written if policy.due_time_of(key.hour_at, now) <= now]
            left = self.submit(due, own_messages=own_messages)
        except Exception as error:  # noqa: BLE001 - the boundary of the batch, see below
            # The events are safe in the journal and their records stand in the due index. Failing
            # the batch would only send ten thousand stored messages round, and at last to the DLQ.
            self.report.count("SubmissionsFailed")
            self.report.event("submission_left_to_reconcile", error=repr(error))
            return
        self.report.event("submission_done", due=len(due), left=left)
