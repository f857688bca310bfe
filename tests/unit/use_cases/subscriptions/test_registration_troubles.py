"""Registrations that fail: the buyer's troubles, and ours."""

from dataclasses import replace
from datetime import timedelta

import pytest

from meterhouse.domain.subscriptions.subscription import ResolvedCustomer
from meterhouse.errors import (
    MarketplaceError,
    MarketplaceOutageError,
    MarketplaceRefusedError,
    MarketplaceThrottledError,
    MeterhouseError,
    RegistrationError,
    TokenExpiredError,
    TokenInvalidError,
    TokenMissingError,
)
from meterhouse.use_cases.subscriptions.register_customer import RegisterCustomer
from tests.fakes.meterhouse import Meterhouse


@pytest.fixture
def house() -> Meterhouse:
    return Meterhouse()


@pytest.fixture
def register(house: Meterhouse) -> RegisterCustomer:
    return house.register_customer()


@pytest.mark.parametrize("token", ["", " ", "\t\n"])
def test_without_a_token_aws_is_not_even_asked(
    house: Meterhouse, register: RegisterCustomer, token: str
) -> None:
    with pytest.raises(TokenMissingError):
        register.resolve(token, trial=False)
    assert house.marketplace.calls() == ()


def test_a_token_that_aws_does_not_know_is_invalid(register: RegisterCustomer) -> None:
    with pytest.raises(TokenInvalidError):
        register.resolve("made up", trial=False)


def test_an_old_token_is_expired(house: Meterhouse, register: RegisterCustomer) -> None:
    token = house.token_of(house.subscribe(), lifetime=timedelta(minutes=5))
    house.clock.move_to(house.clock.now() + timedelta(minutes=6))

    with pytest.raises(TokenExpiredError):
        register.resolve(token, trial=False)


@pytest.mark.parametrize(
    ("faults", "error"),
    [
        (["throttle"], MarketplaceThrottledError),
        # After an outage AWS is asked once more.
        (["internal_error_before"] * 2, MarketplaceOutageError),
        (["internal_error_after"] * 2, MarketplaceOutageError),
        (["access_denied"], MarketplaceRefusedError),
        (["disabled_api"], MarketplaceRefusedError),
    ],
)
def test_our_trouble_is_not_the_buyers(
    house: Meterhouse,
    register: RegisterCustomer,
    faults: list[str],
    error: type[MeterhouseError],
) -> None:
    token = house.token_of(house.subscribe())
    house.marketplace.inject_fault(faults[0], operation="ResolveCustomer", count=len(faults))

    with pytest.raises(error) as caught:
        register.resolve(token, trial=False)

    assert not isinstance(caught.value, RegistrationError)
    assert house.subscriptions.subscriptions == {}
    assert register.resolve(token, trial=False).reference == "reference-1"


class OddMarketplace:
    """Resolves every token to the same customer."""

    def __init__(self, customer: ResolvedCustomer) -> None:
        self._customer = customer

    def resolve_customer(self, token: str) -> ResolvedCustomer:
        del token
        return self._customer


@pytest.mark.parametrize(
    "customer",
    [
        ResolvedCustomer("code"),
        ResolvedCustomer("code", "111122223333", None, "arn:aws:something-new:::thing/1"),
        ResolvedCustomer("code", None, "identifier with | and #"),
        ResolvedCustomer("", "111122223333"),
        ResolvedCustomer("", None, "c"),
        ResolvedCustomer("code", None, None, "arn:aws:license-manager::1:license:l-1"),
    ],
    ids=["nobody", "new ARN", "new identifier", "no product", "legacy, no product", "no account"],
)
def test_an_answer_in_a_form_that_we_cannot_bill_is_our_trouble(
    register: RegisterCustomer, customer: ResolvedCustomer
) -> None:
    odd = replace(register, marketplace=OddMarketplace(customer))

    with pytest.raises(MarketplaceError):
        odd.resolve("token", trial=False)
