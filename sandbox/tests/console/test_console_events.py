"""The pages about events, their targets and disturbances."""

from datetime import timedelta

from marketplace_sandbox.core.model.events import Channel
from tests.builders import Shop
from tests.visitor import Visitor, visitor

__all__ = ["visitor"]


def test_events_are_sent_somewhere_and_disturbed(shop: Shop, visitor: Visitor) -> None:
    fields = {"kind": "http", "address": "http://127.0.0.1:9/events", "name_prefix": "License"}
    page = visitor.go_on("/events/targets", **fields)
    assert "web address http://127.0.0.1:9/events License" in page.text
    page = visitor.go_on(
        "/events/disturbances", kind="delay", count="", rate="0.5", delay_seconds="90"
    )
    assert "comes later anything any number 0.5 1 1 min 30 s" in page.text
    (disturbance,) = shop.marketplace.desks.events.disturbances()
    assert disturbance.delay == timedelta(seconds=90)
    page = visitor.go_on(f"/events/disturbances/{disturbance.disturbance_id}/remove")
    assert "at once and in order" in page.text
    (target,) = shop.marketplace.desks.events.targets()
    assert "Nobody listens yet." in visitor.go_on(f"/events/targets/{target.target_id}/remove").text


def test_disturbances_are_cleared(shop: Shop, visitor: Visitor) -> None:
    visitor.go_on("/events/disturbances", kind="drop")
    visitor.go_on("/events/disturbances", kind="repeat", copies="2")
    assert "at once and in order" in visitor.go_on("/events/disturbances/clear").text
    assert shop.marketplace.desks.events.disturbances() == ()


def test_events_are_sent_again_and_deliveries_say_what_became_of_them(
    shop: Shop, visitor: Visitor
) -> None:
    visitor.go_on("/events/targets", kind="http", address="http://127.0.0.1:9/events")
    (target,) = shop.marketplace.desks.events.targets()
    page = visitor.go_on(f"/events/targets/{target.target_id}/replay")
    assert "Everything is sent there once more." in page.text
    assert f"{len(shop.marketplace.desks.events.events())} wait to be delivered." in page.text
    shop.marketplace.desks.events.deliver_due()
    text = visitor.read("/events").text
    assert f"no. 1 {target.target_id} original 1 not reached" in text


def test_a_bus_is_told_another_source_and_takes_one_product_only(
    shop: Shop, visitor: Visitor
) -> None:
    page = visitor.go_on(
        "/events/targets",
        kind="eventbridge",
        address="default",
        endpoint_url="http://127.0.0.1:9",
        bus_source="example.marketplace",
        product_code="licensed",
        channel="eventbridge",
    )
    assert "told the source example.marketplace" in page.text
    assert "licensed, EventBridge open" in page.text
    (target,) = shop.marketplace.desks.events.targets()
    assert target.channels == (Channel.EVENTBRIDGE,)


def test_a_disturbance_is_for_one_product_channel_and_target(shop: Shop, visitor: Visitor) -> None:
    visitor.go_on("/events/targets", kind="http", address="http://127.0.0.1:9/events")
    (target,) = shop.marketplace.desks.events.targets()
    page = visitor.go_on(
        "/events/disturbances",
        kind="drop",
        product_code="legacy",
        channel="sns_subscription",
        target_id=target.target_id,
    )
    assert f"never comes legacy, SNS, subscription topic to {target.target_id}" in page.text
    (disturbance,) = shop.marketplace.desks.events.disturbances()
    assert disturbance.product_code == "legacy"
    assert disturbance.channel is Channel.SNS_SUBSCRIPTION
    wrong = visitor.submit("/events/disturbances", kind="drop", target_id="target-none")
    assert wrong.status_code == 404
    assert (
        "one of eventbridge" in visitor.fail("/events/disturbances", kind="drop", channel="x").text
    )
