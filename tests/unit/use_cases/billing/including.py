"""A deployment that includes units, and an AWS that says what its buyers are entitled to."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from marketplace_sandbox.testing import Agreement

from meterhouse.domain.allowances.rules import read_rules
from meterhouse.domain.subscriptions.entitlements import Entitlement, Entitlements
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.errors import MarketplaceOutageError
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse

if TYPE_CHECKING:
    from meterhouse.domain.subscriptions.identity import SubscriptionKey


class Contracts:
    """What AWS says that subscriptions hold of `api_calls`; of others it gives no answer."""

    def __init__(self, house: Meterhouse) -> None:
        self.house = house
        self.held: dict[SubscriptionKey, Decimal] = {}
        self.asked: list[SubscriptionKey] = []

    def __call__(self, subscription: Subscription) -> Entitlements:
        self.asked.append(subscription.key)
        if subscription.key not in self.held:
            raise MarketplaceOutageError("no answer")
        held = Entitlement("api_calls", self.held[subscription.key])
        return Entitlements(self.house.clock.now(), (held,))


def meterhouse(rules: str, ledger: InMemoryLedger | None = None) -> Meterhouse:
    """Return a deployment with rules about included units."""
    house = Meterhouse(ledger)
    house.policy = replace(house.policy, included=read_rules(rules))
    house.ask_entitlements = Contracts(house)
    return house


def contracts_of(house: Meterhouse) -> Contracts:
    """Return what AWS says about a deployment's buyers."""
    assert isinstance(house.ask_entitlements, Contracts)
    return house.ask_entitlements


def grant(house: Meterhouse, buyer: Agreement, units: int) -> None:
    """Let AWS say from now on that a buyer holds so many units."""
    contracts_of(house).held[house.key(buyer).subscription] = Decimal(units)


def entitled(house: Meterhouse, units: int) -> Agreement:
    """Return a buyer who holds so many units, as AWS will say."""
    buyer = house.buyer()
    grant(house, buyer, units)
    return buyer


def taken(house: Meterhouse, buyer: Agreement) -> dict[str, Decimal]:
    """Return what was taken from a buyer's allowances of `api_calls`, by period."""
    ledger = house.ledger
    assert isinstance(ledger, InMemoryLedger)
    allowances = ledger.allowances(house.key(buyer).subscription)
    return {one.key.period: one.taken for one in allowances}


def at_hour(house: Meterhouse, hours: int) -> None:
    """Go to where the hour so many hours after noon has settled."""
    house.hour_at = NOON + hours * HOUR
    house.clock.move_to(house.hour_at + HOUR + timedelta(minutes=20))
