"""Answers that get lost, are cut short or say what nobody knows: the money is counted once."""

from datetime import timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.errors import MarketplaceOutageError, MarketplaceRefusedError, MeterhouseError
from tests.fakes.books import check_books
from tests.fakes.meterhouse import Meterhouse


@pytest.fixture
def house() -> Meterhouse:
    return Meterhouse()


def reconcile_later(house: Meterhouse) -> None:
    for _ in range(3):
        house.clock.move_to(house.clock.now() + timedelta(minutes=10))
        house.reconcile()


@pytest.mark.parametrize("kind", ["lost_answer", "truncated"])
@pytest.mark.parametrize("count", [1, 5])
def test_an_answer_that_breaks_ends_metered_and_billed_once(
    house: Meterhouse, kind: str, count: int
) -> None:
    buyers = [house.buyer() for _ in range(3)]
    house.marketplace.inject_fault(kind, count=count)
    house.drain(*(house.event(buyer, quantity=6) for buyer in buyers))
    reconcile_later(house)
    for buyer in buyers:
        assert house.billed(buyer) == {"12": Decimal(6)}
        assert house.state(buyer) is RecordState.METERED
    check_books(house)


def test_a_status_that_nobody_knows_is_no_success(house: Meterhouse) -> None:
    odd, plain = house.buyer(), house.buyer()
    house.marketplace.inject_fault("unknown_status", license_arn=odd.license_arn)
    house.drain(house.event(odd, quantity=6), house.event(plain, quantity=6))
    assert house.billed(odd) == {}
    assert house.state(odd) is not RecordState.METERED
    assert house.state(plain) is RecordState.METERED


@pytest.mark.parametrize(
    ("kinds", "error"),
    [
        # After an outage AWS is asked once more.
        (["lost_answer"] * 2, MarketplaceOutageError),
        (["truncated"], MarketplaceRefusedError),
    ],
)
def test_a_registration_whose_answer_breaks_is_our_trouble_and_can_be_repeated(
    house: Meterhouse, kinds: list[str], error: type[MeterhouseError]
) -> None:
    agreement = house.subscribe()
    house.marketplace.inject_fault(kinds[0], operation="ResolveCustomer", count=len(kinds))
    with pytest.raises(error):
        house.register(agreement)
    assert house.subscriptions.subscriptions == {}
    house.register(agreement)
    house.drain(house.event(agreement, quantity=2))
    assert house.billed(agreement) == {"12": Decimal(2)}
