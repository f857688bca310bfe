"""Read what a subscription's contract includes, what was taken of it, and what is left."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, Protocol

from meterhouse.domain.allowances.allowance import Allowance, AllowanceKey
from meterhouse.domain.allowances.rules import Rules, period_end
from meterhouse.domain.keys import MeterKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.subscription import Subscription


class TakenAllowances(Protocol):
    """What it needs of the UsageTable."""

    def allowances(self, subscription: SubscriptionKey) -> list[Allowance]:
        """Return the allowances of a subscription from which something was taken."""


class PeriodAllowance(NamedTuple):
    """An allowance, and when its period is over, if that can be told.

    `is_current` tells that a rule grants it now; otherwise its period is over, or its rule gone.
    """

    allowance: Allowance
    ends_at: datetime | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class ReadAllowances:
    """The use case; see `__call__`."""

    ledger: TakenAllowances
    rules: Rules

    def __call__(self, subscription: Subscription, now: datetime) -> list[PeriodAllowance]:
        """Return the allowances that are, and those of periods that are over, by period.

        Who has ended, or lies ahead, has none that are.
        Of one that is, `granted` is what the rules say now, and None while AWS has not said what
        the buyer is entitled to; of others it is what it was when something was taken last.
        """
        known = {one.key: one for one in self.ledger.allowances(subscription.contract)}
        current = set[AllowanceKey]()
        has_begun = subscription.starts_at is None or subscription.starts_at <= now
        is_on = has_begun and subscription.ended_at is None
        for rule in self.rules.rules_for(subscription) if is_on else ():
            meter = MeterKey(subscription.contract, rule.dimension)
            key = AllowanceKey(meter, rule.period_of(now, subscription.starts_at))
            current.add(key)
            granted = rule.granted_to(subscription.entitlements)
            known[key] = replace(known.get(key) or Allowance(key, granted), granted=granted)
        return [
            PeriodAllowance(one, period_end(key.period, subscription.starts_at), key in current)
            for key, one in sorted(known.items(), key=lambda of: (of[0].period, of[0].meter))
        ]
