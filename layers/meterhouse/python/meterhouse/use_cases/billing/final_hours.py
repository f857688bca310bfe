"""The final hour by itself: whoever ends is billed in time, without anybody's help (ADR 0018)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from meterhouse.domain.operator_commands import Commands, Stop
from meterhouse.domain.subscriptions.final_hour import FinalUsage, final_usage_of, is_closed
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports.process import Clock, Report
from meterhouse.ports.subscriptions import SubscriptionBook, SubscriptionKeeper
from meterhouse.use_cases.accounting.measure_final_risk import MeasureFinalRisk
from meterhouse.use_cases.billing.flush_subscriptions import FlushSubscriptions

Answers = Mapping[SubscriptionKey, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class FinalHours:
    """What was done for subscriptions that end, and an answer to each command.

    Attributes:
        ending: how many subscriptions are in their final hour.
        work_left: how many hours and batches had to be left.
        records_left: records of those that an operator named that still have to be billed.
        flushed: an answer to each `flush`.
        stopped: an answer to each `stopped`.

    """

    ending: int = 0
    work_left: int = 0
    records_left: int = 0
    flushed: Answers = field(default_factory=dict)
    stopped: Answers = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BillFinalHours:
    """The use case; see `__call__`."""

    subscriptions: SubscriptionBook
    keeper: SubscriptionKeeper
    flush: FlushSubscriptions
    measure: MeasureFinalRisk
    clock: Clock
    report: Report
    final_usage: timedelta

    def __call__(self, commands: Commands) -> FinalHours:
        """Flush every subscription that ends, and whom `commands` name; measure what is at risk."""
        stopped = {one.subscription: self._note(one) for one in commands.stops}
        self._refresh()
        ending, is_read = self._ending([*commands.ending, *stopped])
        for key in commands.ending:
            if is_read and key not in ending:
                self.report.failure("ending_of_nobody", subscription=key)
        now = self.clock.now()
        plans = [final_usage_of(one, now, self.final_usage) for one in ending.values()]
        flush = {one.subscription: one for one in plans if one is not None}
        count = len(flush)
        for asked in commands.flushes:
            stopped_at = min(asked.stopped_at, now)
            flush[asked.subscription] = FinalUsage(asked.subscription, stopped_at, stopped_at)
        asked_for = {one.subscription for one in commands.flushes}
        work_left, results = self.flush(
            [*flush.values()], told=asked_for | (stopped.keys() & flush.keys())
        )
        if is_read:
            self.measure(ending)
        answers = {key: one.answer() for key, one in results.items()}
        return FinalHours(
            ending=count,
            work_left=work_left,
            records_left=sum(one.left for one in results.values()),
            flushed={key: answers[key] for key in answers if key in asked_for},
            stopped={
                key: answers[key] if key in answers else _word_of(one, now)
                for key, one in stopped.items()
            },
        )

    def measure_only(self) -> None:
        """Measure what is at risk, and bill nothing."""
        ending, is_read = self._ending(())
        if is_read:
            self.measure(ending)

    def _note(self, stop: Stop) -> Subscription | None:
        noted = self.keeper.note_stopped(stop.subscription, stop.stopped_at)
        self.report.event(
            "stop_noted" if noted else "stop_of_nobody",
            subscription=stop.subscription,
            stopped_at=stop.stopped_at.isoformat(),
        )
        return noted

    def _refresh(self) -> None:
        try:
            self.keeper.refresh(self.clock.now())
        except StorageUnavailableError as error:
            # Times decide what is billed, not phases; the next run makes up for it.
            self.report.failure("phases_left", error=str(error))

    def _ending(
        self, named: Sequence[SubscriptionKey]
    ) -> tuple[dict[SubscriptionKey, Subscription], bool]:
        """Return the subscriptions that are in their final hour, and whether those are all.

        The index that names them may not know yet who is `named`. What cannot be read is the next
        run's; all other usage must not wait for it.
        """
        found: dict[SubscriptionKey, Subscription] = {}
        is_read = True
        try:
            found.update((one.key, one) for one in self.subscriptions.ending(self.clock.now()))
        except StorageUnavailableError as error:
            is_read = False
            self.report.failure("ending_not_read", error=str(error))
        try:
            found.update(self.subscriptions.find(named) if named else {})
        except StorageUnavailableError as error:
            is_read = False
            self.report.failure("ending_not_read", error=str(error), named=len(named))
        return found, is_read


def _word_of(noted: Subscription | None, now: datetime) -> dict[str, Any]:
    """Return the answer to a stop that flushed nothing."""
    if noted is None:
        return {"answer": "not_found"}
    if is_closed(noted, now):
        return {"answer": "too_late"}
    days_left = noted.days_left(now)
    return {"answer": "noted"} | ({} if days_left is None else {"days_left": days_left})
