"""Name who pays for tenants' usage: once, before anything of it is frozen (ADR 0025)."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from meterhouse.domain.journal.folding import LogFold
from meterhouse.domain.journal.naming import NamedSpan, Names, NamingFacts, name_spans
from meterhouse.domain.keys import LogKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey, is_tenant
from meterhouse.ports.ledger import Lease, UsageLedger
from meterhouse.ports.process import Clock
from meterhouse.ports.subscriptions import SubscriptionBook
from meterhouse.ports.tenants import TenantBook


@dataclass(frozen=True, slots=True)
class NameTenants:
    """The use case; see `__call__`. Of usage without tenants it asks nobody anything."""

    ledger: UsageLedger
    subscriptions: SubscriptionBook
    tenants: TenantBook
    clock: Clock

    def __call__(
        self,
        lease: Lease,
        fold: LogFold,
        *,
        generation: int,
        only: AbstractSet[SubscriptionKey] = frozenset(),
    ) -> bool:
        """Name the tenants' usage of a fold, and write down what that settles.

        Return False, and name nothing, if the lease is lost.
        """
        if not fold.unnamed:
            return True
        names = self.ledger.names(lease.log)
        tenants = fold.open_tenants(names)
        spans = self._settle(lease.log, names, tenants, generation=generation, only=only)
        if spans and not self.ledger.write_names(lease, spans):
            return False
        fold.name(names.with_spans(spans))
        return True

    def as_of_now(self, log: LogKey, fold: LogFold, generation: int) -> None:
        """Name the tenants' usage of a fold as closing its hour now would; nothing is settled."""
        if fold.unnamed:
            names = self.ledger.names(log)
            spans = self._settle(log, names, fold.open_tenants(names), generation=generation)
            fold.name(names.with_spans(spans))

    def has_news(self, log: LogKey, waiting: Iterable[SubscriptionKey]) -> bool:
        """Tell whether more can be settled by now of the tenants whose usage waits."""
        tenants = {key for key in waiting if is_tenant(key)}
        return bool(tenants and self._settle(log, self.ledger.names(log), tenants, generation=0))

    def _settle(
        self,
        log: LogKey,
        names: Names,
        open_tenants: AbstractSet[SubscriptionKey],
        *,
        generation: int,
        only: AbstractSet[SubscriptionKey] = frozenset(),
    ) -> list[NamedSpan]:
        if not open_tenants:
            return []
        tenants = sorted(open_tenants)
        links = self.tenants.links(tenants)
        payers = sorted({link.subscription for some in links.values() for link in some})
        facts = NamingFacts(
            hour_at=log.hour_at,
            now=self.clock.now(),
            generation=generation,
            links=links,
            known=self.subscriptions.find(payers) if payers else {},
            only=only,
        )
        return name_spans(names, tenants, facts)
