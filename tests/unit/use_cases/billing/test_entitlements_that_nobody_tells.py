"""AWS does not say what contracts hold: it keeps nobody's usage but what rests on it."""

from decimal import Decimal

import pytest

from meterhouse.domain.subscriptions.entitlements import Entitlements
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.errors import MarketplaceError, MarketplaceOutageError, MarketplaceRefusedError
from tests.unit.use_cases.billing.including import at_hour, meterhouse


@pytest.mark.parametrize(
    ("cause", "seconds", "buyers"),
    [(MarketplaceOutageError, 20, 50), (MarketplaceRefusedError, 1, 700)],
)
def test_however_many_wait_for_aws_others_are_billed(
    cause: type[MarketplaceError], seconds: float, buyers: int
) -> None:
    house = meterhouse("api_calls=entitlement/month")
    waiting = [house.buyer() for _ in range(buyers)]
    other = house.buyer()

    def hang(_subscription: Subscription) -> Entitlements:
        house.clock.pause(seconds)
        raise cause("no answer")

    house.ask_entitlements = hang
    house.drain(*(house.event(one) for one in waiting), house.event(other, dimension="gigabytes"))
    for hour in range(1, 4):
        at_hour(house, hour)
        house.reconcile()

    assert house.billed(other, "gigabytes") == {"12": Decimal(1)}
