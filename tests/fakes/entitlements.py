"""AWS's entitlement service in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from meterhouse.domain.subscriptions.entitlements import Entitlement
from meterhouse.domain.subscriptions.identity import SubscriptionKey, billed_key
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.errors import MarketplaceError


@dataclass(slots=True)
class InMemoryEntitlements:
    """Implements `ports.entitlements.EntitlementService`: what who is billed holds, by his key.

    `asked` has the key of everybody who was asked for, in order; `trouble` is raised instead of an
    answer.
    """

    held: dict[SubscriptionKey, tuple[Entitlement, ...]] = field(default_factory=dict)
    asked: list[SubscriptionKey] = field(default_factory=list)
    trouble: MarketplaceError | None = None
    troubles: Mapping[SubscriptionKey, MarketplaceError] = field(default_factory=dict)

    def entitlements_of(self, subscription: Subscription) -> tuple[Entitlement, ...]:
        key = billed_key(subscription.identity)
        self.asked.append(key)
        trouble = self.troubles.get(key, self.trouble)
        if trouble is not None:
            raise trouble
        return tuple(sorted(self.held.get(key, ()), key=lambda one: one.dimension))
