"""Note what AWS's answers to metering say of subscriptions, after all else that a run does."""

from collections.abc import Collection
from dataclasses import dataclass

from meterhouse.domain.subscriptions.suspicion import Suspicion
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports.process import Clock, Report
from meterhouse.ports.subscriptions import SubscriptionKeeper

# Should AWS refuse everybody at once, a run says so of some, and the next ones of the others. Each
# takes about ten requests to the table.
NOTED_MAX = 100
# A note must end within what is left of the run.
_NOTE_SECONDS_MIN = 20.0


@dataclass(frozen=True, slots=True)
class NoteSuspicions:
    """The use case; see `__call__`."""

    keeper: SubscriptionKeeper
    clock: Clock
    report: Report

    def __call__(self, news: Collection[Suspicion]) -> None:
        """Store what is new; what cannot be stored now is heard again with AWS's next answer.

        Billing does not depend on it: the records' own outcomes are stored before.
        """
        noted, error = 0, None
        for heard in [*news][:NOTED_MAX]:
            if self.clock.seconds_left() < _NOTE_SECONDS_MIN:
                break
            try:
                self.keeper.note_suspicion(heard)
            except StorageUnavailableError as trouble:
                error = str(trouble)
                break
            noted += 1
            self._say(heard)
        if noted < len(news):
            self.report.failure("suspicions_left", left=len(news) - noted, error=error)

    def _say(self, heard: Suspicion) -> None:
        key = heard.subscription.key
        if heard.is_raised:
            self.report.count("SuspensionsSuspected")
            self.report.failure("suspension_suspected", subscription=key)
        else:
            self.report.event("suspicion_cleared", subscription=key)
