"""Tenants: the seller's own names for whom he sells to, and the subscriptions that pay for them."""

from dataclasses import dataclass
from datetime import datetime

from meterhouse.domain.subscriptions.identity import SubscriptionKey


@dataclass(frozen=True, slots=True)
class TenantLink:
    """That a subscription pays for a tenant, until it is unlinked.

    Usage from before `linked_at` is paid for as well, as far as the subscription covers its time.

    Attributes:
        subscription: never a tenant's key.
        linked_at: when the seller said so; of a renewal that goes on by itself, when it began.
        unlinked_at: from when on the subscription pays for nothing more of the tenant's.

    """

    subscription: SubscriptionKey
    linked_at: datetime
    unlinked_at: datetime | None = None
