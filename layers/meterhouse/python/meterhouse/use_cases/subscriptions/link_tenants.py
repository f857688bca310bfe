"""Link tenants: the seller says which subscription pays for which tenant of his.

The link is written first, and with it that the subscription is taken; then the facts that follow
from it are learned. Whatever interrupts it, the same request again makes up for the rest.
"""

from dataclasses import dataclass
from typing import Never

from meterhouse.domain.subscriptions.facts import FolderKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.own_facts import tenant_facts
from meterhouse.domain.subscriptions.state import State
from meterhouse.domain.subscriptions.tenants import (
    LINKS_MAX,
    Links,
    TenantLink,
    last_link,
    tenant_id,
    time_of_next,
    unlinked,
)
from meterhouse.errors import LinkRefusedError, StorageUnavailableError
from meterhouse.ports.process import Clock
from meterhouse.ports.subscriptions import FactFolders
from meterhouse.ports.tenants import Kept, OpenTenant, TenantBook, TenantRegister
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions

_ATTEMPTS_MAX = 10
_KINDS = ("license#", "customer#", "account#")
SUBSCRIPTION_UNKNOWN = "subscription_unknown"
SUBSCRIPTION_LINKED = "subscription_linked"
TENANT_TAKEN = "tenant_taken"
TENANT_FULL = "tenant_full"
NOT_LINKED = "not_linked"


@dataclass(frozen=True, slots=True)
class _Payer:
    """A subscription under the name that is billed, and its other names."""

    state: State
    aliases: frozenset[str] = frozenset()

    @property
    def key(self) -> SubscriptionKey:
        return SubscriptionKey(self.state.folder)

    @property
    def names(self) -> frozenset[str]:
        return self.aliases | {self.key}


@dataclass(frozen=True, slots=True)
class LinkTenants:
    """The use case; see its methods. Both may be repeated: what was said already stays as it is."""

    register: TenantRegister
    book: TenantBook
    folders: FactFolders
    keeper: KeepSubscriptions
    clock: Clock

    def link(self, tenant: SubscriptionKey, subscription: SubscriptionKey) -> TenantLink:
        """Let a subscription pay for a tenant from now on; raises LinkRefusedError.

        A tenant has subscriptions of one buyer, and a subscription has one tenant at a time.
        """
        for _ in range(_ATTEMPTS_MAX):
            opened = self.register.open(tenant)
            payer = self._payer(subscription)
            if payer is None:
                _refuse(SUBSCRIPTION_UNKNOWN, "no subscription of this deployment has this name")
            found = last_link(opened.links, payer.names)
            if found is None or found.unlinked_at is not None:
                self._check(opened, payer)
                # What goes on by a renewal is paid for since that began, and stays so.
                found = last_link(self._renewed(tenant), payer.names) if not found else None
                if found is None or found.unlinked_at is not None:
                    at = time_of_next(opened.links, self.clock.now())
                    found = TenantLink(payer.key, at)
                kept = self.register.add(opened, found, payer.aliases)
                if kept is Kept.CLAIMED:
                    _refuse(
                        SUBSCRIPTION_LINKED,
                        "the subscription pays for another tenant: unlink it there first",
                    )
                if kept is Kept.OVERTAKEN:
                    continue
            self._tell(tenant, found, payer)
            return found
        raise StorageUnavailableError(f"the links of {tenant} change all the time")

    def unlink(self, tenant: SubscriptionKey, subscription: SubscriptionKey) -> TenantLink:
        """Let a subscription pay for a tenant no more, from now on; raises LinkRefusedError.

        What goes on by a renewal is unlinked like what the seller linked himself.
        """
        for _ in range(_ATTEMPTS_MAX):
            opened = self.register.open(tenant)
            payer = self._payer(subscription)
            names = payer.names if payer else {subscription}
            found = last_link(opened.links, names)
            if found is None:
                found = last_link(self._renewed(tenant), names)
            if found is None:
                _refuse(NOT_LINKED, "the subscription was never linked to this tenant")
            if found.unlinked_at is None:
                ended = unlinked(opened.links, found, self.clock.now())
                if self.register.end(opened, found, ended) is not Kept.WRITTEN:
                    continue
                found = last_link(ended, {found.subscription}) or found
            self._tell(tenant, found, payer)
            return found
        raise StorageUnavailableError(f"the links of {tenant} change all the time")

    def read(self, tenant: SubscriptionKey) -> list[tuple[TenantLink, State | None]]:
        """Return the links of a tenant, renewals and what is unlinked among them, and who pays."""
        links = self.book.links([tenant]).get(tenant, ())
        states = self.register.states({one.subscription for one in links})
        return [(one, states.get(one.subscription)) for one in links]

    def payers(self, tenant: SubscriptionKey) -> tuple[State, ...]:
        """Return the subscriptions that pay for a tenant now, each once."""
        found = {
            state.folder: state
            for link, state in self.read(tenant)
            if link.unlinked_at is None and state is not None
        }
        return tuple(found.values())

    def _payer(self, subscription: SubscriptionKey) -> _Payer | None:
        """Find a subscription, whichever of its names is used, unless it is not ours."""
        if not subscription.startswith(_KINDS):
            return None
        opened = self.folders.open(FolderKey(subscription))
        if opened.state is not None and opened.state.alias_of is not None:
            opened = self.folders.open(opened.state.alias_of)
        state = opened.state
        if state is None or self.keeper.products.are_not_of(state):
            return None
        accounts = [one for one in opened.readers if one.startswith("account#")]
        others = {one: self.folders.open(one).state for one in accounts}
        return _Payer(
            state,
            frozenset(
                one for one, other in others.items() if other and other.alias_of == state.folder
            ),
        )

    def _check(self, opened: OpenTenant, payer: _Payer) -> None:
        """Refuse a second buyer of a tenant, and links without end."""
        if len(opened.links) >= LINKS_MAX:
            _refuse(TENANT_FULL, f"a tenant may be linked {LINKS_MAX} times: give it another id")
        for link in opened.links:
            if link.unlinked_at is None and link.subscription not in payer.names:
                other = self._payer(link.subscription)
                buyer = payer.state.account_id
                if buyer is None or other is None or other.state.account_id != buyer:
                    _refuse(
                        TENANT_TAKEN,
                        "another buyer pays for the tenant: unlink his subscription first",
                    )

    def _renewed(self, tenant: SubscriptionKey) -> Links:
        return self.book.links([tenant]).get(tenant, ())

    def _tell(self, tenant: SubscriptionKey, link: TenantLink, payer: _Payer | None) -> None:
        """Learn what follows for the subscription, under the name that is billed now as well."""
        for key in sorted({link.subscription, payer.key} if payer else {link.subscription}):
            for fact in tenant_facts(key, tenant_id(tenant), link):
                self.keeper.learn(fact)


def _refuse(code: str, sentence: str) -> Never:
    raise LinkRefusedError(code, sentence)
