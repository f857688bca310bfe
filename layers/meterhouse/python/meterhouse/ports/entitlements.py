"""What the use cases need of AWS's entitlement service."""

from typing import Protocol

from meterhouse.domain.subscriptions.entitlements import Entitlement
from meterhouse.domain.subscriptions.subscription import Subscription


class EntitlementService(Protocol):
    """AWS's entitlement service (GetEntitlements)."""

    def entitlements_of(self, subscription: Subscription) -> tuple[Entitlement, ...]:
        """Return all that a subscription holds, ordered by dimension; nothing if it holds nothing.

        Raises MarketplaceError when AWS refuses, or does not answer.
        """
