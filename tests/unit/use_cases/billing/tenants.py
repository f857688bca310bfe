"""A seller who names usage by his own tenants, told as one that links and unlinks them."""

from datetime import datetime, timedelta
from decimal import Decimal

from marketplace_sandbox.testing import Agreement

from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.use_cases.billing.subscription_times import Told

HALF_PAST = NOON + HOUR / 2
LONG_AGO = NOON - timedelta(days=30)
SECOND = timedelta(seconds=1)


def link(
    house: Meterhouse, buyer: Agreement, linked_at: datetime = LONG_AGO, tenant: str = "acme"
) -> None:
    """Let a buyer's subscription pay for a tenant."""
    house.tenants.link(tenant, house.key(buyer).subscription, linked_at)


def use(
    house: Meterhouse,
    buyer: Agreement,
    event_id: str = "e1",
    *,
    at: datetime = HALF_PAST,
    quantity: int = 1,
    tenant: str = "acme",
) -> None:
    """Drain an event of a tenant; the buyer lends the dimension only."""
    event = house.event(
        buyer,
        event_id,
        subscription=f"tenant:{tenant}",
        quantity=quantity,
        time=at.isoformat(),
    )
    assert house.drain(event) == []


def renewed(house: Meterhouse, renewed_at: datetime = HALF_PAST) -> tuple[Agreement, Agreement]:
    """Sell a subscription that was linked long ago, and the one that it is renewed by."""
    old, new = house.buyer(), house.buyer()
    Told(house, old)(starts_at=LONG_AGO)
    link(house, old)
    learn_renewal(house, old, new, renewed_at)
    return old, new


def learn_renewal(
    house: Meterhouse, old: Agreement, new: Agreement, renewed_at: datetime = HALF_PAST
) -> None:
    """Let a renewal become known, whose license goes on for the tenant by itself."""
    Told(house, old)(ended_at=renewed_at, closes_at=renewed_at + timedelta(days=2))
    Told(house, new)(starts_at=renewed_at)
    link(house, new, renewed_at)


def billed(house: Meterhouse, *buyers: Agreement) -> list[dict[str, Decimal]]:
    return [house.billed(buyer) for buyer in buyers]
