"""The story that the examples of the control API's description are taken from."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from marketplace_sandbox.client import (
    Channel,
    Delivery,
    DisturbanceKind,
    FaultKind,
    MeteringMode,
    OfferKind,
    Operation,
    Platform,
    PricingModel,
    SandboxClient,
    TargetKind,
)
from marketplace_sandbox.in_process import InProcessMarketplace
from tests.builders import NOON_AT

BUYER, OTHER_BUYER = "444455556666", "777788889999"
MONTH = "2026-11"


def play(api: SandboxClient, marketplace: InProcessMarketplace) -> None:
    """Do everything that the control API can, except to save, with usage in between."""
    _set_the_clock(api)
    _sell(api)
    license_arn = _subscribe(api)
    _go_wrong(api, lambda: _meter(marketplace, license_arn))
    _count(api)
    _change_agreements(api)
    _run(api)
    _send(api, marketplace)
    _read_rules(api)
    _let_time_run(api)
    api.reset()


def _set_the_clock(api: SandboxClient) -> None:
    api.show_health()
    api.freeze_clock()
    api.set_clock("2026-11-22T12:00:00Z")
    api.show_clock()


def _sell(api: SandboxClient) -> None:
    api.list_product(
        "Atlas",
        [
            {"name": "api_calls", "unit_price": "0.002"},
            {"name": "seats", "kind": "entitled", "unit_price": "12.50"},
        ],
        product_code="atlas",
        pricing=PricingModel.CONTRACT_WITH_CONSUMPTION,
        registration_url="http://127.0.0.1:3000/register",
    )
    api.amend_product("atlas", dimensions=[{"name": "storage_gb", "unit_price": "0.10"}])
    api.show_product("atlas")
    api.list_products()
    api.list_product("Beacon", ["messages"], product_code="beacon", mode=MeteringMode.LEGACY)
    api.opt_in("beacon", MeteringMode.MIGRATING)
    offer = api.make_offer(
        "atlas",
        kind=OfferKind.PRIVATE,
        buyer_account_ids=[OTHER_BUYER],
        duration_days="365d",
        grants=[{"dimension": "seats", "value": 25}],
        prices=[{"dimension": "api_calls", "unit_price": "0.001"}],
        expires_at="2026-12-31T00:00:00Z",
    )
    api.show_offer(offer["offer_id"])
    api.list_offers()


def _subscribe(api: SandboxClient) -> str:
    sold = api.subscribe(
        "atlas",
        customer_aws_account_id=BUYER,
        starts_at="2026-11-20T09:00:00Z",
        grants=[{"dimension": "seats", "value": 10}],
    )
    api.show_agreement(sold["agreement_id"])
    api.list_agreements()
    api.issue_token(sold["agreement_id"], lifetime_seconds="4h")
    assert sold["license_arn"] is not None
    return sold["license_arn"]


def _go_wrong(api: SandboxClient, meter: Callable[[], None]) -> None:
    throttle = api.script_fault(
        FaultKind.SLOW, operation=Operation.RESOLVE_CUSTOMER, count=3, delay_seconds="90s"
    )
    api.list_faults()
    api.remove_fault(throttle["fault_id"])
    api.clear_faults()
    meter()


def _meter(marketplace: InProcessMarketplace, license_arn: str) -> None:
    """Bill an hour, lose a duplicate of it, and bill an hour of another buyer twice."""
    used: dict[str, Any] = {"Timestamp": marketplace.now() - timedelta(hours=1), "Quantity": 1200}
    calls = used | {"Dimension": "api_calls", "CustomerAWSAccountId": BUYER}
    for quantity in (1200, 1300):
        record = calls | {"LicenseArn": license_arn, "Quantity": quantity}
        marketplace.batch_meter_usage(UsageRecords=[record])
    buyer = marketplace.create_agreement("beacon", customer_aws_account_id=OTHER_BUYER)
    messages = used | {"Dimension": "messages", "CustomerAWSAccountId": OTHER_BUYER}
    marketplace.batch_meter_usage(ProductCode="beacon", UsageRecords=[messages])
    marketplace.batch_meter_usage(UsageRecords=[messages | {"LicenseArn": buyer.license_arn}])


def _count(api: SandboxClient) -> None:
    api.show_bill()
    api.download_bill()
    api.list_double_billed()
    api.list_lost_duplicates()
    api.list_refused_usage()
    api.list_invoices()
    api.show_invoice(MONTH, product_code="atlas")
    api.download_invoice(MONTH, product_code="atlas")
    api.list_calls(operation="BatchMeterUsage", outcome="Success", limit=1)
    api.list_calls_as_cloudtrail(product_code="atlas", limit=1)
    api.list_refusals()


def _change_agreements(api: SandboxClient) -> None:
    one = api.subscribe("atlas", customer_aws_account_id=OTHER_BUYER, starts_at=NOON_AT)
    api.amend_agreement(
        one["agreement_id"],
        grants=[{"dimension": "seats", "value": 50}],
        prices=[{"dimension": "storage_gb", "unit_price": "0.08"}],
    )
    quarter = api.make_offer("atlas", duration_days=90)["offer_id"]
    two = api.renew_agreement(one["agreement_id"], offer_id=quarter)
    three = api.replace_agreement(two["agreement_id"], quarter)
    api.end_agreement(three["agreement_id"], ends_at="2026-11-30T00:00:00Z")
    four, five = (api.subscribe("atlas")["agreement_id"] for _ in range(2))
    api.cancel_agreement(four)
    api.deprovision_agreement(four)
    api.terminate_agreement(five)
    _ask_and_refund(api)
    api.suspend_account(BUYER)
    api.list_suspended_accounts()
    api.reinstate_account(BUYER)


def _ask_and_refund(api: SandboxClient) -> None:
    (one, two, three) = (api.subscribe("atlas")["agreement_id"] for _ in range(3))
    reasons = {one: "UNINTENDED_RENEWAL", two: "TEST_AGREEMENT", three: "OTHER"}
    asked = [
        api.request_cancellation(agreement_id, reason, "Renewed by mistake.")["request_id"]
        for agreement_id, reason in reasons.items()
    ]
    api.approve_cancellation(asked[0])
    api.reject_cancellation(asked[1], "We still use it.")
    api.withdraw_cancellation(asked[2], "Asked the wrong buyer.")
    api.list_cancellation_requests()
    api.adjust_billing(three, "12.34", "INCORRECT_METERING", invoice_id=MONTH)
    yearly = api.make_offer("atlas", duration_days=365, is_renewing=True)["offer_id"]
    renewing = api.subscribe("atlas", offer_id=yearly)["agreement_id"]
    api.finalize_renewal(renewing, "2.5")
    api.list_product("Comet", ["calls"], product_code="comet")
    api.tell_of_spend(api.subscribe("comet")["agreement_id"], "reached")


def _run(api: SandboxClient) -> None:
    api.list_product("Crate", ["hours"], product_code="crate", delivery=Delivery.CONTAINER)
    task = api.launch_resource("crate", BUYER, Platform.ECS, region="eu-west-1")
    api.show_resource(task["resource_id"])
    api.stop_resource(task["resource_id"])
    api.list_resources()
    api.rotate_public_key()
    api.list_public_keys()


def _send(api: SandboxClient, marketplace: InProcessMarketplace) -> None:
    target = api.add_target(
        TargetKind.HTTP,
        "http://127.0.0.1:9/events",
        channels=[Channel.EVENTBRIDGE],
        product_code="atlas",
    )
    api.list_targets()
    api.replay_events(target["target_id"], after=3)
    marketplace.desks.events.deliver_due()
    api.list_deliveries()
    repeat = api.script_disturbance(
        DisturbanceKind.DELAY, name_prefix="License", count=2, delay_seconds="15m"
    )
    api.list_disturbances()
    api.remove_disturbance(repeat["disturbance_id"])
    api.clear_disturbances()
    api.remove_target(target["target_id"])
    api.list_events(channel=Channel.EVENTBRIDGE, product_code="atlas", after=1)


def _read_rules(api: SandboxClient) -> None:
    api.list_rules()
    api.list_switches()
    api.set_reading("usage_age", "6h")
    api.list_presets()
    api.set_preset("documented")


def _let_time_run(api: SandboxClient) -> None:
    api.advance_clock("1d12h")
    api.set_clock_speed(60)
    api.resume_clock()
    api.offset_clock("-90m")
