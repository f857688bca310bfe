"""What the Agreement API tells of terms and contacts: rules `terms.…`, `contacts.…`."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError

from marketplace_sandbox.core.model.agreements import Agreement, NewAgreement
from marketplace_sandbox.core.model.catalogue import (
    Dimension,
    DimensionKind,
    MeteringMode,
    NewProduct,
    PricingModel,
    ValueType,
)
from marketplace_sandbox.core.model.contacts import Contact
from marketplace_sandbox.core.model.offers import Grant, NewOffer, OfferKind, Price
from tests.agreements import (
    OTHER,
    PARTNER,
    PROTOCOLS,
    accept,
    agreement_client,
    ids,
    reason_of,
    search,
)
from tests.builders import Shop

DIMENSIONS = (
    Dimension("seats", DimensionKind.ENTITLED, Decimal("10.5")),
    Dimension("tier", DimensionKind.ENTITLED, Decimal(100), ValueType.STRING),
    Dimension("api_calls", unit_price=Decimal("0.00000002")),
)
GRANTS = (Grant("seats", 25), Grant("tier", "gold"))
ANNA = Contact("Anna", "Example", "anna@example.com", "Example, Ltd.", "GB")
ANNA_AS_AWS_SAYS = {
    "firstName": "Anna",
    "lastName": "Example",
    "emailAddress": "anna@example.com",
    "companyName": "Example, Ltd.",
    "countryCode": "GB",
}


@pytest.fixture(params=PROTOCOLS)
def aws(shop: Shop, request: pytest.FixtureRequest) -> Iterator[Any]:
    shop.marketplace.desks.catalogue.list_product(
        NewProduct(
            "Plan",
            MeteringMode.LICENSE,
            DIMENSIONS,
            "plan",
            pricing=PricingModel.CONTRACT_WITH_CONSUMPTION,
        )
    )
    with agreement_client(shop, request.param) as client:
        yield client


def terms_of(aws: Any, agreement: Agreement) -> dict[str, dict[str, Any]]:
    """Read all pages; return each term by its kind, without what all kinds have."""
    pages = aws.get_paginator("get_agreement_terms").paginate(agreementId=agreement.agreement_id)
    found: dict[str, dict[str, Any]] = {}
    for term in (one for page in pages for one in page["acceptedTerms"]):
        ((kind, told),) = term.items()
        assert told.pop("type") == kind[0].upper() + kind[1:]
        assert told.pop("id")
        found[kind] = told
    return found


def usage_term(price: str) -> dict[str, Any]:
    card = [{"dimensionKey": "api_calls", "price": price}]
    return {"currencyCode": "USD", "rateCards": [{"rateCard": card}]}


def with_contact(shop: Shop, contact: Contact | None) -> Agreement:
    new = NewAgreement("licensed", OTHER, contact=contact)
    return shop.marketplace.desks.agreements.subscribe(new)


def contact_of(aws: Any, agreement: Agreement) -> dict[str, Any] | None:
    answer = aws.get_agreement_contacts(agreementId=agreement.agreement_id)
    found: dict[str, Any] | None = answer.get("acceptorContact")
    return found


def test_the_terms_of_a_contract_with_consumption_are_units_bought_and_a_rate_card(
    shop: Shop, aws: Any
) -> None:
    contract = accept(shop, OTHER, code="plan", duration_days=365, grants=GRANTS)
    assert terms_of(aws, contract) == {
        "legalTerm": {"documents": [{"type": "StandardEula", "version": "2022-07-14"}]},
        "configurableUpfrontPricingTerm": {
            "currencyCode": "USD",
            "rateCards": [
                {
                    "selector": {"type": "Duration", "value": "P365D"},
                    "constraints": {
                        "multipleDimensionSelection": "Allowed",
                        "quantityConfiguration": "Allowed",
                    },
                    "rateCard": [
                        {"dimensionKey": "seats", "price": "10.5"},
                        {"dimensionKey": "tier", "price": "100"},
                    ],
                }
            ],
            "configuration": {
                "selectorValue": "P365D",
                "dimensions": [
                    {"dimensionKey": "seats", "dimensionValue": 25},
                    {"dimensionKey": "tier", "dimensionValue": 1},
                ],
            },
        },
        "usageBasedPricingTerm": usage_term("0.00000002"),
        "validityTerm": {"agreementDuration": "P365D"},
    }
    more = shop.marketplace.desks.agreements.amend(
        contract.agreement_id, grants=(Grant("seats", 30),)
    )
    amended = terms_of(aws, more)["configurableUpfrontPricingTerm"]["configuration"]
    assert amended["dimensions"] == [{"dimensionKey": "seats", "dimensionValue": 30}]


def test_the_terms_of_a_private_contract_are_a_fixed_price_and_grants(shop: Shop, aws: Any) -> None:
    contract = accept(
        shop,
        OTHER,
        code="plan",
        kind=OfferKind.PRIVATE,
        buyer_account_ids=(OTHER,),
        duration_days=90,
        grants=(*GRANTS[:1], Grant("tier", "gold")),
        prices=(Price("seats", Decimal(8)), Price("api_calls", Decimal("0.5"))),
        is_renewing=True,
    )
    terms = terms_of(aws, contract)
    assert terms["fixedUpfrontPricingTerm"] == {
        "currencyCode": "USD",
        "duration": "P90D",
        "price": "300",
        "grants": [
            {"dimensionKey": "seats", "maxQuantity": 25},
            {"dimensionKey": "tier", "maxQuantity": 1},
        ],
    }
    assert terms["usageBasedPricingTerm"] == usage_term("0.5")
    assert terms["renewalTerm"] == {"configuration": {"enableAutoRenew": True}}
    assert "configurableUpfrontPricingTerm" not in terms
    shop.marketplace.desks.agreements.amend(contract.agreement_id, is_renewing=False)
    renewal = terms_of(aws, contract)["renewalTerm"]
    assert renewal == {"configuration": {"enableAutoRenew": False}}


def test_the_terms_of_pay_as_you_go_are_a_rate_card(shop: Shop, aws: Any) -> None:
    terms = terms_of(aws, shop.licensed)
    assert terms.keys() == {"legalTerm", "usageBasedPricingTerm"}
    (card,) = terms["usageBasedPricingTerm"]["rateCards"]
    assert [one["dimensionKey"] for one in card["rateCard"]] == ["api_calls", "storage"]


def test_the_terms_of_a_free_trial_are_its_duration_and_grants(shop: Shop, aws: Any) -> None:
    nothing = Grant("seats", 0)
    trial = accept(shop, OTHER, code="plan", trial_days=14, grants=(nothing, Grant("tier", "gold")))
    terms = terms_of(aws, trial)
    assert terms.keys() == {"legalTerm", "freeTrialPricingTerm", "validityTerm"}
    assert terms["freeTrialPricingTerm"] == {
        "duration": "P14D",
        "grants": [
            {"dimensionKey": "tier", "maxQuantity": 1},
            {"dimensionKey": "api_calls"},  # as much as they like
        ],
    }
    ahead = NewAgreement("licensed", OTHER, shop.now + timedelta(days=3), dated_offer(shop))
    later = shop.marketplace.desks.agreements.subscribe(ahead)
    assert terms_of(aws, later)["validityTerm"] == {
        "agreementDuration": "P30D",
        "agreementStartDate": later.starts_at,
    }


def dated_offer(shop: Shop) -> str:
    new = NewOffer("licensed", duration_days=30)
    return shop.marketplace.desks.catalogue.make_offer(new).offer_id


def test_terms_come_in_pages_too(shop: Shop, aws: Any) -> None:
    asked: dict[str, Any] = {"agreementId": shop.licensed.agreement_id, "maxResults": 1}
    first = aws.get_agreement_terms(**asked)
    second = aws.get_agreement_terms(**asked, nextToken=first["nextToken"])
    kinds = [list(one["acceptedTerms"][0]) for one in (first, second)]
    assert kinds == [["legalTerm"], ["usageBasedPricingTerm"]]
    assert "nextToken" not in second
    other = asked | {"agreementId": shop.legacy.agreement_id}
    with pytest.raises(aws.exceptions.ValidationException) as caught:
        aws.get_agreement_terms(**other, nextToken=first["nextToken"])
    assert reason_of(caught) == "ValidationException INVALID_NEXT_TOKEN"


def test_a_contact_is_told_while_the_agreement_is_active_if_there_is_one(
    shop: Shop, aws: Any
) -> None:
    named, nobody = with_contact(shop, ANNA), with_contact(shop, None)
    assert contact_of(aws, named) == ANNA_AS_AWS_SAYS
    assert contact_of(aws, nobody) is None
    assert ids(search(aws, IncludesContactOfType="ACCEPTOR")) == [named.agreement_id]
    (found,) = search(aws, LicenseArn=named.license_arn or "")
    assert found["includesContactOfType"] == ["ACCEPTOR"]
    renewed = shop.marketplace.desks.agreements.renew(named.agreement_id)
    assert contact_of(aws, named) is None
    assert contact_of(aws, renewed) == ANNA_AS_AWS_SAYS


def test_all_three_parties_may_ask_for_the_contact(shop: Shop, aws: Any) -> None:
    offer = shop.marketplace.desks.catalogue.make_offer(
        NewOffer(
            "licensed",
            kind=OfferKind.PRIVATE,
            buyer_account_ids=(OTHER,),
            proposer_account_id=PARTNER,
        )
    )
    resold = shop.marketplace.desks.agreements.subscribe(
        NewAgreement("licensed", OTHER, offer_id=offer.offer_id, contact=ANNA)
    )
    assert contact_of(aws, resold) == ANNA_AS_AWS_SAYS  # the seller is the manufacturer
    for account in (PARTNER, OTHER):
        party = shop.marketplace.as_caller(account_id=account)
        assert contact_of(party, resold) == ANNA_AS_AWS_SAYS
    stranger = shop.marketplace.as_caller(account_id="123456789012")
    with pytest.raises(ClientError) as caught:
        contact_of(stranger, resold)
    assert reason_of(caught) == "AccessDeniedException INVALID_ACCESS"
