"""A dimension that is granted and metered: what a contract has of it, and what it cannot be."""

from dataclasses import replace

import pytest

from marketplace_sandbox.core.agreements.product_amendment import NewTerms, ProductAmendment
from marketplace_sandbox.core.model.catalogue import (
    Dimension,
    DimensionKind,
    MeteringMode,
    NewProduct,
    PricingModel,
    ValueType,
)
from marketplace_sandbox.core.model.errors import ControlError
from marketplace_sandbox.core.model.offers import Grant, NewOffer
from tests.builders import Shop

CALLS = Dimension("calls", DimensionKind.BOTH)
PLAN = NewProduct(
    "Plan",
    MeteringMode.LICENSE,
    (CALLS, Dimension("seats", DimensionKind.ENTITLED), Dimension("storage")),
    "plan",
    pricing=PricingModel.CONTRACT_WITH_CONSUMPTION,
)


@pytest.fixture(autouse=True)
def plan(shop: Shop) -> None:
    shop.marketplace.desks.catalogue.list_product(PLAN)


def test_the_standing_offer_grants_one_of_both_kinds(shop: Shop) -> None:
    sold = shop.marketplace.create_agreement("plan")
    assert sold.grants == (Grant("calls", 1), Grant("seats", 1))


@pytest.mark.parametrize("value_type", [ValueType.BOOLEAN, ValueType.STRING])
def test_what_is_not_counted_is_not_of_both_kinds(shop: Shop, value_type: ValueType) -> None:
    odd = replace(PLAN, dimensions=(replace(CALLS, value_type=value_type),), code="other")
    with pytest.raises(ControlError) as refused:
        shop.marketplace.desks.catalogue.list_product(odd)
    assert refused.value.message == (
        "dimension 'calls' is of kind both, which needs value_type integer or double: "
        f"it has {value_type}"
    )


def test_a_dimension_of_both_kinds_is_added_and_keeps_its_kind(shop: Shop) -> None:
    catalogue = shop.marketplace.desks.catalogue
    files = NewTerms("files", DimensionKind.BOTH, value_type=ValueType.DOUBLE)
    catalogue.amend_product("plan", ProductAmendment((files,)))
    offer = NewOffer("plan", duration_days=30, grants=(Grant("files", 0.5),))
    assert catalogue.make_offer(offer).grants == (Grant("files", 0.5),)
    with pytest.raises(ControlError, match="'files' stays both of type double"):
        catalogue.amend_product(
            "plan", ProductAmendment((NewTerms("files", DimensionKind.METERED),))
        )
