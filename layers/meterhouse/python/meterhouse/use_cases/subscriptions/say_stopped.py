"""Take the seller's word that its product sends no more usage of a subscription."""

from dataclasses import dataclass
from datetime import datetime

from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.own_facts import stop
from meterhouse.domain.subscriptions.state import State
from meterhouse.ports.process import Report
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from meterhouse.use_cases.subscriptions.start_run import StartRun, start_run_for


@dataclass(frozen=True, slots=True)
class SayStopped:
    """The use case; see `__call__`. `start_run` starts a reconcile run for ending subscriptions."""

    keep: KeepSubscriptions
    start_run: StartRun
    report: Report

    def __call__(self, key: SubscriptionKey, stopped_at: datetime) -> State | None:
        """Store the word, and return the state that it leads to; None if there is none.

        If AWS has said that the subscription ended, its last hour is billed at once instead of
        after `FinalUsageMinutes`. The same word again changes nothing.
        """
        learned = self.keep.learn(stop(key, stopped_at))
        start_run_for(learned.states, self.start_run, self.report)
        return learned.state_of(key)
