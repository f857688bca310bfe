"""EventBridge events, member by member, as AWS's seller guide shows them.

The expectations are AWS's samples in "Amazon EventBridge events" (notifications-eventbridge).
"""

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest

from marketplace_sandbox.core.agreements.lifecycle import LICENSE_DELAY
from marketplace_sandbox.core.model.agreements import NewAgreement
from marketplace_sandbox.core.model.catalogue import (
    Delivery,
    Dimension,
    DimensionKind,
    MeteringMode,
    NewProduct,
    PricingModel,
)
from marketplace_sandbox.core.model.events import Channel
from marketplace_sandbox.core.model.licenses import ISSUER_ACCOUNT_ID
from marketplace_sandbox.core.model.readings import (
    EventLicenseArn,
    Readings,
    ResolvedLicenseArn,
)
from tests.builders import Shop
from tests.deals import BUYER, PARTNER, SELLER, product_of, through_partner
from tests.inbox import Inbox


@pytest.fixture
def inbox(shop: Shop) -> Inbox:
    return Inbox(shop)


def read_as(shop: Shop, readings: Readings) -> None:
    with shop.marketplace.step() as step:
        step.state.readings = readings


def test_an_event_is_wrapped_as_eventbridge_hands_it_on(shop: Shop, inbox: Inbox) -> None:
    agreement = shop.marketplace.desks.agreements.subscribe(
        NewAgreement("licensed", BUYER, shop.now)
    )
    event = inbox.take()[0]
    document = dict(event.document)
    detail = document.pop("detail")
    assert isinstance(detail, dict)
    assert document == {
        "version": "0",
        "id": event.event_id,
        "detail-type": "Purchase Agreement Created - Proposer",
        "source": "aws.agreement-marketplace",
        "account": SELLER,
        "time": "2026-11-22T12:00:00Z",
        "region": "us-east-1",
        "resources": [f"arn:aws:aws-marketplace::aws:agreement:{agreement.agreement_id}"],
    }
    assert uuid.UUID(event.event_id).version == 4
    assert uuid.UUID(detail["requestId"]).version == 4
    assert (event.product_code, event.agreement_id) == ("licensed", agreement.agreement_id)
    json.dumps(event.document)


def test_a_sellers_own_agreement_sends_created_to_the_proposer_only(
    shop: Shop, inbox: Inbox
) -> None:
    agreement = shop.marketplace.desks.agreements.subscribe(
        NewAgreement("licensed", BUYER, shop.now)
    )
    shop.now += LICENSE_DELAY
    created, updated = inbox.take()
    assert created.name == "Purchase Agreement Created - Proposer"
    assert updated.name == "License Updated - Manufacturer"
    assert created.channel is updated.channel is Channel.EVENTBRIDGE
    detail: Any = created.document["detail"]
    assert detail.pop("requestId")
    assert detail == {
        "catalog": "AWSMarketplace",
        "agreement": {
            "id": agreement.agreement_id,
            "intent": "NEW",
            "status": "ACTIVE",
            "acceptanceTime": "2026-11-22T12:00:00Z",
            "startTime": "2026-11-22T12:00:00Z",
            "endTime": "9999-01-01T00:00:00Z",
        },
        "resaleAuthorization": {"id": None},
        "acceptor": {"accountId": BUYER},
        "proposer": {"accountId": SELLER},
        "offer": {"id": agreement.offer_id},
    }


def test_an_agreements_times_have_milliseconds_and_an_open_end_a_year_far_off(
    shop: Shop, inbox: Inbox
) -> None:  # `events.times`
    shop.now += timedelta(milliseconds=13)
    shop.marketplace.desks.agreements.subscribe(NewAgreement("licensed", BUYER, shop.now))
    (created,) = inbox.take()
    assert created.document["time"] == "2026-11-22T12:00:00Z"
    detail: Any = created.document["detail"]
    assert detail["agreement"]["acceptanceTime"] == "2026-11-22T12:00:00.013Z"
    assert detail["agreement"]["startTime"] == "2026-11-22T12:00:00.013Z"
    assert detail["agreement"]["endTime"] == "9999-01-01T00:00:00Z"


def test_under_a_channel_partners_offer_the_manufacturer_alone_hears(
    shop: Shop, inbox: Inbox
) -> None:
    agreement = through_partner(shop)
    shop.now += LICENSE_DELAY
    created, updated = inbox.take()
    assert created.name == "Purchase Agreement Created - Manufacturer"
    assert updated.name == "License Updated - Manufacturer"
    for event in (created, updated):
        detail: Any = event.document["detail"]
        assert event.document["account"] == SELLER
        assert detail["proposer"] == {"accountId": PARTNER}
        assert detail["offer"] == {"id": agreement.offer_id}
    created_detail: Any = created.document["detail"]
    assert created_detail["resaleAuthorization"]["id"].startswith("resaleauthz-")
    assert created_detail["agreement"]["endTime"] == "2027-02-20T12:00:00Z"
    shop.marketplace.desks.agreements.cancel(agreement.agreement_id)
    assert inbox.names() == ["Purchase Agreement Ended - Manufacturer"]


def test_a_new_license_is_told_a_minute_after_its_agreement(
    shop: Shop, inbox: Inbox
) -> None:  # `events.delays`
    signed_at = shop.now
    shop.marketplace.desks.agreements.subscribe(NewAgreement("licensed", BUYER, signed_at))
    shop.now += timedelta(seconds=60)
    assert inbox.names() == ["Purchase Agreement Created - Proposer"]
    shop.now += timedelta(seconds=1)
    updated = inbox.take_named("License Updated - Manufacturer")
    assert updated.at == signed_at + timedelta(seconds=61)
    assert updated.document["time"] == "2026-11-22T12:01:01Z"


def test_nothing_is_said_of_a_license_that_was_gone_before_it_was_told(
    shop: Shop, inbox: Inbox
) -> None:
    for seconds, is_told in ((29, False), (31, True)):
        agreement = shop.marketplace.desks.agreements.subscribe(
            NewAgreement("licensed", BUYER, shop.now)
        )
        shop.now += timedelta(seconds=seconds)
        shop.marketplace.desks.agreements.cancel(agreement.agreement_id)
        shop.now += timedelta(minutes=5)
        assert ("License Updated - Manufacturer" in inbox.names()) is is_told


def test_a_license_event_names_product_license_and_offer(shop: Shop, inbox: Inbox) -> None:
    agreement = shop.marketplace.desks.agreements.subscribe(
        NewAgreement("licensed", BUYER, shop.now)
    )
    shop.now += LICENSE_DELAY
    detail = inbox.detail("License Updated - Manufacturer")
    assert detail.pop("requestId")
    product = product_of(shop)
    assert detail == {
        "catalog": "AWSMarketplace",
        "agreement": {"id": agreement.agreement_id},
        "product": {"code": "licensed", "id": product.product_id},
        "license": {"arn": agreement.license_arn},
        "acceptor": {"accountId": BUYER},
        "proposer": {"accountId": SELLER},
        "offer": {"id": agreement.offer_id},
    }


@pytest.mark.parametrize("resolved", list(ResolvedLicenseArn))
def test_a_license_is_printed_as_its_readings_say(
    shop: Shop, inbox: Inbox, resolved: ResolvedLicenseArn
) -> None:  # `event_license_arn`, `resolved_license_arn`
    read_as(
        shop,
        Readings(resolved_license_arn=resolved),
    )
    agreement = shop.marketplace.desks.agreements.subscribe(NewAgreement("licensed", BUYER))
    separator = {"colon": ":license:l-", "slash": ":license/lic-"}[resolved]
    assert agreement.license_arn is not None
    assert agreement.license_arn.startswith(
        f"arn:aws:license-manager::{ISSUER_ACCOUNT_ID}{separator}"
    )
    detail = inbox.detail("License Updated - Manufacturer")
    assert detail["license"] == {"arn": agreement.license_arn}
    read_as(
        shop,
        Readings(resolved_license_arn=resolved, event_license_arn=EventLicenseArn.WITHOUT_PREFIX),
    )
    agreement = shop.marketplace.desks.agreements.subscribe(NewAgreement("licensed", BUYER))
    assert agreement.license_arn is not None
    license_id = agreement.license_arn.replace("/", ":").rpartition(":")[2]
    detail = inbox.detail("License Updated - Manufacturer")
    assert detail["license"] == {
        "arn": f"aws:license-manager:us-east-1:{ISSUER_ACCOUNT_ID}:{license_id}"
    }


def test_a_legacy_listing_sends_the_same_events(shop: Shop, inbox: Inbox) -> None:
    shop.marketplace.desks.agreements.subscribe(NewAgreement("legacy", BUYER))
    bridge = [event for event in inbox.take() if event.channel is Channel.EVENTBRIDGE]
    assert [event.name for event in bridge] == [
        "Purchase Agreement Created - Proposer",
        "License Updated - Manufacturer",
    ]
    detail: Any = bridge[1].document["detail"]
    assert detail["license"]["arn"].startswith(
        f"arn:aws:license-manager::{ISSUER_ACCOUNT_ID}:license:l-"
    )


@pytest.mark.parametrize(
    ("pricing", "has_license"), [(PricingModel.HOURLY, False), (PricingModel.CONTRACT, True)]
)
def test_a_container_has_license_events_under_contract_pricing_only(
    shop: Shop, inbox: Inbox, *, pricing: PricingModel, has_license: bool
) -> None:  # DOC container-eventbridge-integration
    shop.marketplace.desks.catalogue.list_product(
        NewProduct(
            "Box",
            MeteringMode.LEGACY,
            (Dimension("seats", DimensionKind.ENTITLED),),
            "box",
            delivery=Delivery.CONTAINER,
            pricing=pricing,
        )
    )
    shop.marketplace.desks.agreements.subscribe(NewAgreement("box", BUYER))
    names = inbox.names()
    assert "Purchase Agreement Created - Proposer" in names
    assert ("License Updated - Manufacturer" in names) is has_license


def test_every_event_has_an_id_of_its_own_and_a_place_in_the_order(shop: Shop) -> None:
    for _ in range(5):
        shop.marketplace.desks.agreements.cancel(shop.subscribe("licensed").agreement_id)
        shop.now += timedelta(hours=2)
    with shop.marketplace.step() as step:
        events = tuple(step.state.events)
        assert step.state.events_emitted == len(events)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert len({event.event_id for event in events}) == len(events)
    requests = [event.document.get("detail") for event in events]
    ids = [detail["requestId"] for detail in requests if isinstance(detail, dict)]
    assert len(set(ids)) == len(ids)
