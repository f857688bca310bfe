"""What a contract entitles to: rules `entitlements.…`, `contract.…`."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ParamValidationError

from marketplace_sandbox.core.model.agreements import Agreement, NewAgreement
from marketplace_sandbox.core.model.catalogue import (
    Dimension,
    DimensionKind,
    MeteringMode,
    NewProduct,
    PricingModel,
    ValueType,
)
from marketplace_sandbox.core.model.offers import Grant, NewOffer
from tests.builders import ACCOUNT, Shop, code_of, statuses

OTHER_ACCOUNT = "777788889999"
ENTITLED = DimensionKind.ENTITLED
DIMENSIONS = (
    Dimension("seats", ENTITLED),
    Dimension("hours", ENTITLED, value_type=ValueType.DOUBLE),
    Dimension("premium", ENTITLED, value_type=ValueType.BOOLEAN),
    Dimension("tier", ENTITLED, value_type=ValueType.STRING),
    Dimension("overage"),
)
GRANTS = (
    Grant("seats", 10),
    Grant("hours", 2.5),
    Grant("premium", value=True),
    Grant("tier", "gold"),
)


@pytest.fixture
def contract(shop: Shop) -> Agreement:
    shop.marketplace.desks.catalogue.list_product(
        NewProduct(
            "Plan",
            MeteringMode.LICENSE,
            DIMENSIONS,
            "plan",
            pricing=PricingModel.CONTRACT_WITH_CONSUMPTION,
        )
    )
    return accept(shop, ACCOUNT)


def accept(shop: Shop, account_id: str) -> Agreement:
    offer = NewOffer("plan", duration_days=365, grants=GRANTS)
    offer_id = shop.marketplace.desks.catalogue.make_offer(offer).offer_id
    return shop.marketplace.desks.agreements.subscribe(
        NewAgreement("plan", account_id, offer_id=offer_id)
    )


def entitlements(shop: Shop, **parameters: Any) -> list[dict[str, Any]]:
    client = shop.marketplace.client("marketplace-entitlement")
    answer = client.get_entitlements(ProductCode="plan", **parameters)
    found: list[dict[str, Any]] = answer["Entitlements"]
    return found


def test_entitlements_are_asked_for_by_product(shop: Shop, contract: Agreement) -> None:
    client = shop.marketplace.client("marketplace-entitlement")
    with pytest.raises(ParamValidationError):
        client.get_entitlements()
    refused = code_of(lambda: client.get_entitlements(ProductCode="nobody-sells-this"))
    assert refused == "InvalidParameterException"
    assert {one["LicenseArn"] for one in entitlements(shop)} == {contract.license_arn}


@pytest.mark.usefixtures("contract")
def test_an_entitlement_has_a_value_of_its_dimensions_type(shop: Shop) -> None:
    assert {one["Dimension"]: one["Value"] for one in entitlements(shop)} == {
        "seats": {"IntegerValue": 10},
        "hours": {"DoubleValue": 2.5},
        "premium": {"BooleanValue": True},
        "tier": {"StringValue": "gold"},
    }


def test_filters_are_and_ed_and_the_values_of_one_are_or_ed(
    shop: Shop, contract: Agreement
) -> None:
    other = accept(shop, OTHER_ACCOUNT)
    assert contract.license_arn is not None
    assert other.license_arn is not None
    both = {"LICENSE_ARN": [contract.license_arn, other.license_arn], "DIMENSION": ["seats"]}
    assert len(entitlements(shop, Filter=both)) == 2
    one = both | {"CUSTOMER_AWS_ACCOUNT_ID": [OTHER_ACCOUNT]}
    (found,) = entitlements(shop, Filter=one)
    assert (found["LicenseArn"], found["Dimension"]) == (other.license_arn, "seats")


@pytest.mark.usefixtures("contract")
def test_the_two_filters_of_the_customer_exclude_each_other(shop: Shop) -> None:
    both = {"CUSTOMER_IDENTIFIER": ["buyer"], "CUSTOMER_AWS_ACCOUNT_ID": [ACCOUNT]}
    assert code_of(lambda: entitlements(shop, Filter=both)) == "InvalidParameterException"


@pytest.mark.usefixtures("contract")
def test_an_empty_page_can_have_a_next_token(shop: Shop) -> None:
    accept(shop, OTHER_ACCOUNT)
    client = shop.marketplace.client("marketplace-entitlement")
    asked = {"ProductCode": "plan", "Filter": {"CUSTOMER_AWS_ACCOUNT_ID": [OTHER_ACCOUNT]}}
    first = client.get_entitlements(**asked, MaxResults=4)
    assert first["Entitlements"] == []
    second = client.get_entitlements(**asked, MaxResults=4, NextToken=first["NextToken"])
    assert len(second["Entitlements"]) == 4
    assert "NextToken" not in second


@pytest.mark.usefixtures("contract")
def test_a_page_has_at_most_25_entitlements(shop: Shop) -> None:
    for number in range(7):
        accept(shop, f"{number:012}")
    assert len(entitlements(shop)) == 25
    client = shop.marketplace.client("marketplace-entitlement")
    asked = {"ProductCode": "plan", "MaxResults": 26}
    assert code_of(lambda: client.get_entitlements(**asked)) == "ValidationException"


def test_an_entitlement_says_until_when_it_is_valid(shop: Shop, contract: Agreement) -> None:
    assert contract.expires_at is not None
    assert {one["ExpirationDate"].timestamp() for one in entitlements(shop)} == {
        contract.expires_at.timestamp() // 1
    }
    shop.now = contract.expires_at
    assert entitlements(shop) == []


def test_a_renewing_customers_entitlement_expires_with_each_term(shop: Shop) -> None:
    shop.marketplace.desks.catalogue.list_product(
        NewProduct("Plan", MeteringMode.LICENSE, DIMENSIONS, "plan", pricing=PricingModel.CONTRACT)
    )
    terms = NewOffer("plan", duration_days=90, grants=GRANTS[:1], is_renewing=True)
    offer_id = shop.marketplace.desks.catalogue.make_offer(terms).offer_id
    shop.marketplace.desks.agreements.subscribe(NewAgreement("plan", ACCOUNT, shop.now, offer_id))
    began_at = shop.now
    for term in (1, 2):
        (one,) = entitlements(shop)
        assert one["ExpirationDate"] == began_at + term * timedelta(days=90)
        shop.now += timedelta(days=90)


def test_overage_is_metered_and_what_is_entitled_is_not(shop: Shop, contract: Agreement) -> None:
    overage = shop.licensed_record(contract, Dimension="overage")
    assert statuses(shop.meter(overage)) == ["Success"]
    seats = shop.licensed_record(contract, Dimension="seats")
    assert code_of(lambda: shop.meter(seats)) == "InvalidUsageDimensionException"
