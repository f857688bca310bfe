"""What the use cases need of the tenants in the SubscriptionsTable."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.state import State
from meterhouse.domain.subscriptions.tenants import Links, TenantLink


class TenantBook(Protocol):
    """Which subscriptions pay for which tenants."""

    def links(
        self, tenants: Collection[SubscriptionKey]
    ) -> dict[SubscriptionKey, tuple[TenantLink, ...]]:
        """Return the links of those tenants that have any, in the order in which they were made.

        Unlinked ones are among them, and what follows from a renewal: where the agreement of a
        linked license was renewed or replaced, the license of its successor is linked as well.
        """


@dataclass(frozen=True, slots=True)
class OpenTenant:
    """A tenant as it was read: what the seller said himself.

    Attributes:
        version: grows by one with every change, from 0 for none.

    """

    key: SubscriptionKey
    links: Links = ()
    version: int = 0


class Kept(StrEnum):
    """What became of a change of a tenant."""

    WRITTEN = "written"
    OVERTAKEN = "overtaken"
    """Somebody changed the tenant since it was read."""
    CLAIMED = "claimed"
    """The subscription pays for another tenant."""


class TenantRegister(Protocol):
    """Who pays for whom, as the seller says it: a subscription pays for one tenant at most."""

    def states(self, subscriptions: Collection[str]) -> dict[str, State]:
        """Return the states of subscriptions, strongly consistent."""

    def open(self, tenant: SubscriptionKey) -> OpenTenant:
        """Return a tenant as it stands now, strongly consistent."""

    def add(self, opened: OpenTenant, link: TenantLink, aliases: Collection[str] = ()) -> Kept:
        """Write one link more, and that its subscription is taken, or neither.

        `aliases` are other names of the subscription, of which none may be another tenant's.
        """

    def end(self, opened: OpenTenant, link: TenantLink, ended: Links) -> Kept:
        """Write links of which `link` is over, and that its subscription is free, or neither."""
