"""A dimension that a contract grants and that is metered beyond it: rule `contract.both`."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from marketplace_sandbox.core.agreements.product_amendment import NewTerms, ProductAmendment
from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.catalogue import (
    Dimension,
    DimensionKind,
    MeteringMode,
    NewProduct,
    PricingModel,
)
from marketplace_sandbox.core.model.errors import ControlError
from marketplace_sandbox.core.model.offers import Grant, OfferKind
from tests.agreements import OTHER, PROTOCOLS, accept, agreement_client
from tests.builders import Shop, code_of, statuses

CALLS = Dimension("calls", DimensionKind.BOTH, Decimal("0.02"))
SEATS = Dimension("seats", DimensionKind.ENTITLED, Decimal(10))
STORAGE = Dimension("storage", unit_price=Decimal(2))
PLAN = NewProduct(
    "Plan",
    MeteringMode.LICENSE,
    (CALLS, SEATS, STORAGE),
    "plan",
    pricing=PricingModel.CONTRACT_WITH_CONSUMPTION,
)
A_THOUSAND = (Grant("calls", 1000),)
IN_BOTH_CARDS = {"dimensionKey": "calls", "price": "0.02"}


@pytest.fixture(autouse=True)
def plan(shop: Shop) -> None:
    shop.marketplace.desks.catalogue.list_product(PLAN)


def held(shop: Shop) -> list[tuple[str, dict[str, Any]]]:
    client = shop.marketplace.client("marketplace-entitlement")
    found = client.get_entitlements(ProductCode="plan")["Entitlements"]
    return [(one["Dimension"], one["Value"]) for one in found]


def terms_of(shop: Shop, protocol: str, agreement: Agreement) -> dict[str, dict[str, Any]]:
    with agreement_client(shop, protocol) as aws:
        answer = aws.get_agreement_terms(agreementId=agreement.agreement_id)
    return {kind: told for term in answer["acceptedTerms"] for kind, told in term.items()}


def test_a_dimension_of_both_kinds_is_held_and_metered(shop: Shop) -> None:
    contract = accept(shop, OTHER, code="plan", duration_days=365, grants=A_THOUSAND)
    assert held(shop) == [("calls", {"IntegerValue": 1000})]
    shop.now += timedelta(hours=2)
    beyond = shop.licensed_record(contract, Dimension="calls", Quantity=40)
    assert statuses(shop.meter(beyond)) == ["Success"]
    only_entitled = shop.licensed_record(contract, Dimension="seats")
    assert code_of(lambda: shop.meter(only_entitled)) == "InvalidUsageDimensionException"
    more = (Grant("calls", 2000),)
    shop.marketplace.desks.agreements.amend(contract.agreement_id, grants=more)
    assert held(shop) == [("calls", {"IntegerValue": 2000})]
    assert [line.quantity for line in shop.marketplace.bill()] == [40]


def test_what_is_bought_is_no_cap_and_takes_nothing_off(shop: Shop) -> None:
    contract = accept(shop, OTHER, code="plan", duration_days=365, grants=A_THOUSAND)
    for quantity in (999, 5000):
        shop.now += timedelta(hours=2)
        record = shop.licensed_record(contract, Dimension="calls", Quantity=quantity)
        assert statuses(shop.meter(record)) == ["Success"]
    assert [line.quantity for line in shop.marketplace.bill()] == [999, 5000]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_dimension_of_both_kinds_stands_in_both_rate_cards(shop: Shop, protocol: str) -> None:
    contract = accept(shop, OTHER, code="plan", duration_days=365, grants=A_THOUSAND)
    terms = terms_of(shop, protocol, contract)
    bought = terms["configurableUpfrontPricingTerm"]
    assert bought["rateCards"][0]["rateCard"] == [
        IN_BOTH_CARDS,
        {"dimensionKey": "seats", "price": "10"},
    ]
    assert bought["configuration"]["dimensions"] == [
        {"dimensionKey": "calls", "dimensionValue": 1000}
    ]
    assert terms["usageBasedPricingTerm"]["rateCards"] == [
        {"rateCard": [IN_BOTH_CARDS, {"dimensionKey": "storage", "price": "2"}]}
    ]


def test_a_private_contract_grants_units_at_a_fixed_price_and_meters_the_rest(shop: Shop) -> None:
    private = {"kind": OfferKind.PRIVATE, "buyer_account_ids": (OTHER,), "duration_days": 90}
    contract = accept(shop, OTHER, code="plan", grants=A_THOUSAND, **private)
    terms = terms_of(shop, PROTOCOLS[0], contract)
    fixed = terms["fixedUpfrontPricingTerm"]
    assert (fixed["price"], fixed["grants"]) == (
        "20.00",
        [{"dimensionKey": "calls", "maxQuantity": 1000}],
    )
    (card,) = terms["usageBasedPricingTerm"]["rateCards"]
    assert IN_BOTH_CARDS in card["rateCard"]


@pytest.mark.parametrize(
    ("grants", "calls"),
    [
        (A_THOUSAND, {"dimensionKey": "calls", "maxQuantity": 1000}),
        ((), {"dimensionKey": "calls"}),
    ],
)
def test_a_trial_names_a_dimension_of_both_kinds_once(
    shop: Shop, grants: tuple[Grant, ...], calls: dict[str, Any]
) -> None:
    trial = accept(shop, OTHER, code="plan", trial_days=14, grants=grants)
    terms = terms_of(shop, PROTOCOLS[0], trial)["freeTrialPricingTerm"]
    assert terms["grants"] == [calls, {"dimensionKey": "storage"}]


@pytest.mark.parametrize("pricing", [one for one in PricingModel if one is not PLAN.pricing])
def test_only_a_contract_with_consumption_has_dimensions_of_both_kinds(
    shop: Shop, pricing: PricingModel
) -> None:
    sentence = (
        "dimension 'calls' is of kind both, which needs pricing contract_with_consumption: "
        f"the product has {pricing}"
    )
    desks = shop.marketplace.desks
    with pytest.raises(ControlError) as refused:
        desks.catalogue.list_product(replace(PLAN, code="other", pricing=pricing))
    assert refused.value.message == sentence
    desks.catalogue.list_product(
        replace(PLAN, dimensions=(STORAGE,), code="other", pricing=pricing)
    )
    with pytest.raises(ControlError) as refused:
        desks.catalogue.amend_product(
            "other", ProductAmendment((NewTerms("calls", DimensionKind.BOTH),))
        )
    assert refused.value.message == sentence
    assert desks.catalogue.product("other").dimensions == (STORAGE,)
