"""Close an hour log: freeze what was used, and carry what came late (ADR 0013)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import batched
from typing import NamedTuple

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.allowances.allowance import Allowance
from meterhouse.domain.hours import HOUR, deadline_of
from meterhouse.domain.journal.carrying import late_name
from meterhouse.domain.journal.closing import ClosingFacts, plan_closing
from meterhouse.domain.journal.closing_plan import ClosingPlan
from meterhouse.domain.journal.folding import FOLD_EVENTS_MAX, LogFold
from meterhouse.domain.journal.head import Close, Head
from meterhouse.domain.journal.including import asks_for_allowance
from meterhouse.domain.journal.late_usage import late_parts, uncovered_late, undecided_meters
from meterhouse.domain.keys import LogKey, MeterKey
from meterhouse.domain.records.batching import LEFT_OUT_MAX, form_batches
from meterhouse.domain.records.endings import HOLD_PAUSE_MAX, LATE_PAUSE_MAX, hold_until
from meterhouse.domain.records.policy import MeteringPolicy
from meterhouse.domain.records.reasons import Reason, Why
from meterhouse.domain.records.record import Batch
from meterhouse.domain.records.step_when_due import LEASE
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.errors import FoldTooLargeError, JournalCorruptError
from meterhouse.ports.ledger import Lease, UsageLedger
from meterhouse.ports.process import Clock, Report
from meterhouse.ports.subscriptions import SubscriptionBook
from meterhouse.use_cases.billing.carry_usage import CarryUsage
from meterhouse.use_cases.billing.report_step import (
    report_spike,
    report_step,
    report_unknown_allowance,
)
from meterhouse.use_cases.billing.send_records import Claim, claims_of
from meterhouse.use_cases.journal.name_tenants import NameTenants
from meterhouse.use_cases.journal.read_log import LogReading, freezes_of, read_closed_log
from meterhouse.use_cases.journal.recover_segments import RecoverSegments

# One transaction: 100 actions and 4 MB at most.
BATCHES_PER_FREEZE_MAX = 10
# Each record of a batch may take from an allowance of its own.
TAKING_BATCHES_PER_FREEZE_MAX = 3
# A meter that used nothing is known from the hours before.
BEATING_HOURS = 3
# So many names of unregistered subscriptions stand in a head.
WAITING_SHOWN_MAX = 100
# The accounting comes when the answers of a run are in.
ACCOUNTING_PAUSE = timedelta(minutes=10)
# So many names of segments stand in a head.
ASIDE_MAX = 100

FindAllowances = Callable[
    [datetime, Iterable[MeterKey], Mapping[SubscriptionKey, Subscription]],
    Mapping[MeterKey, Allowance],
]
"""Tells what is included of the meters of an hour; see `find_allowances`."""

FindNorms = Callable[[LogKey, LogFold], Mapping[MeterKey, Decimal]]
"""Tells what is usual of the meters of a log that may have a spike; see `find_norms`."""


class _Carried(NamedTuple):
    """Whether all that leaves a log has arrived; and why not, if all the rest of it waits."""

    is_all: bool
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class CloseLog:
    """The use case; see `__call__`."""

    ledger: UsageLedger
    subscriptions: SubscriptionBook
    carry: CarryUsage
    recover: RecoverSegments
    name_tenants: NameTenants
    find_norms: FindNorms
    find_allowances: FindAllowances
    clock: Clock
    report: Report
    policy: MeteringPolicy
    new_token: Callable[[], str]
    must_stop: Callable[[], bool]
    fold_events_max: int = FOLD_EVENTS_MAX

    def __call__(self, head: Head, decision: Close) -> Iterator[list[Claim]]:
        """Close a log, and yield the claims on what was frozen, as it is frozen.

        Whatever interrupts it, the next closing goes on from what is in the ledger.
        """
        lease = Lease(head.log, self.new_token())
        now = self.clock.now()
        # What it leaves behind has to be closed again, also of an hour that had settled.
        head = replace(head, is_settled=not decision.only, is_balanced=False)
        if not self.ledger.take(head, lease, now, now + LEASE):
            return
        closed = head.open + 1
        reading = self._read(lease, head, closed, decision.only)
        if reading is None:
            return
        facts = self._facts(head, reading, decision.only)
        plan = plan_closing(reading.fold, facts)
        batches = form_batches(head.log, closed - 1, plan.records, reading.unreadable)
        size = TAKING_BATCHES_PER_FREEZE_MAX if plan.takings else BATCHES_PER_FREEZE_MAX
        for share in batched(batches, size, strict=False):
            if self.must_stop() or not self.ledger.freeze(lease, share, plan.takings_of(share)):
                # Unless somebody took the lease over, the log stays due and is closed again.
                self.ledger.release(lease, replace(head, due_at=now))
                return
            for batch in share:
                for record in batch.records:
                    report_step(self.report, record)
                    report_spike(self.report, record, facts.norms)
                    report_unknown_allowance(self.report, record, facts.allowances)
            unsent = not self.policy.may_be_billed(head.log.hour_at)
            yield [
                claim
                for one in share
                for claim in claims_of(one, facts.known, surely_unsent=unsent)
            ]
        self.report.count("RepeatsDropped", plan.repeats)
        if plan.conflicts:
            self.report.count("RepeatsConflicting", plan.conflicts)
        carried = self._carry(head, reading, batches, facts)
        aside = self.recover(head, reading.outside, closed)
        self._report_unreadable(head, reading, aside)
        # What has no room in the head is found again as long as its generation is not done.
        is_done = carried.is_all and len(aside) <= ASIDE_MAX
        after = replace(
            _with_waiting(head, plan, decision.only),
            done=closed if is_done else head.done,
            aside=aside[:ASIDE_MAX],
            segments=reading.segments,
        )
        if decision.only:
            # The other meters wait for their time, or for what they waited for before.
            self.ledger.release(lease, after)
        elif aside or reading.unreadable:
            self._put_off(lease, after, Reason.SEGMENT_UNREADABLE)
        else:
            self._finish(lease, after, plan, carried)

    def _read(
        self, lease: Lease, head: Head, closed: int, only: AbstractSet[SubscriptionKey]
    ) -> LogReading | None:
        """Read a log, and settle who pays for tenants; or put it off, or leave it to another."""
        try:
            reading = read_closed_log(
                self.ledger,
                head.log,
                closed=closed,
                done=head.done,
                events_max=self.fold_events_max,
                may_be_listed=self.policy.may_be_billed(head.log.hour_at),
            )
        except FoldTooLargeError as error:
            self.report.count("FoldsRefused")
            self.report.failure("fold_refused", log=str(head.log), error=str(error))
            self._put_off(lease, head, Reason.FOLD_TOO_LARGE)
            return None
        if len(reading.unreadable) > LEFT_OUT_MAX:
            # Every batch has to say what its records lack.
            self._report_unreadable(head, reading, ())
            self._put_off(lease, head, Reason.SEGMENT_UNREADABLE)
            return None
        is_named = self.name_tenants(lease, reading.fold, generation=closed - 1, only=only)
        return reading if is_named else None

    def _facts(
        self, head: Head, reading: LogReading, only: AbstractSet[SubscriptionKey]
    ) -> ClosingFacts:
        is_beating = self.policy.heartbeat and not only
        beating = self._beating(head.log) if is_beating else frozenset[MeterKey]()
        meters = reading.fold.meters.keys() | beating
        used = dict.fromkeys(meter.subscription for meter in sorted(meters))
        names = [*used]
        if only:
            # Whoever's usage is late is carried away with everybody's, whoever is flushed.
            late = {one.subscription for one, usage in reading.fold.meters.items() if usage.late}
            names = [name for name in used if name in only or name in late]
        known = self.subscriptions.find(names) if names else {}
        fold, unfrozen = reading.fold, sorted(meters - reading.fold.frozen.keys())
        asking = [meter for meter in unfrozen if asks_for_allowance(fold.meters.get(meter))]
        return ClosingFacts(
            log=head.log,
            now=self.clock.now(),
            known=known,
            beating=beating,
            is_beating=is_beating,
            only=only,
            may_be_billed=self.policy.may_be_billed(head.log.hour_at),
            spikes=self.policy.spikes,
            norms={} if only else self.find_norms(head.log, reading.fold),
            allowances=self.find_allowances(head.log.hour_at, asking, known),
        )

    def _beating(self, log: LogKey) -> frozenset[MeterKey]:
        """Return the meters that had records in the hours before, zeros included."""
        meters: set[MeterKey] = set()
        for ago in range(1, BEATING_HOURS + 1):
            try:
                before = LogKey(log.hour_at - ago * HOUR, log.shard)
                meters |= freezes_of(self.ledger.batches(before)).keys()
            except (JournalCorruptError, OverflowError) as error:
                self.report.failure("hour_before_not_read", log=str(log), error=str(error))
        return frozenset(meters)

    def _report_unreadable(self, head: Head, reading: LogReading, aside: tuple[str, ...]) -> None:
        for name, reason in reading.unreadable.items():
            self.report.failure("segment_unreadable", log=str(head.log), segment=name, error=reason)
        if trouble := len(reading.unreadable) + len(aside):
            self.report.count("SegmentsUnreadable", trouble)

    def _carry(
        self, head: Head, reading: LogReading, frozen: list[Batch], facts: ClosingFacts
    ) -> _Carried:
        """Carry everything that leaves the log."""
        batches = [*reading.batches, *frozen]
        arrived = [self.carry.rest(batch) for batch in batches if _has_rest(batch)]
        if reading.batches:
            arrived.append(self.carry.redriven(head.log))
        # Without a segment that counts nobody knows which late events are repeats of its events.
        if reading.unreadable:
            return _Carried(is_all=False)
        undecided = undecided_meters(batches, facts)
        waiting, known = False, None
        for generation in range(head.done, head.open + 1):
            kept = uncovered_late(reading.fold, generation, facts)
            stay = undecided - kept.keys()
            went: set[MeterKey] = set()
            for met in (False, True):
                parts = late_parts(reading.fold, generation, met=met)
                if parts and known is None:
                    # Read once: as long as something waits there are ever more generations.
                    known = self.ledger.carries(head.log)
                name = late_name(generation, met=met)
                carried = self.carry(head.log, name, parts, kept=kept, waiting=stay, known=known)
                arrived.append(carried.has_arrived)
                went |= carried.meters
                waiting |= carried.waits
            if went:
                events = reading.fold.late_events(generation, went - kept.keys())
                self.report.count("LateEventsCarried", events)
        reason = Reason.LATE_USAGE_WAITS if waiting and all(arrived) else None
        return _Carried(all(arrived) and not waiting, reason)

    def _finish(self, lease: Lease, head: Head, plan: ClosingPlan, carried: _Carried) -> None:
        """Store when to look at the log again: for what waits, or to account for it."""
        if plan.waiting:
            self.report.count("RecordsHeld", len(plan.waiting))
            reason = plan.why_waiting
            self.report.event(
                "usage_held",
                log=str(head.log),
                reason=reason,
                waiting=list(head.waiting),
                units=str(plan.waiting_units),
            )
            self._put_off(lease, head, reason)
        elif not carried.is_all:
            if carried.reason is not None:
                self.report.event("late_usage_waits", log=str(head.log), segments=head.segments)
            self._put_off(lease, head, carried.reason)
        else:
            due_at = self.clock.now() + ACCOUNTING_PAUSE
            done = replace(head, reason=None, holds=0, due_at=due_at)
            self.ledger.release(lease, done)

    def _put_off(self, lease: Lease, head: Head, reason: Why | None) -> None:
        now, hour_at = self.clock.now(), head.log.hour_at
        due_at = hold_until(hour_at, head.holds, now)
        if reason is Reason.LATE_USAGE_WAITS:
            due_at = min(due_at, now + LATE_PAUSE_MAX)
        if now >= deadline_of(hour_at):
            due_at = now + HOLD_PAUSE_MAX
        held = replace(head, due_at=due_at, reason=reason, holds=head.holds + 1)
        self.ledger.release(lease, held)


def _with_waiting(head: Head, plan: ClosingPlan, only: AbstractSet[SubscriptionKey]) -> Head:
    """Return a head that names who must be registered; a flush leaves the others' names alone."""
    others = {*head.waiting} - only if only else set()
    waiting = tuple(sorted(plan.waiting | others)[:WAITING_SHOWN_MAX])
    held = ((Standing.HELD.value, plan.waiting_units),) if plan.waiting_units else ()
    placed = (one for one in head.totals if one[0] != Standing.HELD)
    return replace(head, waiting=waiting, totals=head.totals if only else (*placed, *held))


def _has_rest(batch: Batch) -> bool:
    return any(record.sealed.rest for record in batch.records)
