"""What a person does to the sandbox itself at the console, and what strangers cannot do."""

from datetime import timedelta

import pytest

from marketplace_sandbox.console import forms
from marketplace_sandbox.core.model.callers import Platform
from marketplace_sandbox.core.model.catalogue import Delivery, Dimension, MeteringMode, NewProduct
from marketplace_sandbox.core.model.events import Channel
from marketplace_sandbox.core.model.faults import FaultKind
from marketplace_sandbox.core.model.operation import Operation
from marketplace_sandbox.core.model.readings import Decimals
from tests.builders import ACCOUNT, Shop, code_of
from tests.visitor import ADDRESS, Page, Visitor, visitor

__all__ = ["visitor"]


def test_the_clock_is_advanced_set_frozen_and_sped_up(shop: Shop, visitor: Visitor) -> None:
    assert "2026-11-22 13:00:00" in visitor.go_on("/clock/advance", seconds="3600").text
    page = visitor.go_on("/clock/set", at="2026-12-01T06:00:00+00:00")
    assert "2026-12-01 06:00:00 UTC" in page.text
    assert "2026-12-01 07:00" in visitor.go_on("/clock/set", at="2026-12-01T07:00").text
    assert "The clock stands still." in visitor.go_on("/clock/speed", speed="0").text
    assert "60 times as fast" in visitor.go_on("/clock/speed", speed="60").text
    assert shop.marketplace.desks.clock.settings().speed == 60


def test_a_month_that_passes_makes_its_invoice_final(shop: Shop, visitor: Visitor) -> None:
    shop.meter(shop.licensed_record())
    page = visitor.read("/clock")
    close = {
        one["value"]
        for one in page.all("input")
        if one.get("name") == "at" and "T06:00" in one["value"]
    }
    assert close == {"2026-12-01T06:00:00+00:00"}
    visitor.go_on("/clock/set", at=close.pop())
    text = visitor.read("/invoices?month=2026-11").text
    assert "Invoice of 2026-11 Final since 2026-12-01 06:00:00 UTC." in text


@pytest.mark.parametrize(
    ("address", "fields", "reason"),
    [
        ("/clock/advance", {"seconds": "-1"}, "seconds must lie between"),
        ("/clock/advance", {"seconds": "9" * 400}, "seconds must be a whole number"),
        ("/clock/advance", {}, "seconds must lie between"),
        ("/clock/set", {"at": "0001-01-01T00:00"}, "must be a time like"),
        ("/clock/set", {"at": "0001-01-01T00:00+23:00"}, "must be a time like"),
        ("/clock/set", {}, "the time must be filled in"),
        ("/clock/speed", {"speed": "-1"}, "speed must lie between"),
        ("/clock/speed", {"speed": "Infinity"}, "speed must be a number"),
    ],
)
def test_a_time_that_cannot_be_is_refused(
    visitor: Visitor, address: str, fields: dict[str, str], reason: str
) -> None:
    assert reason in visitor.fail(address, **fields).text
    assert "2026-11-22 12:00:00 UTC" in visitor.read("/clock").text


def test_every_fault_in_one_step_can_be_injected(shop: Shop, visitor: Visitor) -> None:
    examples = [
        one for one in visitor.read("/faults").all("input") if one.get("value") in set(FaultKind)
    ]
    assert len(examples) >= 6
    for example in examples:
        visitor.go_on("/faults", kind=example["value"], operation="BatchMeterUsage", count="1")
    kinds = [fault.kind for fault in shop.marketplace.faults()]
    assert kinds == [example["value"] for example in examples]


def test_a_fault_is_injected_as_entered_and_hits(shop: Shop, visitor: Visitor) -> None:
    page = visitor.go_on(
        "/faults", kind="throttle", operation="BatchMeterUsage", count="2", dimension="storage"
    )
    assert "throttled BatchMeterUsage dimension storage 2" in page.text
    shop.meter(shop.licensed_record())
    code = code_of(lambda: shop.meter(shop.licensed_record(Dimension="storage")))
    assert code == "ThrottlingException"
    assert "dimension storage 1" in visitor.read("/faults").text


def test_a_fault_for_any_operation_has_no_end_unless_one_is_entered(
    shop: Shop, visitor: Visitor
) -> None:
    page = visitor.go_on("/faults", kind="slow", operation="any", count="", delay_seconds="2.5")
    assert "slow answer any by 2.5 s any number" in page.text
    (fault,) = shop.marketplace.faults()
    assert (fault.operation, fault.remaining) == (None, None)


def test_faults_are_removed_and_cleared(shop: Shop, visitor: Visitor) -> None:
    first = shop.marketplace.inject_fault("throttle")
    shop.marketplace.inject_fault("unprocessed")
    visitor.go_on(f"/faults/{first.fault_id}/remove")
    assert [fault.kind for fault in shop.marketplace.faults()] == [FaultKind.UNPROCESSED]
    assert "Everything works." in visitor.go_on("/faults/clear").text
    assert visitor.submit(f"/faults/{first.fault_id}/remove").status_code == 404


def test_a_fault_that_makes_no_sense_is_refused(shop: Shop, visitor: Visitor) -> None:
    fields = {"kind": "unprocessed", "operation": Operation.RESOLVE_CUSTOMER.value, "count": "1"}
    page = visitor.fail("/faults", **fields)
    assert "That could not be done:" in page.text
    assert shop.marketplace.faults() == ()


def test_a_switch_is_set(shop: Shop, visitor: Visitor) -> None:
    page = visitor.go_on("/rules/switches/decimals", value="refused")
    assert "AWS is read that way from now on." in page.text
    assert "May quantities be decimal? C9 changed" in page.text
    assert shop.marketplace.desks.facts.readings().decimals is Decimals.REFUSED
    assert visitor.submit("/rules/switches/decimals", value="perhaps").status_code == 400
    assert visitor.submit("/rules/switches/taste", value="any").status_code == 404


def test_a_resource_is_launched_and_stopped(shop: Shop, visitor: Visitor) -> None:
    shop.marketplace.desks.catalogue.list_product(
        NewProduct("Image", MeteringMode.LEGACY, (Dimension("h"),), "image", Delivery.AMI)
    )
    fields = {"product_code": "image", "account_id": ACCOUNT, "region": "eu-west-1"}
    assert "It runs" in visitor.go_on("/resources", platform="ec2", **fields).text
    (resource,) = shop.marketplace.desks.resources.resources()
    visitor.go_on(f"/resources/{resource.resource_id}/stop")
    assert shop.marketplace.desks.resources.resource(resource.resource_id).stopped_at == shop.now
    assert "one of ec2" in visitor.fail("/resources", platform="toaster", **fields).text


def test_the_public_key_of_containers_is_shown_and_rotated(shop: Shop, visitor: Visitor) -> None:
    shop.marketplace.desks.catalogue.list_product(
        NewProduct("Pod", MeteringMode.LEGACY, (Dimension("h"),), "pod", Delivery.CONTAINER)
    )
    assert "Public keys" not in visitor.read("/resources").text
    fields = {"product_code": "pod", "account_id": ACCOUNT, "region": "eu-west-1"}
    page = visitor.go_on("/resources", platform="eks", **fields)
    assert "-----BEGIN PUBLIC KEY-----" in page.text
    assert "Version 2 made at" in visitor.go_on("/resources/public-keys").text


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


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://stranger.example"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:9999"},
        {"Origin": "https://stranger.example"},
        {"Origin": "null"},
    ],
)
def test_a_page_of_another_site_changes_nothing(
    shop: Shop, visitor: Visitor, headers: dict[str, str]
) -> None:
    fields = {"kind": "throttle", "operation": "BatchMeterUsage", "count": "1"}
    answer = visitor.request("POST", "/faults", fields=fields, headers=headers)
    assert answer.status_code == 403
    assert shop.marketplace.faults() == ()


def test_a_name_that_points_at_this_machine_does_not_read_the_console(visitor: Visitor) -> None:
    headers = {"Host": "stranger.example:8901"}
    assert visitor.request("GET", "/", headers=headers).status_code == 403


def test_a_form_beyond_every_limit_is_refused(visitor: Visitor) -> None:
    def send(content: bytes) -> tuple[int, str]:
        headers = {"Origin": ADDRESS, "Content-Type": "application/x-www-form-urlencoded"}
        answer = visitor.request("POST", "/faults", content=content, headers=headers)
        return answer.status_code, answer.text

    assert send(b"x" * (forms.FORM_SIZE_BYTES_MAX + 1))[0] == 413
    status, text = send(b"&".join(b"a=1" for _ in range(forms.FIELDS_MAX + 1)))
    assert (status, "at most 1000 fields" in text) == (400, True)
    status, text = send(b"kind=" + b"x" * (forms.VALUE_LENGTH_MAX + 1))
    assert (status, "kind must have at most 4000 characters" in text) == (400, True)
    assert send(b"\xff\x00%zz&&==")[0] == 400


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


def test_a_fault_can_wait_for_a_customer_identifier(shop: Shop, visitor: Visitor) -> None:
    customer = str(shop.legacy.customer_identifier)
    page = visitor.go_on(
        "/faults", kind="unprocessed", operation="BatchMeterUsage", customer_identifier=customer
    )
    assert f"customer identifier {customer}" in page.text
    assert not shop.meter(shop.licensed_record())["UnprocessedRecords"]
    assert shop.meter_legacy(shop.legacy_record())["UnprocessedRecords"]


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


def test_a_registered_container_shows_for_how_long_it_is_metered(
    shop: Shop, visitor: Visitor
) -> None:
    shop.marketplace.desks.catalogue.list_product(
        NewProduct("Pod", MeteringMode.LEGACY, (Dimension("h"),), "pod", Delivery.CONTAINER)
    )
    shop.subscribe("pod")
    resource = shop.marketplace.desks.resources.launch("pod", ACCOUNT, Platform.EKS, "us-east-1")
    assert "not registered" in visitor.read("/resources").text
    task = shop.marketplace.as_caller(resource=resource)
    task.register_usage(ProductCode="pod", PublicKeyVersion=1)
    shop.now += timedelta(hours=2, minutes=3)
    assert "2 h 3 min from 2026-11-22 12:00:00" in visitor.read("/resources").text


def test_buyers_are_suggested_where_one_launches(shop: Shop, visitor: Visitor) -> None:
    shop.marketplace.desks.catalogue.list_product(
        NewProduct("Image", MeteringMode.LEGACY, (Dimension("h"),), "image", Delivery.AMI)
    )
    page = visitor.read("/resources")
    assert "buyer of Licensed, Legacy" in page.text
    assert ACCOUNT in {one["value"] for one in page.all("option")}


@pytest.mark.parametrize("address", ["/invoices/2026-11", "/nowhere"])
def test_a_browser_gets_a_page_where_there_is_nothing(visitor: Visitor, address: str) -> None:
    answer = visitor.request("GET", address, headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 404
    page = Page(answer.text)
    assert "That is not here" in page.text
    assert {"/", "/invoices"} <= {one["href"] for one in page.all("a")}
    assert visitor.answer(address).json()["error"]["code"] == "NotFound"


def test_a_browser_that_looks_at_a_deed_gets_a_page(visitor: Visitor) -> None:
    answer = visitor.request("GET", "/clock/advance", headers={"Accept": "text/html"})
    assert (answer.status_code, "That is no page" in Page(answer.text).text) == (405, True)
