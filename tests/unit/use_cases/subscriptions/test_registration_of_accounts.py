"""Buyers whom AWS names by their account: with several subscriptions, or without a license."""

from dataclasses import replace
from decimal import Decimal

import pytest

from meterhouse.domain.subscriptions.placing import Products
from meterhouse.domain.subscriptions.state import Phase
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer
from tests.fakes.meterhouse import HOUR, Meterhouse
from tests.unit.domain.subscriptions.aws_tells import LICENSE, licensed, registered


@pytest.fixture
def house() -> Meterhouse:
    return Meterhouse()


def test_a_second_subscription_of_an_account_is_noticed(house: Meterhouse) -> None:
    code, account = house.product.product_code, "111122223333"
    first, second, stranger = (
        house.marketplace.create_agreement(code, customer_aws_account_id=one)
        for one in (account, account, "444455556666")
    )
    register = house.register_customer()

    answers = [
        register.resolve(house.token_of(one), trial=False) for one in (first, stranger, second)
    ]

    assert [one.has_others for one in answers] == [False, False, True]
    assert not any(one.is_returning for one in answers)


@pytest.mark.parametrize("identifier", ["ifAPi5AcF3", None])
def test_of_a_legacy_product_a_license_is_not_what_bills(
    house: Meterhouse, identifier: str | None
) -> None:
    """A listing may be moved to licenses while its buyers are still billed by product code."""
    house.products = Products(legacy=frozenset({"code"}))
    customer = ResolvedCustomer("code", "111122223333", identifier, LICENSE, "agmt-1")

    class Moved:
        def resolve_customer(self, token: str) -> ResolvedCustomer:
            del token
            return customer

    register = replace(house.register_customer(), marketplace=Moved())

    assert register.resolve("token", trial=False).phase is Phase.ACTIVE
    kinds = {key.partition("#")[0] for key in house.subscriptions.subscriptions}
    assert kinds == ({"customer", "account"} if identifier else {"account"})


def test_who_is_resolved_without_a_license_is_billed_by_license_alone_and_once_it_is_known(
    house: Meterhouse,
) -> None:
    """ResolveCustomer once left the license out (facts, C19): metering by product code, and by the
    license a moment later, would bill the buyer twice.
    """
    agreement = house.subscribe()
    code, account = agreement.product_code, agreement.customer_aws_account_id
    nameless = registered(0, license_arn=None, product_code=code, customer_aws_account_id=account)
    house.keeper().learn(nameless)
    named = {"product_code": code, "customer_aws_account_id": account}
    house.drain(house.event(agreement, subscription=named, quantity=5))
    assert house.billed(agreement) == {}
    assert house.report.metrics["RecordsHeld"] == 1

    assert agreement.license_arn is not None
    house.keeper().learn(licensed(61, agreement.license_arn, code=code, account=account))
    house.clock.move_to(house.clock.now() + HOUR)
    house.reconcile()

    assert house.billed(agreement) == {"12": Decimal(5)}
