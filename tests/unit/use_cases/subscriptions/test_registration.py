"""From AWS's registration token to a known customer, told at the level of the use case."""

from datetime import timedelta
from decimal import Decimal

import pytest
from marketplace_sandbox.testing import Agreement

from meterhouse.domain.subscriptions.identity import license_key
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.domain.subscriptions.registration import Contact
from meterhouse.domain.subscriptions.state import Phase
from meterhouse.errors import (
    ContactInvalidError,
    ReferenceInvalidError,
)
from meterhouse.use_cases.subscriptions.register_customer import RegisterCustomer
from tests.fakes.meterhouse import HOUR, Meterhouse
from tests.unit.domain.subscriptions.aws_tells import deprovisioned

ADA = {"email": "ada@example.com", "company": "Engines", "name": "Ada"}


@pytest.fixture
def house() -> Meterhouse:
    return Meterhouse()


@pytest.fixture
def register(house: Meterhouse) -> RegisterCustomer:
    return house.register_customer()


def visit(house: Meterhouse, agreement: Agreement, *, trial: bool = False) -> str:
    """Land on the page with a fresh token; return the registration reference."""
    register = house.register_customer()
    return register.resolve(house.token_of(agreement), trial=trial).reference


def contact_of(house: Meterhouse, agreement: Agreement) -> Contact:
    assert agreement.license_arn is not None
    return house.subscriptions.contacts[license_key(agreement.license_arn)]


def test_a_resolved_token_makes_the_subscription_known(house: Meterhouse) -> None:
    agreement = house.subscribe()

    visit(house, agreement)

    assert agreement.license_arn is not None
    key = license_key(agreement.license_arn)
    assert house.subscriptions.subscriptions[key].product_code == house.product.product_code
    assert house.report.metrics["CustomersRegistered"] == 1


def test_a_registration_ends_with_contact_details_and_the_status(
    house: Meterhouse, register: RegisterCustomer
) -> None:
    agreement = house.subscribe()
    reference = visit(house, agreement)

    confirmed = register.confirm(reference, **ADA)

    assert (confirmed.email, confirmed.phase) == ("ada@example.com", Phase.ACTIVE)
    assert contact_of(house, agreement) == Contact(**ADA)


def test_a_buyer_may_come_again_with_a_new_token(house: Meterhouse) -> None:
    agreement = house.subscribe()

    references = {visit(house, agreement) for _ in range(3)}

    assert len(references) == 3
    assert len(house.subscriptions.subscriptions) == 1


def test_a_buyer_who_comes_again_is_known(house: Meterhouse) -> None:
    agreement = house.subscribe()
    register = house.register_customer()

    first = register.resolve(house.token_of(agreement), trial=False)
    house.clock.move_to(house.clock.now() + HOUR)
    again = register.resolve(house.token_of(agreement), trial=False)

    assert (first.is_returning, again.is_returning) == (False, True)


def test_a_token_may_be_resolved_twice(house: Meterhouse, register: RegisterCustomer) -> None:
    token = house.token_of(house.subscribe())

    first = register.resolve(token, trial=False)
    second = register.resolve(token, trial=False)

    assert first.reference != second.reference
    assert len(house.subscriptions.subscriptions) == 1


def test_a_repeat_visit_takes_neither_phase_nor_contact_away(
    house: Meterhouse, register: RegisterCustomer
) -> None:
    agreement = house.subscribe()
    register.confirm(visit(house, agreement), **ADA)
    assert agreement.license_arn is not None
    house.keeper().learn(deprovisioned(0, agreement.license_arn, id=agreement.agreement_id))

    again = visit(house, agreement)

    assert contact_of(house, agreement) == Contact(**ADA)
    assert register.confirm(again, **ADA).phase is Phase.ENDED


def test_a_second_visit_with_only_an_address_keeps_company_and_name(
    house: Meterhouse, register: RegisterCustomer
) -> None:
    agreement = house.subscribe()
    register.confirm(visit(house, agreement), **ADA)

    register.confirm(visit(house, agreement), email="bob@example.com", company=" ", name="")

    assert contact_of(house, agreement) == Contact("bob@example.com", "Engines", "Ada")


def test_two_agreements_of_one_account_are_two_subscriptions(
    house: Meterhouse, register: RegisterCustomer
) -> None:
    code, account = house.product.product_code, "111122223333"
    first, second = (
        house.marketplace.create_agreement(code, customer_aws_account_id=account) for _ in range(2)
    )

    register.confirm(visit(house, first), **ADA)
    register.confirm(visit(house, second), **{**ADA, "email": "bob@example.com"})

    assert len(house.subscriptions.subscriptions) == 2
    assert contact_of(house, first).email == "ada@example.com"
    assert contact_of(house, second).email == "bob@example.com"
    house.drain(house.event(first, quantity=2), house.event(second, quantity=3))
    assert house.billed(first) == {"12": Decimal(2)}
    assert house.billed(second) == {"12": Decimal(3)}


def test_a_registration_after_usage_bills_it(house: Meterhouse) -> None:
    agreement = house.subscribe()
    house.drain(house.event(agreement, quantity=5))
    assert house.is_open(agreement)
    assert house.head().reason == "subscription_unknown"

    visit(house, agreement)
    house.clock.move_to(house.clock.now() + HOUR)
    house.reconcile()

    assert house.billed(agreement) == {"12": Decimal(5)}


def test_a_legacy_customer_is_billed_under_either_name(house: Meterhouse) -> None:
    product = house.marketplace.create_product(
        title="Old", mode="legacy", dimensions=("api_calls", "gigabytes")
    )
    agreement = house.subscribe(product.product_code)
    visit(house, agreement)
    by_customer = {
        "product_code": product.product_code,
        "customer_identifier": agreement.customer_identifier,
    }
    by_account = {
        "product_code": product.product_code,
        "customer_aws_account_id": agreement.customer_aws_account_id,
    }

    house.drain(
        house.event(agreement, subscription=by_customer, quantity=2),
        house.event(agreement, subscription=by_account, quantity=3, dimension="gigabytes"),
    )

    assert house.billed(agreement) == {"12": Decimal(2)}
    assert house.billed(agreement, "gigabytes") == {"12": Decimal(3)}


def test_contact_details_of_a_legacy_customer_stand_under_either_name(
    house: Meterhouse, register: RegisterCustomer
) -> None:
    product = house.marketplace.create_product(title="Old", mode="legacy")

    register.confirm(visit(house, house.subscribe(product.product_code)), **ADA)

    assert len(house.subscriptions.subscriptions) == 2
    assert house.subscriptions.contacts == dict.fromkeys(
        house.subscriptions.subscriptions, Contact(**ADA)
    )


def test_a_reference_serves_one_form_which_may_be_sent_twice(
    house: Meterhouse, register: RegisterCustomer
) -> None:
    reference = visit(house, house.subscribe())

    assert register.confirm(reference, **ADA) == register.confirm(reference, **ADA)
    with pytest.raises(ReferenceInvalidError):
        register.confirm(reference, **{**ADA, "email": "eve@example.com"})


def test_a_mistyped_address_does_not_use_the_reference_up(
    house: Meterhouse, register: RegisterCustomer
) -> None:
    reference = visit(house, house.subscribe())

    with pytest.raises(ContactInvalidError):
        register.confirm(reference, **{**ADA, "email": "ada@example"})

    assert register.confirm(reference, **ADA).phase is Phase.ACTIVE


@pytest.mark.parametrize(
    "reference", ["", "made-up", "x" * 129, "é", "\ud800", "reference-1\x00"], ids=repr
)
def test_a_reference_that_nobody_gave_out_is_void(
    house: Meterhouse, register: RegisterCustomer, reference: str
) -> None:
    visit(house, house.subscribe())

    with pytest.raises(ReferenceInvalidError):
        register.confirm(reference, **ADA)


def test_a_reference_lives_for_half_an_hour(house: Meterhouse, register: RegisterCustomer) -> None:
    reference = visit(house, house.subscribe())
    house.clock.move_to(house.clock.now() + timedelta(minutes=30, seconds=-1))
    assert register.confirm(reference, **ADA).email == "ada@example.com"

    house.clock.move_to(house.clock.now() + timedelta(seconds=1))
    with pytest.raises(ReferenceInvalidError):
        register.confirm(reference, **ADA)


def test_neither_token_nor_reference_is_reported_or_kept(
    house: Meterhouse, register: RegisterCustomer
) -> None:
    agreement = house.subscribe()
    token = house.token_of(agreement)
    reference = register.resolve(token, trial=True).reference
    register.confirm(reference, **ADA)

    kept = repr(house.report.events) + repr(vars(house.subscriptions))
    assert token not in kept
    assert f"'{reference}'" not in kept
    assert "ada@example.com" not in repr(house.report.events)


def test_a_trial_is_said_to_be_one(house: Meterhouse) -> None:
    visit(house, house.subscribe(), trial=True)

    assert ("customer_registered", True) in [
        (name, fields.get("trial")) for name, fields in house.report.events
    ]


def test_who_comes_to_our_page_is_ours_though_his_product_is_not_declared(
    house: Meterhouse,
) -> None:
    house.products = Products(frozenset({"another-code", "prod-another"}))
    agreement = house.subscribe()
    assert agreement.license_arn is not None
    key = license_key(agreement.license_arn)

    registered = house.register_customer().resolve(house.token_of(agreement), trial=False)
    house.keeper().learn(deprovisioned(80, agreement.license_arn, id=agreement.agreement_id))

    assert registered.phase is Phase.ACTIVE
    assert house.subscriptions.subscriptions[key].ended_at is not None
