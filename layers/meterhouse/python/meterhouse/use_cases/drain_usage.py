"""Drain the usage queue: many events, few writes, and nothing lost.

Gather messages, decide which hour logs their events belong to, append one segment to each, look
whether it will count, hand over what can never be billed, and submit the hours that are complete.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from meterhouse.domain.journal.draining import DrainPlan, messages_of, plan_drain
from meterhouse.domain.keys import LogKey
from meterhouse.domain.usage.events import QueueMessage, Rejection
from meterhouse.errors import FENCED, StorageUnavailableError
from meterhouse.ports.process import Clock, Report
from meterhouse.ports.queues import RejectedUsage, UsageQueue
from meterhouse.use_cases.billing.submit_usage import SubmitUsage
from meterhouse.use_cases.journal.append_usage import AppendUsage


@dataclass(frozen=True, slots=True)
class DrainUsage:
    """The use case; see `__call__`."""

    append: AppendUsage
    rejected: RejectedUsage
    queue: UsageQueue
    submit: SubmitUsage
    clock: Clock
    report: Report

    def __call__(self, messages: Sequence[QueueMessage]) -> list[str]:
        """Take every event of the messages; return the ids of messages that SQS must keep.

        A message is kept only when we failed: an event of it is in neither the journal nor the
        queue of rejected usage. Taking it again is safe, because repeats are dropped at closing.
        """
        self._note_progress(messages)
        policy = self.submit.policy
        now, late_max = self.clock.now(), policy.late_max
        plan = plan_drain(messages, now=now, shards=policy.shards, late_max=late_max)
        lost = self.append(plan.events)
        failed = messages_of(messages, plan, lost, now=now, late_max=late_max)
        failed |= self._reject(plan)
        accepted = sum(map(len, plan.events.values())) - sum(map(len, lost.values()))
        self._report(plan, accepted, messages=len(messages), kept=len(failed))
        if failed:
            kept = [one for one in messages if one.message_id in failed]
            slow = self.queue.retry_soon(
                kept, self.clock.now(), seconds_left=self.clock.seconds_left
            )
            if slow:
                self.report.failure("messages_not_hastened", messages=slow)
        self._submit_due([*plan.events.keys() - lost.keys()], own_messages=len(messages))
        return sorted(failed)

    def _report(self, plan: DrainPlan, accepted: int, *, messages: int, kept: int) -> None:
        self.report.count("EventsAccepted", accepted)
        self.report.count("RepeatsDropped", plan.repeats)
        self.report.count("EventsRejected", 0)
        for code, events in Counter(one.faults[0].code for one in plan.rejections).items():
            self.report.count("EventsRejected", events, reason=code)
        self.report.count("EventsDeferred", kept)
        self.report.event(
            "usage_drained",
            messages=messages,
            events=plan.event_count,
            accepted=accepted,
            repeats=plan.repeats,
            hours=len(plan.events),
            rejected=len(plan.rejections),
            messages_kept=kept,
        )

    def _note_progress(self, messages: Sequence[QueueMessage]) -> None:
        """Say which messages are in work, so that nobody closes their hours meanwhile."""
        if not messages:
            return
        oldest_at = min(message.sent_at for message in messages)
        try:
            self.queue.note_progress(
                oldest_at, self.clock.now(), seconds_left=self.clock.seconds_left
            )
        except StorageUnavailableError as error:
            # At worst their usage comes late and is carried to another hour.
            self.report.failure("progress_not_noted", error=str(error))

    def _reject(self, plan: DrainPlan) -> set[str]:
        """Hand over what can never be billed; return the messages that could not be."""
        by_message: dict[str, list[Rejection]] = {}
        for rejection in plan.rejections:
            by_message.setdefault(rejection.message_id, []).append(rejection)
        for message_id, rejections in by_message.items():
            codes = Counter(fault.code for rejection in rejections for fault in rejection.faults)
            self.report.failure(
                "usage_rejected", message_id=message_id, events=len(rejections), codes=dict(codes)
            )
        return self.rejected.send(by_message, seconds_left=self.clock.seconds_left)

    def _submit_due(self, appended: list[LogKey], *, own_messages: int) -> None:
        """Bill the hours that this drain completed; what fails here is the reconcile run's work."""
        now = self.clock.now()
        policy = self.submit.policy
        due = [log for log in appended if policy.due_time_of(log.hour_at, now) <= now]
        if policy.is_fenced:
            if appended:
                self.report.count("RunsFenced")
                self.report.failure("runs_fenced", remedy=FENCED)
            return
        try:
            left = self.submit(due, own_messages=own_messages)
        except Exception as error:  # noqa: BLE001 - the boundary of the batch, see below
            # The events are safe in the journal and their hours stand in the due index. Failing the
            # batch would only send ten thousand stored messages round, and at last to the DLQ.
            self.report.count("SubmissionsFailed")
            self.report.failure("submission_left_to_reconcile", error=repr(error))
            return
        self.report.event("submission_done", due=len(due), left=left)
