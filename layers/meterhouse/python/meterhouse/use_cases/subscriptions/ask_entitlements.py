"""Ask AWS what a subscription holds, and keep what is new of the answer.

AWS tells nobody what a contract holds: it has to be asked, by product code (GetEntitlements), which
it takes 20 times a second: https://docs.aws.amazon.com/marketplace/latest/userguide/saas-integrate-contract.html
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from meterhouse.domain.subscriptions.entitlements import Entitlements, write_entitlement
from meterhouse.domain.subscriptions.identity import PRODUCT_ID_PREFIX
from meterhouse.domain.subscriptions.own_facts import entitlements_fact
from meterhouse.errors import (
    MarketplaceError,
    MarketplaceRefusedError,
    MeterhouseError,
    StorageUnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from meterhouse.domain.subscriptions.state import State
    from meterhouse.domain.subscriptions.subscription import Subscription
    from meterhouse.ports.entitlements import EntitlementService
    from meterhouse.ports.process import Clock, Report
    from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions


@dataclass(frozen=True, slots=True)
class AskEntitlements:
    """The use case; see `__call__`."""

    service: "EntitlementService"
    keep: "KeepSubscriptions"
    clock: "Clock"

    def __call__(
        self, subscription: "Subscription", *, changed_at: "datetime | None" = None
    ) -> Entitlements:
        """Ask for what a subscription holds, and return what stands then.

        A fact is stored only if AWS says something new, or was not asked since something expired or
        since `changed_at`, when it last changed the agreement as far as that is known. Who has
        ended is not asked for if AWS has answered before: it would say that he holds nothing.
        Raises MarketplaceError, or StorageUnavailableError if the answer cannot be stored.
        """
        now, known = self.clock.now(), subscription.entitlements
        has_ended = subscription.ended_at is not None and subscription.ended_at <= now
        if has_ended and known is not None:
            return known
        if not _has_product_code(subscription):
            raise MarketplaceRefusedError("GetEntitlements: the code of the product is not known")
        said = Entitlements(now, self.service.entitlements_of(subscription))
        if known is not None and not _is_old(known, now, changed_at) and _same(known, said):
            return known
        learned = self.keep.learn(entitlements_fact(subscription.identity, said))
        state = learned.state_of(subscription.key)
        return (state and state.entitlements) or said


def to_ask(
    states: "Iterable[State]", now: "datetime", *, if_news: bool = False
) -> "list[Subscription]":
    """Return of whom AWS can be asked, each once, of the states that facts came to.

    Who has ended, or lies ahead, holds nothing now. With `if_news` only those of whom AWS never
    said what they hold, of whom something has expired since, or whose agreement changed since.
    """
    found: dict[str, Subscription] = {}
    for state in sorted(states, key=lambda one: one.alias_of is not None):
        one = state.subscription
        if one is None or one.ended_at is not None or not _has_product_code(one):
            continue
        if one.starts_at is not None and now < one.starts_at:
            continue
        known = one.entitlements
        if not if_news or known is None or _is_old(known, now, state.described_at):
            # An account asks for what it is another name of, unless that is asked for itself.
            found.setdefault(state.alias_of or state.folder, one)
    return list(found.values())


def try_asking(
    ask: AskEntitlements,
    subscription: "Subscription",
    report: "Report",
    *,
    changed_at: "datetime | None" = None,
) -> MeterhouseError | None:
    """Ask for somebody; of what fails, say so and return what it was."""
    try:
        ask(subscription, changed_at=changed_at)
    except (MarketplaceError, StorageUnavailableError) as error:
        say_not_read(report, subscription, error)
        return error
    return None


def say_not_read(report: "Report", subscription: "Subscription", cause: object) -> None:
    """Report that it stays unknown for now what a subscription holds."""
    report.count("EntitlementsNotRead")
    report.failure("entitlements_not_read", subscription=subscription.key, error=str(cause))


def _has_product_code(subscription: "Subscription") -> bool:
    """Tell whether AWS can be asked: what the Agreement API told of alone has a product's id."""
    code = subscription.product_code
    return bool(code) and not code.startswith(PRODUCT_ID_PREFIX)


def _is_old(known: Entitlements, now: "datetime", changed_at: "datetime | None") -> bool:
    is_overtaken = changed_at is not None and known.asked_at < changed_at
    return is_overtaken or known.is_stale_for(now)


def _same(known: Entitlements, said: Entitlements) -> bool:
    # As they are written: to Python, True is the same as 1.
    was, now = ([write_entitlement(held) for held in one.all] for one in (known, said))
    return was == now
