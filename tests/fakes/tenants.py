"""The tenants of a SubscriptionsTable, in memory, by the rules that its adapter keeps.

For what only reads links `tenant_links` has them without a book of states.
"""

from collections.abc import Collection
from dataclasses import replace

from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.state import State
from meterhouse.domain.subscriptions.tenants import Links, TenantLink, followed
from meterhouse.ports.tenants import Kept, OpenTenant
from tests.fakes.world import InMemorySubscriptionBook


class InMemoryTenants:
    """Implements `TenantBook` and `TenantRegister` beside a book's states."""

    def __init__(self, book: InMemorySubscriptionBook) -> None:
        self.book = book
        self.tenants: dict[SubscriptionKey, OpenTenant] = {}
        self.claims: dict[str, SubscriptionKey] = {}

    def links(self, tenants: Collection[SubscriptionKey]) -> dict[SubscriptionKey, Links]:
        states = {str(key): state for key, (_, state) in self.book.states.items()}
        opened = [self.tenants[one] for one in tenants if one in self.tenants]
        return {one.key: followed(one.key, one.links, states) for one in opened if one.links}

    def states(self, subscriptions: Collection[str]) -> dict[str, State]:
        wanted = {*subscriptions}
        return {str(key): state for key, (_, state) in self.book.states.items() if key in wanted}

    def open(self, tenant: SubscriptionKey) -> OpenTenant:
        return self.tenants.get(tenant, OpenTenant(tenant))

    def add(self, opened: OpenTenant, link: TenantLink, aliases: Collection[str] = ()) -> Kept:
        if self.open(opened.key) != opened:
            return Kept.OVERTAKEN
        names = {link.subscription, *aliases}
        if any(self.claims.get(one, opened.key) != opened.key for one in names):
            return Kept.CLAIMED
        self.claims[link.subscription] = opened.key
        return self._write(opened, (*opened.links, link))

    def end(self, opened: OpenTenant, link: TenantLink, ended: Links) -> Kept:
        if self.open(opened.key) != opened:
            return Kept.OVERTAKEN
        if link in opened.links:
            if self.claims.get(link.subscription, opened.key) != opened.key:
                return Kept.CLAIMED
            self.claims.pop(link.subscription, None)
        return self._write(opened, ended)

    def _write(self, opened: OpenTenant, links: Links) -> Kept:
        changed = replace(opened, links=links, version=opened.version + 1)
        self.tenants[opened.key] = changed
        return Kept.WRITTEN
