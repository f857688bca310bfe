"""What EventBridge tells of renewals to come and spend thresholds.

The expectations are the documents of AWS's seller guide, "Amazon EventBridge events".
"""

from decimal import Decimal
from typing import Any

import pytest

from marketplace_sandbox.core.model.agreements import Agreement, Party
from marketplace_sandbox.core.model.catalogue import (
    Delivery,
    Dimension,
    MeteringMode,
    NewProduct,
    PricingModel,
)
from marketplace_sandbox.core.model.offers import Grant, Price
from marketplace_sandbox.core.model.spend import SpendStage
from marketplace_sandbox.desks.requests import RequestsDesk
from tests.builders import ACCOUNT, Shop
from tests.contracts import sell_contracts
from tests.deals import A_DAY, BUYER, SELLER, dated, product_of, refusal_of, through_partner
from tests.inbox import Inbox

UPCOMING = "Purchase Agreement Renewal Upcoming - Proposer"
FINALIZED = "Purchase Agreement Renewal Terms Finalized - Proposer"


@pytest.fixture
def inbox(shop: Shop) -> Inbox:
    return Inbox(shop)


@pytest.fixture
def desk(shop: Shop) -> RequestsDesk:
    return shop.marketplace.desks.requests


def contract(shop: Shop, *, days: int = 365, is_renewing: bool = True) -> Agreement:
    """Sign a contract of ten seats at 500 dollars, on an offer with prices of its own."""
    sell_contracts(shop)
    return dated(
        shop,
        days=days,
        product="contract",
        grants=(Grant("seats", 10),),
        prices=(Price("seats", Decimal(500)), Price("api_calls", Decimal("0.25"))),
        is_renewing=is_renewing,
    )


def test_a_renewals_final_price_is_told_and_charged(
    shop: Shop, inbox: Inbox, desk: RequestsDesk
) -> None:
    agreement = contract(shop)
    shop.now += 300 * A_DAY
    inbox.take()
    desk.finalize_renewal(agreement.agreement_id, Decimal("2.5"))
    detail = inbox.detail(FINALIZED)
    assert detail.pop("requestId")
    assert detail == {
        "catalog": "AWSMarketplace",
        "agreement": {
            "id": agreement.agreement_id,
            "startTime": "2026-11-22T12:00:00Z",
            "endTime": "2027-11-22T12:00:00Z",
        },
        "renewalSummary": {
            "tcv": "5125.00",
            "currency": "USD",
            "termsFinalizedTime": "2027-09-18T12:00:00Z",
            "lockoutReached": False,
            "lockoutStartTime": "2027-10-23T12:00:00Z",
        },
        "product": {"id": product_of(shop, "contract").product_id, "title": "contract"},
        "acceptor": {"accountId": BUYER},
        "proposer": {"name": "Sandbox Seller", "accountId": SELLER},
    }
    refused = refusal_of(shop, lambda: desk.finalize_renewal(agreement.agreement_id, Decimal(3)))
    assert refused == "RenewalFinalized"
    shop.now += 66 * A_DAY
    renewed = shop.marketplace.desks.agreements.agreements()[-1]
    assert renewed.previous_agreement_id == agreement.agreement_id
    prices = {price.dimension: price.unit_price for price in renewed.prices}
    assert prices == {"seats": Decimal("512.5"), "api_calls": Decimal("0.25")}
    assert renewed.renewal_increase_percent is None


def test_a_renewal_is_told_of_when_it_is_decided(shop: Shop, inbox: Inbox) -> None:
    agreement = contract(shop)
    through_partner(shop)
    inbox.take()
    shop.now += 335 * A_DAY
    event = inbox.take_named(UPCOMING)
    assert event.document["time"] == "2027-10-23T12:00:00Z"
    detail: Any = event.document["detail"]
    assert detail["agreement"]["id"] == agreement.agreement_id
    assert detail["renewalSummary"] == {
        "lockoutReached": True,
        "tcv": "5000.00",
        "currency": "USD",
    }


def test_a_renewal_is_switched_off_by_either_side_until_it_is_decided(
    shop: Shop, inbox: Inbox
) -> None:
    agreement_id = contract(shop).agreement_id
    amend = shop.marketplace.desks.agreements.amend
    shop.now += A_DAY
    inbox.take()
    for party, named in ((None, "ACCEPTOR"), (Party.PROPOSER, "PROPOSER")):
        amend(agreement_id, is_renewing=False, renewal_disabled_by=party)
        (event,) = inbox.take()  # no license changes
        detail: Any = event.document["detail"]
        assert event.name == "Purchase Agreement Amended - Proposer"
        assert detail["agreement"]["autoRenewalEnabled"] is False
        assert detail["renewalSummary"] == {
            "lockoutStartTime": "2027-10-23T12:00:00Z",
            "disabledBy": named,
        }
        amend(agreement_id, is_renewing=True)
        detail = inbox.detail("Purchase Agreement Amended - Proposer")
        assert detail["agreement"]["autoRenewalEnabled"] is True
        assert detail["renewalSummary"]["disabledBy"] is None
    for party, named in (
        (Party.ACCEPTOR, "ACCEPTOR"),
        (Party.PROPOSER, "PROPOSER"),
        (Party.ACCEPTOR, "PROPOSER"),
    ):
        amend(agreement_id, is_renewing=False, renewal_disabled_by=party)
        assert amend(agreement_id, prices=()).renewal_disabled_by == named
    endless = shop.subscribe("licensed").agreement_id
    assert amend(endless, is_renewing=False).renewal_disabled_by is None
    amend(agreement_id, is_renewing=True)
    by_nobody = refusal_of(
        shop, lambda: amend(agreement_id, is_renewing=True, renewal_disabled_by=Party.ACCEPTOR)
    )
    assert by_nobody == "InvalidRequest"
    shop.now += 334 * A_DAY
    late = refusal_of(shop, lambda: amend(agreement_id, is_renewing=False))
    assert late == "RenewalDecided"
    amend(agreement_id, grants=(Grant("seats", 11),))


def test_what_does_not_renew_has_no_renewal_to_tell_of(
    shop: Shop, inbox: Inbox, desk: RequestsDesk
) -> None:
    agreement = contract(shop, is_renewing=False)
    assert refusal_of(shop, lambda: desk.finalize_renewal(agreement.agreement_id, Decimal(1))) == (
        "NoRenewal"
    )
    short = dated(shop, days=28, is_renewing=True)
    for wrong in ("-1", "100.1", "NaN"):
        percent = Decimal(wrong)
        refused = refusal_of(
            shop,
            lambda: desk.finalize_renewal(short.agreement_id, percent),  # noqa: B023
        )
        assert refused == "InvalidRequest"
    desk.finalize_renewal(short.agreement_id, Decimal(0))
    assert inbox.detail(FINALIZED)["renewalSummary"]["lockoutStartTime"] is None
    shop.now += 336 * A_DAY
    assert UPCOMING not in inbox.names()


@pytest.mark.parametrize(
    ("stage", "name"),
    [
        (SpendStage.REACHED, "Spend Threshold Reached"),
        (SpendStage.VET_SUCCEEDED, "Spend Threshold Vet Succeeded"),
        (SpendStage.VET_FAILED, "Spend Threshold Vet Failed"),
    ],
)
def test_spend_is_told_of_without_a_role(
    shop: Shop, inbox: Inbox, desk: RequestsDesk, *, stage: SpendStage, name: str
) -> None:
    desk.tell_of_spend(shop.licensed.agreement_id, stage)
    event = inbox.take_named(name)
    agreement_id = shop.licensed.agreement_id
    assert event.document["resources"] == [f"arn:aws:aws-marketplace::aws:agreement:{agreement_id}"]
    detail: Any = event.document["detail"]
    assert detail["agreement"] == {"id": agreement_id}
    assert detail["acceptor"] == {"accountId": ACCOUNT}


def test_spend_is_looked_at_where_usage_of_saas_is_paid(
    shop: Shop, inbox: Inbox, desk: RequestsDesk
) -> None:
    shop.marketplace.desks.catalogue.list_product(
        NewProduct(
            "Image", MeteringMode.LEGACY, (Dimension("calls"),), "image", delivery=Delivery.AMI
        )
    )
    image = shop.subscribe("image")
    yearly = contract(shop)
    assert product_of(shop, "contract").pricing is not PricingModel.USAGE
    inbox.take()
    for agreement in (image, yearly):
        agreement_id = agreement.agreement_id
        refused = refusal_of(
            shop,
            lambda: desk.tell_of_spend(agreement_id, SpendStage.REACHED),  # noqa: B023
        )
        assert refused == "InvalidRequest"
    shop.marketplace.desks.agreements.cancel(shop.licensed.agreement_id)
    ended = shop.licensed.agreement_id
    assert refusal_of(shop, lambda: desk.tell_of_spend(ended, SpendStage.REACHED)) == (
        "AgreementEnded"
    )
