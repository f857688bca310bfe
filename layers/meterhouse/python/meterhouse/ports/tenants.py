"""What those who bill need of the tenants in the SubscriptionsTable."""

from collections.abc import Collection
from typing import Protocol

from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.tenants import TenantLink


class TenantBook(Protocol):
    """Which subscriptions pay for which tenants."""

    def links(
        self, tenants: Collection[SubscriptionKey]
    ) -> dict[SubscriptionKey, tuple[TenantLink, ...]]:
        """Return the links of those tenants that have any, in the order in which they were made.

        Unlinked ones are among them, and what follows from a renewal: where the agreement of a
        linked license was renewed or replaced, the license of its successor is linked as well.
        """
