"""What the console's pages show, read by a parser as a browser would."""

from datetime import timedelta
from decimal import Decimal

import pytest

from marketplace_sandbox.console.views import bill, trade, usage
from marketplace_sandbox.core.model.agreements import NewAgreement
from marketplace_sandbox.core.model.callers import Platform
from marketplace_sandbox.core.model.catalogue import Delivery, Dimension, MeteringMode, NewProduct
from tests.builders import ACCOUNT, AN_HOUR, Shop, code_of
from tests.visitor import Visitor, visitor

__all__ = ["visitor"]


def test_a_new_sandbox_says_how_to_begin(shop: Shop, visitor: Visitor) -> None:
    shop.marketplace._state.products.clear()
    page = visitor.read("/")
    assert "Nothing is on sale Three steps to the first bill" in page.text
    assert "Nothing is on sale yet." in visitor.read("/products").text
    assert "No call yet that fits." in visitor.read("/calls").text


def test_the_overview_shows_what_is_billed_per_hour_and_in_total(
    shop: Shop, visitor: Visitor
) -> None:
    shop.meter(
        shop.licensed_record(Quantity=1_234_567),
        shop.licensed_record(Timestamp=shop.now - 2 * AN_HOUR, Quantity=1),
        shop.licensed_record(Dimension="storage", Quantity=None, QuantityAsDecimal="2.50"),
    )
    text = visitor.read("/").text
    assert "3 billed records of 2 products" in text
    assert "2026-11-22 11:00 1,234,567 2.5" in text
    assert "2026-11-22 10:00 1 \N{EN DASH}" in text
    assert "Total 1,234,568 2.5" in text


def test_a_chart_names_each_of_its_bars(shop: Shop, visitor: Visitor) -> None:
    shop.meter(shop.licensed_record(Quantity=1_234_567))
    page = visitor.read("/")
    charts = page.all("svg")
    assert [chart["aria-label"] for chart in charts] == ["api_calls by hour, the last 48 hours"]
    assert "22 Nov 11:00: 1,234,567" in page.text


def test_the_overview_warns_of_money_that_is_lost_or_billed_twice(
    shop: Shop, visitor: Visitor
) -> None:
    shop.meter(shop.licensed_record())
    shop.meter(shop.licensed_record(Quantity=6))
    shop.marketplace.inject_fault("throttle")
    text = visitor.read("/").text
    assert "1 quantity was lost as duplicates." in text
    assert "1 record was refused." in text
    assert "1 fault waits for calls." in text
    assert "billed twice" not in text


def test_the_bill_page_shows_both_lines_of_an_hour_that_was_billed_twice(
    shop: Shop, visitor: Visitor
) -> None:
    dimensions = (Dimension("api_calls"),)
    shop.marketplace.desks.catalogue.list_product(
        NewProduct("Moving", MeteringMode.MIGRATING, dimensions, code="moving")
    )
    agreement = shop.subscribe("moving")
    shop.meter(shop.licensed_record(agreement, Quantity=7))
    by_customer = {"CustomerIdentifier": agreement.customer_identifier}
    record = shop.licensed_record(CustomerAWSAccountId=None, LicenseArn=None, Quantity=8)
    shop.marketplace.batch_meter_usage(ProductCode="moving", UsageRecords=[record | by_customer])
    assert "1 hour was billed twice." in visitor.read("/").text
    text = visitor.read("/bill").text
    assert f"moving {ACCOUNT} api_calls by product code and by license 7 8" in text


def test_the_bill_page_adds_up_and_filters(shop: Shop, visitor: Visitor) -> None:
    shop.meter(shop.licensed_record(Quantity=7), shop.licensed_record(Dimension="storage"))
    shop.meter_legacy(shop.legacy_record(Quantity=9))
    assert "Records · 3" in visitor.read("/bill").text
    text = visitor.read("/bill?product_code=licensed&dimension=api_calls&day=2026-11-22").text
    assert "Records · 1" in text
    assert f"licensed {ACCOUNT} {shop.licensed.agreement_id} api_calls 1 7" in text
    assert "Nothing is billed here." in visitor.read("/bill?account_id=000000000000").text


def test_the_bill_page_shows_what_a_lost_duplicate_costs(shop: Shop, visitor: Visitor) -> None:
    shop.meter(shop.licensed_record(Quantity=5))
    shop.meter(shop.licensed_record(Quantity=12))
    text = visitor.read("/bill").text
    assert f"{ACCOUNT} api_calls 12 5 7 1 2026-11-22 12:00:00" in text
    assert "DuplicateRecord sent 12, but 5 is billed" in text


def test_an_agreement_shows_its_records_and_their_allocations(shop: Shop, visitor: Visitor) -> None:
    shares = [
        {"AllocatedUsageQuantity": 4, "Tags": [{"Key": "team", "Value": "search"}]},
        {"AllocatedUsageQuantity": 1},
    ]
    shop.meter(shop.licensed_record(UsageAllocations=shares))
    code_of(lambda: shop.meter(shop.licensed_record(Dimension="unknown")))
    text = visitor.read(visitor.agreement_address()).text
    assert str(shop.licensed.license_arn) in text
    assert shop.marketplace.bill()[0].metering_record_id in text
    assert "team=search: 4 untagged: 1" in text
    assert "InvalidUsageDimensionException" in text
    assert "Purchase Agreement Created - Proposer" in text


@pytest.mark.parametrize(
    ("ended_hours_ago", "status"), [(-1, "active"), (0.5, "final hour"), (2, "ended")]
)
def test_an_agreement_says_whether_it_is_metered(
    shop: Shop, visitor: Visitor, ended_hours_ago: float, status: str
) -> None:
    ends_at = shop.now - ended_hours_ago * AN_HOUR
    shop.marketplace.end_agreement(shop.licensed.agreement_id, ends_at=ends_at)
    text = visitor.read(visitor.agreement_address()).text
    assert f"{shop.licensed.agreement_id} {status}" in text


def test_an_agreement_of_the_future_has_not_started(shop: Shop, visitor: Visitor) -> None:
    shop.marketplace.create_agreement("licensed", starts_at=shop.now + AN_HOUR)
    assert "not started" in visitor.read(visitor.product_address("licensed")).text


def test_an_agreement_whose_payment_failed_says_so(shop: Shop, visitor: Visitor) -> None:
    shop.marketplace.desks.agreements.subscribe(NewAgreement("licensed", payment_fails=True))
    assert "payment failed" in visitor.read(visitor.product_address("licensed")).text


def test_calls_show_their_records_outcome_and_fault(shop: Shop, visitor: Visitor) -> None:
    shop.meter(shop.licensed_record())
    shop.meter(shop.licensed_record(Quantity=6), shop.licensed_record(Dimension="storage"))
    shop.marketplace.inject_fault("throttle")
    code_of(lambda: shop.meter(shop.licensed_record()))
    text = visitor.read("/calls").text
    assert (
        "BatchMeterUsage 111122223333 us-east-1 1 ThrottlingException throttled "
        "Rate exceeded HTTP 400" in text
    )
    assert "1 of 2 taken" in text
    assert "DuplicateRecord: 6 api_calls at 2026-11-22 11:00:00" in text
    assert "3 calls." in text


def test_calls_are_filtered(shop: Shop, visitor: Visitor) -> None:
    shop.meter(shop.licensed_record())
    shop.meter(shop.licensed_record(Quantity=6))
    assert "1 call." in visitor.read("/calls?outcome=DuplicateRecord").text
    assert "0 calls." in visitor.read("/calls?operation=ResolveCustomer").text
    assert "2 calls." in visitor.read("/calls?dimension=api_calls&fault=").text


def test_calls_can_be_saved_as_a_cloudtrail_log_file(shop: Shop, visitor: Visitor) -> None:
    shop.meter(shop.licensed_record())
    answer = visitor.answer("/calls/cloudtrail.json")
    assert answer.headers["content-disposition"] == 'attachment; filename="cloudtrail.json"'
    assert [one["eventName"] for one in answer.json()["Records"]] == ["BatchMeterUsage"]


def test_the_invoice_shows_what_each_agreement_pays(shop: Shop, visitor: Visitor) -> None:
    dimensions = (Dimension("api_calls", unit_price=Decimal("0.0004")),)
    shop.marketplace.desks.catalogue.list_product(
        NewProduct("Atlas", MeteringMode.LICENSE, dimensions, code="atlas")
    )
    agreement = shop.subscribe("atlas")
    shop.meter(shop.licensed_record(agreement, Quantity=1_234_567))
    text = visitor.read("/invoices").text
    assert "Invoice of 2026-11 Open:" in text
    assert f"Atlas account {ACCOUNT} $493.83" in text
    assert "api_calls usage 1,234,567 $0.0004 $493.8268" in text
    assert "stands at $493.83" in visitor.read("/").text


def test_an_invoice_of_no_month_is_not_found(visitor: Visitor) -> None:
    assert "month must be written as 2026-11" in visitor.read("/invoices?month=x", status=400).text


def test_events_show_their_document(shop: Shop, visitor: Visitor) -> None:
    text = visitor.read(f"/events?agreement_id={shop.licensed.agreement_id}").text
    assert "License Updated - Manufacturer EventBridge" in text
    assert f'"id": "{shop.licensed.agreement_id}"' in text
    assert "Nothing was sent that fits." in visitor.read("/events?name_prefix=Nothing").text


def test_resources_show_the_keys_to_sign_with(shop: Shop, visitor: Visitor) -> None:
    shop.marketplace.desks.catalogue.list_product(
        NewProduct("Image", MeteringMode.LEGACY, (Dimension("h"),), "image", Delivery.AMI)
    )
    resource = shop.marketplace.desks.resources.launch("image", ACCOUNT, Platform.EC2, "eu-west-1")
    text = visitor.read("/resources").text
    assert f"AWS_ACCESS_KEY_ID={resource.access_key_id}" in text
    assert "AWS_DEFAULT_REGION=eu-west-1" in text


def test_rules_show_switches_with_their_sources(visitor: Visitor) -> None:
    text = visitor.read("/rules").text
    assert "How old may a record of BatchMeterUsage be? C1" in text
    assert "24h Less than 24 hours. MODEL" in text


def test_the_clock_stands_in_the_header_of_every_page(shop: Shop, visitor: Visitor) -> None:
    shop.marketplace.desks.clock.set_offset(-90_000)
    assert "2026-11-21 11:00:00 UTC moved by -1 d 1 h" in visitor.read("/products").text
    shop.marketplace.desks.clock.freeze()
    assert "2026-11-21 11:00:00 UTC frozen" in visitor.read("/rules").text


def test_a_long_bill_is_cut_and_says_so(shop: Shop, visitor: Visitor) -> None:
    for _ in range(usage.HOURS_SHOWN_MAX + 2):
        shop.meter(shop.licensed_record(Quantity=1))
        shop.now += timedelta(hours=1)
    text = visitor.read(visitor.agreement_address()).text
    assert "2 earlier hours are not shown; the totals count them." in text
    assert f"Total {usage.HOURS_SHOWN_MAX + 2} 0" in text
    overview = visitor.read("/").text
    hidden = usage.HOURS_SHOWN_MAX + 2 - trade.OVERVIEW_HOURS_MAX
    assert f"{hidden} earlier hours are not shown; the totals count them." in overview


def test_a_long_list_of_records_is_cut_and_says_so(shop: Shop, visitor: Visitor) -> None:
    for _ in range(bill.LINES_SHOWN_MAX // 2 + 1):
        shop.meter(shop.licensed_record(), shop.licensed_record(Dimension="storage"))
        shop.now += timedelta(hours=1)
    text = visitor.read("/bill").text
    assert "2 earlier records are not shown; the totals and the downloads hold them." in text


def test_a_long_list_of_buyers_is_cut_and_says_so(shop: Shop, visitor: Visitor) -> None:
    for _ in range(trade.AGREEMENTS_SHOWN_MAX):
        shop.marketplace.create_agreement("licensed")
    text = visitor.read(visitor.product_address("licensed")).text
    assert "1 older agreements are not shown; the totals count them." in text


@pytest.mark.parametrize(
    "address", ["/products/prod-none", "/agreements/agmt-none", "/agreements/agmt-none/setup"]
)
def test_what_is_not_there_is_not_found(visitor: Visitor, address: str) -> None:
    page = visitor.read(address, status=404)
    assert "That is not here" in page.text
    assert "there is no" in page.text
