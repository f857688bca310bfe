"""An in-memory TenantBook for what only reads links: they are as a test says, with no rule kept.

Where links are made by the rules of the register, and follow a book's states, it is `tenants`.
"""

from collections.abc import Collection
from datetime import datetime

from meterhouse.domain.subscriptions.identity import SubscriptionKey, tenant_key
from meterhouse.domain.subscriptions.tenants import TenantLink


class InMemoryTenantBook:
    """Keeps links in a dictionary, and counts how often it is asked."""

    def __init__(self) -> None:
        self.stored_links: dict[SubscriptionKey, list[TenantLink]] = {}
        self.asked = 0

    def links(
        self, tenants: Collection[SubscriptionKey]
    ) -> dict[SubscriptionKey, tuple[TenantLink, ...]]:
        self.asked += 1
        return {key: tuple(self.stored_links[key]) for key in tenants if key in self.stored_links}

    def link(self, tenant_id: str, subscription: SubscriptionKey, linked_at: datetime) -> None:
        links = self.stored_links.setdefault(tenant_key(tenant_id), [])
        links.append(TenantLink(subscription, linked_at))

    def unlink(self, tenant_id: str, subscription: SubscriptionKey, unlinked_at: datetime) -> None:
        links = self.stored_links[tenant_key(tenant_id)]
        for place, link in enumerate(links):
            if link.subscription == subscription and link.unlinked_at is None:
                links[place] = TenantLink(subscription, link.linked_at, unlinked_at)
