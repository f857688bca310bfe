"""Find what is included of the meters of a log, and how much of it was taken (ADR 0034)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from meterhouse.domain.allowances.allowance import Allowance, AllowanceKey
from meterhouse.domain.allowances.rules import Rules
from meterhouse.domain.keys import MeterKey
from meterhouse.domain.subscriptions.entitlements import Entitlements
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.errors import MarketplaceError, StorageUnavailableError
from meterhouse.ports.ledger import UsageLedger
from meterhouse.ports.process import Clock, Report
from meterhouse.use_cases.subscriptions.ask_entitlements import say_not_read

if TYPE_CHECKING:
    from decimal import Decimal

# Of all the time of one run: who is not asked for in it waits, and nobody else does.
ASKING_MAX = timedelta(seconds=30)

AskEntitlements = Callable[[Subscription], Entitlements]
"""Asks AWS, and keeps what it says; raises MarketplaceError, or StorageUnavailableError."""


@dataclass(slots=True)
class FindAllowances:
    """The use case of one run; see `__call__`. `asking` is how long AWS was asked in it."""

    ledger: UsageLedger
    ask: AskEntitlements
    report: Report
    rules: Rules
    clock: Clock
    must_stop: Callable[[], bool]
    asking: timedelta = field(default=timedelta(0), init=False)

    def __call__(
        self,
        hour_at: datetime,
        meters: Iterable[MeterKey],
        known: Mapping[SubscriptionKey, Subscription],
    ) -> Mapping[MeterKey, Allowance]:
        """Return the allowances of an hour of those meters that have any.

        AWS is asked for entitlements that a rule needs and nobody knows, or that expired since it
        was asked. What it does not answer, or what cannot be kept, is not known: the allowance says
        so.
        """
        found: dict[MeterKey, tuple[AllowanceKey, Decimal | None]] = {}
        answers: dict[SubscriptionKey, Entitlements | None] = {}
        for meter in meters:
            subscription = known.get(meter.subscription)
            if subscription is None:
                continue
            rule = self.rules.rule_for(subscription, meter.dimension)
            if rule is None:
                continue
            if rule.units is None and subscription.key not in answers:
                answers[subscription.key] = self._entitlements_of(subscription, hour_at)
            period = rule.period_of(hour_at, subscription.starts_at)
            key = AllowanceKey(MeterKey(subscription.contract, meter.dimension), period)
            found[meter] = key, rule.granted_to(answers.get(subscription.key))
        keys = {key for key, _ in found.values()}
        taken = self.ledger.taken(sorted(keys)) if keys else {}
        return {one: Allowance(key, granted, taken[key]) for one, (key, granted) in found.items()}

    def _entitlements_of(
        self, subscription: Subscription, hour_at: datetime
    ) -> Entitlements | None:
        """Return what a subscription holds; after its end AWS says nothing, and is not asked."""
        held = subscription.entitlements
        is_current = held is not None and not held.is_stale_for(hour_at)
        if is_current or subscription.ended_at is not None:
            return held
        if self.must_stop() or self.asking >= ASKING_MAX:
            return None
        began_at = self.clock.now()
        try:
            return self.ask(subscription)
        except (MarketplaceError, StorageUnavailableError) as error:
            say_not_read(self.report, subscription, error)
            return None
        finally:
            self.asking += self.clock.now() - began_at
