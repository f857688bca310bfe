"""Read what a subscription's contract includes, what was taken of it, and what is left."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from meterhouse.domain.allowances.allowance import Allowance, AllowanceKey
from meterhouse.domain.allowances.rules import Rules
from meterhouse.domain.keys import MeterKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.subscription import Subscription


class TakenAllowances(Protocol):
    """What it needs of the UsageTable."""

    def allowances(self, subscription: SubscriptionKey) -> list[Allowance]:
        """Return the allowances of a subscription from which something was taken."""


@dataclass(frozen=True, slots=True)
class ReadAllowances:
    """The use case; see `__call__`."""

    ledger: TakenAllowances
    rules: Rules

    def __call__(self, subscription: Subscription, now: datetime) -> list[Allowance]:
        """Return the allowances that are, and those of periods that are over, by period.

        Of one that is, `granted` is what the rules say now, and None while AWS has not said what
        the buyer is entitled to; of others it is what it was when something was taken last.
        """
        known = {one.key: one for one in self.ledger.allowances(subscription.key)}
        for rule in self.rules.rules_for(subscription):
            meter = MeterKey(subscription.key, rule.dimension)
            key = AllowanceKey(meter, rule.period_of(now, subscription.starts_at))
            granted = rule.granted_to(subscription.entitlements)
            known[key] = replace(known.get(key) or Allowance(key, granted), granted=granted)
        return sorted(known.values(), key=lambda one: (one.key.period, one.key.meter))
