"""Tenants: the seller's own names for whom he sells to, and the subscriptions that pay for them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from meterhouse.domain.subscriptions.identity import TENANT_PREFIX, SubscriptionKey
from meterhouse.domain.subscriptions.state import State

# All links of a tenant are one item of 400 KB at most; a link takes some 200 bytes.
LINKS_MAX = 500
# How many renewals are followed from a link: eight years of months.
RENEWALS_MAX = 100
_TICK = timedelta(microseconds=1)


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


Links = tuple[TenantLink, ...]


def tenant_id(tenant: SubscriptionKey) -> str:
    """Return a tenant's id as the seller's product knows it."""
    return tenant.removeprefix(TENANT_PREFIX)


def time_of_next(links: Links, now: datetime) -> datetime:
    """Return when the next word about a tenant is said: later than each before, as clocks may not.

    So the facts that follow from it stand in the order in which they were said.
    """
    times = [at for one in links for at in (one.linked_at, one.unlinked_at) if at is not None]
    return max([now, *(at + _TICK for at in times)])


def last_link(links: Links, names: Iterable[str]) -> TenantLink | None:
    """Return the link that was made last of a subscription that has several names."""
    wanted = {*names}
    return next((one for one in reversed(links) if one.subscription in wanted), None)


def unlinked(links: Links, link: TenantLink, now: datetime) -> Links:
    """Return the links without one that goes on; that of a renewal is written down as over."""
    ended = replace(link, unlinked_at=time_of_next((*links, link), now))
    if link not in links:
        return (*links, ended)
    return tuple(ended if one == link else one for one in links)


def followed(tenant: SubscriptionKey, links: Links, states: Mapping[str, State]) -> Links:
    """Return the links of a tenant with those of renewals, as far as `states` are known.

    What was linked under an account, before AWS named its license, counts for the license. A
    successor that the seller linked himself, to this tenant or to another, goes by his word alone.
    """
    named = [replace(one, subscription=_billed(one.subscription, states)) for one in links]
    own = {one.subscription for one in named}
    found = dict.fromkeys(named)
    for one in named:
        found |= dict.fromkeys(_renewals(tenant, one, own, states))
    return tuple(sorted(found, key=lambda one: one.linked_at))


def _renewals(
    tenant: SubscriptionKey,
    first: TenantLink,
    own: Iterable[SubscriptionKey],
    states: Mapping[str, State],
) -> Iterator[TenantLink]:
    seen, left = {*own}, [first]
    while left:
        link = left.pop()
        state = states.get(link.subscription)
        for license_folder in state.successor_licenses if state else ():
            key = SubscriptionKey(license_folder)
            next_state = states.get(key)
            elsewhere = next_state and next_state.tenant not in (None, tenant_id(tenant))
            if key in seen or elsewhere:
                continue
            seen.add(key)
            began_at = (next_state and next_state.starts_at) or link.linked_at
            if link.unlinked_at is None or began_at < link.unlinked_at:
                goes_on = TenantLink(key, began_at, link.unlinked_at)
                left.append(goes_on)
                yield goes_on


def _billed(key: SubscriptionKey, states: Mapping[str, State]) -> SubscriptionKey:
    state = states.get(key)
    return SubscriptionKey(state.alias_of) if state is not None and state.alias_of else key
