"""What EventBridge tells of the turns of an agreement: amended, ended, renewed, at risk (5.2)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from marketplace_sandbox.core.agreements.lifecycle import LICENSE_DELAY
from marketplace_sandbox.core.model.agreements import NewAgreement
from marketplace_sandbox.core.model.offers import NewOffer, Price
from tests.builders import ACCOUNT, Shop
from tests.deals import BUYER, SELLER, product_of, through_partner
from tests.inbox import Inbox


@pytest.fixture
def inbox(shop: Shop) -> Inbox:
    return Inbox(shop)


def test_an_amendment_says_whether_the_agreement_renews(shop: Shop, inbox: Inbox) -> None:
    offer = shop.marketplace.desks.catalogue.make_offer(
        NewOffer("licensed", duration_days=365, is_renewing=True)
    )
    agreement = shop.marketplace.desks.agreements.subscribe(
        NewAgreement("licensed", BUYER, shop.now, offer.offer_id)
    )
    shop.now += timedelta(days=1, microseconds=5)
    inbox.take()
    amended = shop.marketplace.desks.agreements.amend(
        agreement.agreement_id, prices=(Price("api_calls", Decimal("0.5")),)
    )
    assert amended.license_arn == agreement.license_arn
    event, updated = inbox.take()
    assert updated.name == "License Updated - Manufacturer"
    assert event.name == "Purchase Agreement Amended - Proposer"
    assert event.document["time"] == "2026-11-23T12:00:00Z"
    detail: Any = event.document["detail"]
    assert detail["agreement"] == {
        "id": agreement.agreement_id,
        "intent": "AMEND",
        "status": "ACTIVE",
        "acceptanceTime": "2026-11-22T12:00:00Z",
        "startTime": "2026-11-22T12:00:00Z",
        "endTime": "2027-11-22T12:00:00Z",
        "autoRenewalEnabled": True,
    }
    assert detail["renewalSummary"] == {
        "lockoutStartTime": "2027-10-23T12:00:00Z",
        "disabledBy": None,
    }
    assert detail["product"] == {"id": product_of(shop).product_id, "title": "Licensed"}
    assert detail["resaleAuthorization"] == {"id": None}


def test_a_manufacturer_hears_nothing_of_renewal_in_an_amendment(shop: Shop, inbox: Inbox) -> None:
    agreement = through_partner(shop)
    inbox.take()
    shop.marketplace.desks.agreements.amend(agreement.agreement_id, is_renewing=False)
    detail = inbox.detail("Purchase Agreement Amended - Manufacturer")
    assert "renewalSummary" not in detail
    assert "product" not in detail
    assert "autoRenewalEnabled" not in detail["agreement"]


def test_an_end_says_its_status_and_no_license(shop: Shop, inbox: Inbox) -> None:
    shop.marketplace.desks.agreements.cancel(shop.licensed.agreement_id)
    detail = inbox.detail("Purchase Agreement Ended - Proposer")
    assert detail.pop("requestId")
    assert detail == {
        "catalog": "AWSMarketplace",
        "agreement": {"id": shop.licensed.agreement_id, "status": "CANCELLED"},
        "resaleAuthorization": {"id": None},
        "acceptor": {"accountId": ACCOUNT},
        "proposer": {"accountId": SELLER},
    }


def test_a_renewal_names_the_agreement_before_it(shop: Shop, inbox: Inbox) -> None:
    renewed = shop.marketplace.desks.agreements.renew(shop.licensed.agreement_id)
    shop.now += LICENSE_DELAY
    ended, created, deprovisioned, updated = inbox.take()
    assert deprovisioned.name == "License Deprovisioned - Manufacturer"
    ended_detail: Any = ended.document["detail"]
    assert ended.name == "Purchase Agreement Ended - Proposer"
    assert ended_detail["agreement"] == {"id": shop.licensed.agreement_id, "status": "RENEWED"}
    detail: Any = created.document["detail"]
    assert detail["agreement"]["intent"] == "RENEW"
    assert detail["agreement"]["previousAgreementId"] == shop.licensed.agreement_id
    assert detail["product"] == {"id": product_of(shop).product_id, "title": "Licensed"}
    assert detail["proposer"] == {"name": "Sandbox Seller", "accountId": SELLER}
    updated_detail: Any = updated.document["detail"]
    assert updated_detail["agreement"] == {"id": renewed.agreement_id}


def test_the_proposer_hears_of_a_coming_renewal_five_times(shop: Shop, inbox: Inbox) -> None:
    offer = shop.marketplace.desks.catalogue.make_offer(
        NewOffer("licensed", duration_days=365, is_renewing=True)
    )
    agreement = shop.marketplace.desks.agreements.subscribe(
        NewAgreement("licensed", BUYER, shop.now, offer.offer_id)
    )
    through_partner(shop)
    inbox.take()
    shop.now += timedelta(days=364)
    events = [event for event in inbox.take() if "Ending" in event.name]
    mine = [event for event in events if event.agreement_id == agreement.agreement_id]
    assert events == mine
    details: list[Any] = [event.document["detail"] for event in events]
    assert {event.name for event in events} == {"Purchase Agreement Ending - Proposer"}
    assert [detail["agreement"]["daysBeforeEndTime"] for detail in details] == [
        180, 120, 90, 60, 30,
    ]  # fmt: skip
    assert events[-1].document["time"] == "2027-10-23T12:00:00Z"
    assert details[0]["agreement"] == {
        "id": agreement.agreement_id,
        "startTime": "2026-11-22T12:00:00Z",
        "endTime": "2027-11-22T12:00:00Z",
        "status": "ACTIVE",
        "daysBeforeEndTime": 180,
        "autoRenewalEnabled": True,
    }
    assert "resaleAuthorization" not in details[0]


def test_what_does_not_renew_is_not_announced(shop: Shop, inbox: Inbox) -> None:
    offer = shop.marketplace.desks.catalogue.make_offer(
        NewOffer("licensed", duration_days=200, is_renewing=True)
    )
    agreement = shop.marketplace.desks.agreements.subscribe(
        NewAgreement("licensed", BUYER, shop.now, offer.offer_id)
    )
    shop.now += timedelta(days=100)
    shop.marketplace.desks.agreements.amend(agreement.agreement_id, is_renewing=False)
    inbox.take()
    shop.now += timedelta(days=200)
    assert inbox.names() == [
        "Purchase Agreement Ended - Proposer",
        "License Deprovisioned - Manufacturer",
    ]


def test_a_suspended_account_brings_an_advisory_for_each_running_agreement(
    shop: Shop, inbox: Inbox
) -> None:
    shop.marketplace.desks.agreements.suspend(ACCOUNT)
    issued = inbox.take()
    assert [event.agreement_id for event in issued] == [
        shop.licensed.agreement_id,
        shop.legacy.agreement_id,
    ]
    assert {event.name for event in issued} == {"Purchase Agreement Advisory Issued - Manufacturer"}
    detail: Any = issued[0].document["detail"]
    assert detail.pop("requestId")
    assert detail == {
        "catalog": "AWSMarketplace",
        "agreement": {"id": shop.licensed.agreement_id},
        "product": {"id": product_of(shop).product_id},
        "acceptor": {"accountId": ACCOUNT},
        "proposer": {"accountId": SELLER},
        "offer": {"id": shop.licensed.offer_id},
        "advisory": {"issuedAt": "2026-11-22T12:00:00Z"},
    }
    shop.marketplace.desks.agreements.cancel(shop.legacy.agreement_id)
    shop.now += timedelta(minutes=5)
    inbox.take()
    shop.marketplace.desks.agreements.reinstate(ACCOUNT)
    (resolved,) = inbox.take()
    assert resolved.name == "Purchase Agreement Advisory Resolved - Manufacturer"
    resolved_detail: Any = resolved.document["detail"]
    assert resolved_detail["advisory"] == {"resolvedAt": "2026-11-22T12:05:00Z"}
