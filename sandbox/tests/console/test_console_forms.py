"""What a person does at the console: every form, what it leads to, and what it refuses."""

from decimal import Decimal

import pytest

from marketplace_sandbox.core.model.catalogue import (
    Dimension,
    DimensionKind,
    MeteringMode,
    NewProduct,
    PricingModel,
    ValueType,
)
from marketplace_sandbox.core.model.offers import Grant, NewOffer, Price
from tests.builders import ACCOUNT, Shop
from tests.visitor import Visitor, visitor

__all__ = ["visitor"]

A_PRODUCT = {
    "title": "Atlas",
    "code": "atlas",
    "mode": "license",
    "delivery": "saas",
    "pricing": "usage",
    "regions": "us-east-1, eu-west-1",
    "registration_url": "http://127.0.0.1:8080/register",
    "dimension1-name": "api_calls",
    "dimension1-kind": "metered",
    "dimension1-unit_price": "0.0004",
    "dimension1-value_type": "integer",
    "dimension3-name": "seats",
    "dimension3-kind": "entitled",
    "dimension3-unit_price": "",
    "dimension3-value_type": "boolean",
}


def list_seats(shop: Shop) -> None:
    dimensions = (
        Dimension("seats", DimensionKind.ENTITLED, Decimal(300)),
        Dimension("support", DimensionKind.ENTITLED, value_type=ValueType.BOOLEAN),
        Dimension("ratio", DimensionKind.ENTITLED, value_type=ValueType.DOUBLE),
        Dimension("plan", DimensionKind.ENTITLED, value_type=ValueType.STRING),
        Dimension("reports", unit_price=Decimal("1.25")),
    )
    shop.marketplace.desks.catalogue.list_product(
        NewProduct(
            "Seats",
            MeteringMode.LICENSE,
            dimensions,
            code="seats",
            pricing=PricingModel.CONTRACT_WITH_CONSUMPTION,
        )
    )


def test_a_product_is_listed_as_entered(shop: Shop, visitor: Visitor) -> None:
    page = visitor.go_on("/products/new", **A_PRODUCT)
    assert "The product is on sale. " in page.text
    product = shop.marketplace.desks.catalogue.product("atlas")
    assert product.title == "Atlas"
    assert product.regions == ("us-east-1", "eu-west-1")
    assert product.registration_url == "http://127.0.0.1:8080/register"
    assert product.dimensions == (
        Dimension("api_calls", unit_price=Decimal("0.0004")),
        Dimension("seats", DimensionKind.ENTITLED, value_type=ValueType.BOOLEAN),
    )


def test_a_dimension_is_added_and_gets_another_price(shop: Shop, visitor: Visitor) -> None:
    address = f"{visitor.product_address('licensed')}/dimensions"
    page = visitor.go_on(address, dimension="api_calls", unit_price="0.5")
    assert "The dimension costs that from now on" in page.text
    visitor.go_on(address, dimension="reports", unit_price="")
    assert shop.marketplace.desks.catalogue.product("licensed").dimensions == (
        Dimension("api_calls", unit_price=Decimal("0.5")),
        Dimension("storage"),
        Dimension("reports"),
    )
    page = visitor.fail(address, dimension="api_calls", unit_price="-1")
    assert "unit_price must lie between 0 and 1000000" in page.text
    assert page.values()["dimension"] == "api_calls"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"title": " "}, "title must be filled in"),
        ({"mode": "barter"}, "mode must be one of license, legacy, migrating"),
        ({"dimension1-unit_price": "dear"}, "dimension1 unit price must be a number like 0.25"),
        ({"dimension1-unit_price": "NaN"}, "dimension1 unit price must be a number like 0.25"),
        ({"dimension1-unit_price": "1e999999"}, "must be a number like 0.25"),
        ({"registration_url": "javascript:alert(1)"}, "must be an http or https address"),
        ({"code": "a b"}, "code must have"),
    ],
)
def test_a_product_that_cannot_be_is_refused_and_what_was_entered_stays(
    shop: Shop, visitor: Visitor, wrong: dict[str, str], reason: str
) -> None:
    before = shop.marketplace.desks.catalogue.products()
    page = visitor.fail("/products/new", **(A_PRODUCT | wrong))
    assert "That could not be done:" in page.text
    assert reason in page.text
    values = page.values()
    assert values["regions"] == "us-east-1, eu-west-1"
    assert values["dimension1-name"] == "api_calls"
    assert shop.marketplace.desks.catalogue.products() == before


def test_a_product_with_many_dimensions_gets_more_rows(visitor: Visitor) -> None:
    assert "dimension4-name" in visitor.read("/products/new").values()
    assert "dimension30-name" in visitor.read("/products/new?rows=99").values()
    assert "dimension4-name" in visitor.read("/products/new?rows=\u0663x").values()


def test_an_offer_is_made_as_entered(shop: Shop, visitor: Visitor) -> None:
    list_seats(shop)
    page = visitor.go_on(
        f"{visitor.product_address('seats')}/offers/new",
        kind="private",
        buyer_account_ids=f"{ACCOUNT}, 777788889999",
        duration_days="365",
        is_renewing="yes",
        expires_at="2026-12-24T18:00",
        **{
            "dimension1-value": "40",
            "dimension1-unit_price": "250",
            "dimension2-value": "yes",
            "dimension3-value": "0.5",
            "dimension4-value": "gold",
            "dimension5-value": "metered dimensions are not granted",
        },
    )
    assert "The offer stands." in page.text
    offer = shop.marketplace.desks.catalogue.offers()[-1]
    assert offer.buyer_account_ids == (ACCOUNT, "777788889999")
    assert offer.duration_days == 365
    assert offer.is_renewing
    assert offer.grants == (
        Grant("seats", 40),
        Grant("support", value=True),
        Grant("ratio", 0.5),
        Grant("plan", "gold"),
    )
    assert offer.prices == (Price("seats", Decimal(250)),)
    assert "365 days · renews by itself · 40 of seats" in page.text


def test_a_buyer_subscribes_and_lands_on_setting_up_the_account(
    shop: Shop, visitor: Visitor
) -> None:
    visitor.go_on("/products/new", **A_PRODUCT)
    address = visitor.product_address("atlas")
    assert f'value="{shop.marketplace.desks.catalogue.offers()[-1].offer_id}"' in (
        visitor.answer(f"{address}/subscribe").text
    )
    page = visitor.go_on(f"{address}/subscribe", customer_aws_account_id=ACCOUNT)
    assert "You have subscribed to Atlas" in page.text
    agreement = shop.marketplace.desks.agreements.agreements()[-1]
    assert page.all("form") == [
        {"method": "post", "action": "http://127.0.0.1:8080/register"},
    ]
    posted = page.values()
    token = posted.pop("x-amzn-marketplace-token")
    assert posted == {
        "x-amzn-marketplace-agreement-id": agreement.agreement_id,
        "x-amzn-marketplace-product-id": shop.marketplace.desks.catalogue.product(
            "atlas"
        ).product_id,
    }
    resolved = shop.marketplace.resolve_customer(RegistrationToken=token)
    assert resolved["CustomerAWSAccountId"] == ACCOUNT


def test_setting_up_may_post_to_the_sellers_site_and_other_pages_only_to_their_own(
    visitor: Visitor,
) -> None:
    setup = visitor.answer(f"{visitor.agreement_address()}/setup")
    assert "form-action http: https:" in setup.headers["content-security-policy"]
    assert "no-store" in setup.headers["cache-control"]
    faults = visitor.answer("/faults")
    assert "form-action 'self'" in faults.headers["content-security-policy"]


def test_a_free_trial_says_so_to_the_sellers_page(shop: Shop, visitor: Visitor) -> None:
    visitor.go_on("/products/new", **A_PRODUCT)
    offer = shop.marketplace.desks.catalogue.make_offer(NewOffer("atlas", trial_days=14))
    address = f"{visitor.product_address('atlas')}/subscribe"
    page = visitor.go_on(address, offer_id=offer.offer_id)
    assert page.values()["x-amzn-marketplace-offer-type"] == "free-trial"


def test_a_seller_without_a_registration_page_gets_no_button(visitor: Visitor) -> None:
    page = visitor.read(f"{visitor.agreement_address()}/setup")
    assert "The seller has named no registration page" in page.text
    assert page.all("form") == []


def test_a_subscription_that_cannot_be_is_refused(visitor: Visitor) -> None:
    address = f"{visitor.product_address('licensed')}/subscribe"
    page = visitor.fail(address, customer_aws_account_id="12", starts_at="2026-11-22T12:00")
    assert "must be 12 digits" in page.text
    assert page.values()["customer_aws_account_id"] == "12"
    page = visitor.fail(address, starts_at="soon")
    assert "starts at must be a time like 2026-12-01T06:00" in page.text


def test_an_agreement_is_amended_as_entered(shop: Shop, visitor: Visitor) -> None:
    list_seats(shop)
    agreement = shop.marketplace.create_agreement("seats")
    address = f"/agreements/{agreement.agreement_id}"
    fields = {"dimension1-value": "50", "dimension5-unit_price": "2"}
    page = visitor.go_on(f"{address}/amend", **fields)
    assert "The agreement was amended." in page.text
    amended = shop.marketplace.desks.agreements.agreement(agreement.agreement_id)
    assert amended.grants == (Grant("seats", 50),)
    assert amended.prices == (Price("reports", Decimal(2)),)
    assert visitor.read(f"{address}/amend").values()["dimension1-value"] == "50"
    visitor.go_on(f"{address}/amend", **{"dimension2-value": "yes"})
    assert visitor.read(f"{address}/amend").values()["dimension2-value"] == "yes"
    assert "support yes" in visitor.read(address).text


def test_what_is_bought_and_metered_is_listed_and_granted_as_entered(
    shop: Shop, visitor: Visitor
) -> None:
    both = {"pricing": "contract_with_consumption", "dimension1-kind": "both"}
    page = visitor.go_on("/products/new", **(A_PRODUCT | both))
    assert "api_calls entitlement and metered usage, integer" in page.text
    address = visitor.product_address("atlas")
    offering, buying = f"{address}/offers/new", f"{address}/subscribe"
    assert "dimension1-value" in visitor.read(offering).values()
    assert "dimension1-value" in visitor.read(buying).values()
    bought = {"dimension1-value": "1000"}
    visitor.go_on(offering, kind="public", **bought)
    assert shop.marketplace.desks.catalogue.offers()[-1].grants == (Grant("api_calls", 1000),)
    visitor.go_on(buying, **bought)
    sold = shop.marketplace.desks.agreements.agreements()[-1]
    assert Grant("api_calls", 1000) in sold.grants
    amending = f"/agreements/{sold.agreement_id}/amend"
    assert visitor.read(amending).values()["dimension1-value"] == "1000"
    visitor.go_on(amending, **{"dimension1-value": "2000"})
    amended = shop.marketplace.desks.agreements.agreement(sold.agreement_id)
    assert amended.grants == (Grant("api_calls", 2000),)


def test_an_agreement_is_renewed_and_the_page_goes_on_to_the_new_one(
    shop: Shop, visitor: Visitor
) -> None:
    page = visitor.go_on(f"{visitor.agreement_address()}/renew")
    new = shop.marketplace.desks.agreements.agreements()[-1]
    assert new.agreement_id in page.text
    assert f"RENEW of {shop.licensed.agreement_id}" in page.text


def test_an_agreement_is_replaced_by_another_offer(shop: Shop, visitor: Visitor) -> None:
    offer = shop.marketplace.desks.catalogue.make_offer(NewOffer("licensed", duration_days=30))
    page = visitor.go_on(f"{visitor.agreement_address()}/replace", offer_id=offer.offer_id)
    assert f"REPLACE of {shop.licensed.agreement_id}" in page.text


def test_an_agreement_is_cancelled_once(visitor: Visitor) -> None:
    address = f"{visitor.agreement_address()}/cancel"
    assert "final hour" in visitor.go_on(address).text
    again = visitor.submit(address)
    assert again.status_code == 409
    assert "That could not be done:" in again.text


def test_an_agreement_is_terminated_and_deprovisioned(shop: Shop, visitor: Visitor) -> None:
    visitor.go_on(f"{visitor.agreement_address()}/terminate")
    page = visitor.go_on(f"{visitor.agreement_address()}/deprovision")
    assert "The license was deprovisioned." in page.text
    agreement = shop.marketplace.desks.agreements.agreement(shop.licensed.agreement_id)
    assert agreement.deprovisioned_at is not None


def test_a_buyers_account_is_suspended_and_reinstated(shop: Shop, visitor: Visitor) -> None:
    page = visitor.go_on(f"{visitor.agreement_address()}/suspend")
    assert shop.marketplace.desks.agreements.suspended_accounts() == (ACCOUNT,)
    assert "Reinstate" in page.text
    visitor.go_on(f"{visitor.agreement_address()}/reinstate")
    assert shop.marketplace.desks.agreements.suspended_accounts() == ()
