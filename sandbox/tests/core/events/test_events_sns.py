"""SNS messages to legacy listings: who gets which, and when."""

from datetime import timedelta
from typing import Any

import pytest

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
from marketplace_sandbox.core.model.offers import Grant, NewOffer
from tests.builders import ACCOUNT, AN_HOUR, Shop, statuses
from tests.inbox import Inbox

BUYER = "777788889999"
AN_INSTANT = timedelta(microseconds=1)


class Topics(Inbox):
    """Only what came by SNS."""

    def take(self) -> list[Any]:
        return [event for event in Inbox.take(self) if event.channel is not Channel.EVENTBRIDGE]


@pytest.fixture
def topics(shop: Shop) -> Topics:
    return Topics(shop)


def list_contract(shop: Shop, mode: MeteringMode = MeteringMode.LEGACY) -> None:
    shop.marketplace.desks.catalogue.list_product(
        NewProduct(
            "Contract",
            mode,
            (Dimension("api_calls"), Dimension("seats", DimensionKind.ENTITLED)),
            "contract",
            pricing=PricingModel.CONTRACT_WITH_CONSUMPTION,
        )
    )


def test_a_subscription_names_customer_product_offer_and_trial(shop: Shop, topics: Topics) -> None:
    agreement = shop.subscribe("legacy", BUYER)
    (message,) = topics.take()
    assert message.channel is Channel.SNS_SUBSCRIPTION
    assert message.document == {
        "action": "subscribe-success",
        "customer-identifier": agreement.customer_identifier,
        "product-code": "legacy",
        "offer-identifier": agreement.offer_id,
        "isFreeTrialTermPresent": "false",
    }


def test_a_free_trial_is_marked_by_a_string(shop: Shop, topics: Topics) -> None:
    offer = shop.marketplace.desks.catalogue.make_offer(NewOffer("legacy", trial_days=30))
    shop.marketplace.desks.agreements.subscribe(
        NewAgreement("legacy", BUYER, shop.now, offer_id=offer.offer_id)
    )
    (message,) = topics.take()
    assert message.document["isFreeTrialTermPresent"] == "true"


def test_a_licensed_listing_has_no_topics(shop: Shop, topics: Topics) -> None:
    agreement = shop.subscribe("licensed", BUYER)
    shop.marketplace.desks.agreements.cancel(agreement.agreement_id)
    shop.now += 2 * AN_HOUR
    assert topics.take() == []


def test_a_failed_payment_is_said_and_nothing_begins(shop: Shop, topics: Topics) -> None:
    inbox = Inbox(shop)
    agreement = shop.marketplace.desks.agreements.subscribe(
        NewAgreement("legacy", BUYER, payment_fails=True)
    )
    (message,) = inbox.take()  # EventBridge has no counterpart (`sns.subscribe-fail`)
    assert message.document == {
        "action": "subscribe-fail",
        "customer-identifier": agreement.customer_identifier,
        "product-code": "legacy",
        "offer-identifier": agreement.offer_id,
        "isFreeTrialTermPresent": "false",
    }
    record = shop.legacy_record(CustomerIdentifier=agreement.customer_identifier)
    assert statuses(shop.meter_legacy(record)) == ["CustomerNotSubscribed"]
    shop.now += 2 * AN_HOUR
    assert inbox.take() == []
    again = shop.subscribe("legacy", BUYER)
    assert again.customer_identifier == agreement.customer_identifier
    assert topics.names()[-1:] == ["subscribe-success"]


def test_a_farewell_comes_in_two_parts_an_hour_apart(shop: Shop, topics: Topics) -> None:
    shop.marketplace.desks.agreements.cancel(shop.legacy.agreement_id)
    (pending,) = topics.take()
    assert pending.document == {
        "action": "unsubscribe-pending",
        "customer-identifier": shop.legacy.customer_identifier,
        "product-code": "legacy",
        "isFreeTrialTermPresent": "false",
    }
    shop.now += AN_HOUR - AN_INSTANT
    assert topics.take() == []
    shop.now += AN_INSTANT
    (success,) = topics.take()
    assert success.document == pending.document | {"action": "unsubscribe-success"}
    assert success.at == pending.at + AN_HOUR


def test_a_buyer_who_comes_back_in_time_gets_no_farewell(shop: Shop, topics: Topics) -> None:
    shop.marketplace.desks.agreements.cancel(shop.legacy.agreement_id)
    shop.now += AN_HOUR / 2
    back = shop.marketplace.desks.agreements.subscribe(NewAgreement("legacy", ACCOUNT, shop.now))
    shop.now += 2 * AN_HOUR
    assert topics.names() == ["unsubscribe-pending", "subscribe-success"]
    shop.marketplace.desks.agreements.cancel(back.agreement_id)
    shop.now += 2 * AN_HOUR
    assert topics.names() == ["unsubscribe-pending", "unsubscribe-success"]


def test_a_failed_payment_is_no_coming_back(shop: Shop, topics: Topics) -> None:
    shop.marketplace.desks.agreements.cancel(shop.legacy.agreement_id)
    shop.marketplace.desks.agreements.subscribe(NewAgreement("legacy", ACCOUNT, payment_fails=True))
    shop.now += AN_HOUR
    assert topics.names() == ["unsubscribe-pending", "subscribe-fail", "unsubscribe-success"]


def test_a_renewal_is_no_farewell(shop: Shop, topics: Topics) -> None:
    renewed = shop.marketplace.desks.agreements.renew(shop.legacy.agreement_id)
    shop.now += 48 * AN_HOUR
    (message,) = topics.take()
    assert message.name == "subscribe-success"
    assert message.agreement_id == renewed.agreement_id
    assert renewed.customer_identifier == shop.legacy.customer_identifier


def test_a_replacement_says_the_new_offer(shop: Shop, topics: Topics) -> None:
    offer = shop.marketplace.desks.catalogue.make_offer(NewOffer("legacy", duration_days=30))
    shop.marketplace.desks.agreements.replace(shop.legacy.agreement_id, offer.offer_id)
    (message,) = topics.take()
    assert message.document["offer-identifier"] == offer.offer_id


def test_a_future_agreement_is_announced_on_its_start_date(shop: Shop, topics: Topics) -> None:
    starts_at = shop.now + timedelta(days=3)
    shop.marketplace.desks.agreements.subscribe(NewAgreement("legacy", BUYER, starts_at))
    assert topics.take() == []
    shop.now = starts_at
    (message,) = topics.take()
    assert (message.name, message.at) == ("subscribe-success", starts_at)


def test_a_contract_says_at_each_turn_that_entitlements_changed(shop: Shop) -> None:
    list_contract(shop)
    topics = Topics(shop)
    agreement = shop.subscribe("contract", BUYER)
    subscribed, entitled = topics.take()
    assert subscribed.name == "subscribe-success"
    assert entitled.channel is Channel.SNS_ENTITLEMENT
    assert entitled.document == {
        "action": "entitlement-updated",
        "customer-identifier": agreement.customer_identifier,
        "product-code": "contract",
    }
    shop.marketplace.desks.agreements.amend(agreement.agreement_id, grants=(Grant("seats", 3),))
    assert topics.names() == ["entitlement-updated"]
    renewed = shop.marketplace.desks.agreements.renew(agreement.agreement_id)
    assert topics.names() == ["entitlement-updated", "subscribe-success", "entitlement-updated"]
    shop.marketplace.desks.agreements.cancel(renewed.agreement_id)
    assert topics.names() == ["unsubscribe-pending", "entitlement-updated"]


def test_a_migrating_buyer_leaves_with_the_last_agreement(shop: Shop) -> None:
    list_contract(shop, MeteringMode.MIGRATING)
    first, second = (shop.subscribe("contract", BUYER) for _ in range(2))
    assert first.customer_identifier == second.customer_identifier
    assert first.license_arn != second.license_arn
    topics = Topics(shop)
    shop.marketplace.desks.agreements.cancel(first.agreement_id)
    shop.now += AN_HOUR / 2
    shop.marketplace.desks.agreements.cancel(second.agreement_id)
    shop.now += 2 * AN_HOUR
    names = [name for name in topics.names() if name != "entitlement-updated"]
    assert names == ["unsubscribe-pending", "unsubscribe-success"]


def test_only_saas_messages_tell_of_free_trials(shop: Shop, topics: Topics) -> None:
    shop.marketplace.desks.catalogue.list_product(  # DOC container-notification
        NewProduct(
            "Box",
            MeteringMode.LEGACY,
            (Dimension("hours"),),
            "box",
            delivery=Delivery.CONTAINER,
            pricing=PricingModel.HOURLY,
        )
    )
    shop.subscribe("box", BUYER)
    (message,) = topics.take()
    assert "isFreeTrialTermPresent" not in message.document
