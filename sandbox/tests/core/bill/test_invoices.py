"""What a month costs: prices, trials, contracts, running containers, and when it is final."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from marketplace_sandbox.control.bill_documents import invoice_document
from marketplace_sandbox.core.model.callers import Platform
from marketplace_sandbox.core.model.catalogue import (
    Delivery,
    Dimension,
    DimensionKind,
    MeteringMode,
    NewProduct,
    PricingModel,
)
from marketplace_sandbox.core.model.errors import ControlError
from marketplace_sandbox.core.model.invoices import ChargeKind
from marketplace_sandbox.core.model.offers import Grant, NewOffer, Price
from tests.builders import ACCOUNT, AN_HOUR, NOON_AT
from tests.priced_shop import (
    CALLS,
    CLOSES_AT,
    MONTH,
    SEATS,
    PricedShop,
    facts_of,
)


@pytest.fixture
def shop() -> PricedShop:
    return PricedShop()


def test_usage_is_added_up_by_dimension_and_priced(shop: PricedShop) -> None:
    shop.meter("10.5")
    shop.meter("3", "storage")
    shop.now += AN_HOUR
    shop.meter("0.000001")
    assert shop.charges() == [
        ("usage", "api_calls", "10.500001", "0.0025", "0.0262500025"),
        ("usage", "storage", "3", "2", "6"),
    ]


def test_amounts_are_exact_and_what_is_charged_is_rounded_half_up_to_the_cent_once(
    shop: PricedShop,
) -> None:
    shop.meter("1")  # 0.0025
    shop.meter("0.00125", "storage")  # 0.0025
    (total,) = shop.marketplace.desks.bill.invoice(MONTH).totals()
    assert (total.exact, total.charged) == (Decimal("0.005"), Decimal("0.01"))


def test_the_largest_quantities_at_the_finest_price_lose_no_digit(shop: PricedShop) -> None:
    price = Decimal("999999.0000000000000000000000000000000001")
    shop.list_product("fine", PricingModel.USAGE, Dimension("units", unit_price=price))
    buyer = shop.marketplace.create_agreement("fine")
    shop.meter("9999999999.999999", "units", buyer=buyer)
    (charge,) = shop.marketplace.desks.bill.invoice(MONTH, "fine").charges
    exact = 9_999_999_999_999_999 * 9_999_990_000_000_000_000_000_000_000_000_000_000_001
    assert str(charge.amount).replace(".", "") == str(exact)
    document = invoice_document(shop.marketplace.desks.bill.invoice(MONTH, "fine"))
    assert document["totals"][0]["exact"] == str(charge.amount)


def test_an_offers_own_price_goes_before_the_products(shop: PricedShop) -> None:
    buyer = shop.accept(NewOffer("atlas", prices=(Price("api_calls", Decimal("0.001")),)))
    shop.meter("1000", buyer=buyer)
    assert shop.charges() == [("usage", "api_calls", "1000", "0.001", "1")]


def test_an_amended_price_holds_for_later_usage_only(shop: PricedShop) -> None:
    shop.meter("100")
    shop.marketplace.desks.agreements.amend(
        shop.buyer.agreement_id, prices=(Price("api_calls", Decimal("0.005")),)
    )
    shop.now += AN_HOUR
    shop.meter("100")
    assert shop.charges() == [
        ("usage", "api_calls", "100", "0.0025", "0.25"),
        ("usage", "api_calls", "100", "0.005", "0.5"),
    ]


def test_usage_within_a_free_trial_costs_nothing(shop: PricedShop) -> None:
    buyer = shop.accept(NewOffer("atlas", trial_days=14))
    assert buyer.is_free_trial
    shop.meter("100", buyer=buyer)
    assert shop.charges() == [("usage", "api_calls", "100", "0", "0")]


def test_a_contract_is_paid_in_the_month_in_which_it_begins(shop: PricedShop) -> None:
    shop.list_product("plan", PricingModel.CONTRACT, SEATS)
    shop.accept(
        NewOffer("plan", duration_days=365, grants=(Grant("seats", 10),)), starts_at=shop.now
    )
    assert shop.charges() == [("contract", "seats", "10", "12.5", "125")]
    assert shop.charges("2026-12") == []


def test_overage_of_a_contract_stands_beside_what_it_grants(shop: PricedShop) -> None:
    shop.list_product("mixed", PricingModel.CONTRACT_WITH_CONSUMPTION, SEATS, CALLS)
    buyer = shop.accept(
        NewOffer("mixed", duration_days=365, grants=(Grant("seats", 4),)), starts_at=shop.now
    )
    shop.meter("40", buyer=buyer)
    assert shop.charges() == [
        ("contract", "seats", "4", "12.5", "50"),
        ("usage", "api_calls", "40", "0.0025", "0.1"),
    ]
    (contract, usage) = shop.marketplace.desks.bill.invoice(MONTH).charges
    assert (contract.entitled, usage.entitled) == (4, None)


def test_units_that_are_bought_and_metered_have_a_line_for_each(shop: PricedShop) -> None:
    reports = Dimension("reports", DimensionKind.BOTH, unit_price=Decimal("0.02"))
    shop.list_product("mixed", PricingModel.CONTRACT_WITH_CONSUMPTION, reports)
    buyer = shop.accept(
        NewOffer("mixed", duration_days=365, grants=(Grant("reports", 1000),)), starts_at=shop.now
    )
    shop.meter("40.5", "reports", buyer=buyer)
    assert shop.charges() == [
        ("contract", "reports", "1000", "0.02", "20"),
        ("usage", "reports", "40.5", "0.02", "0.81"),
    ]
    charges = shop.marketplace.desks.bill.invoice(MONTH).charges
    assert [charge.entitled for charge in charges] == [1000, 1000]


def test_usage_belongs_to_the_month_of_its_own_hour(shop: PricedShop) -> None:
    shop.now = datetime(2026, 12, 1, 5, tzinfo=UTC)
    record = {
        "Timestamp": datetime(2026, 11, 30, 23, 30, tzinfo=UTC),
        "Dimension": "api_calls",
        "Quantity": 4,
        "CustomerAWSAccountId": shop.buyer.customer_aws_account_id,
        "LicenseArn": shop.buyer.license_arn,
    }
    shop.marketplace.batch_meter_usage(UsageRecords=[record])
    assert shop.charges("2026-12") == []
    assert [facts[2] for facts in shop.charges("2026-11")] == ["4"]
    assert shop.marketplace.desks.bill.months() == ("2026-11", "2026-12")


def test_an_invoice_is_open_until_its_month_closes_and_final_then(shop: PricedShop) -> None:
    shop.meter("100")
    shop.now = CLOSES_AT - timedelta(seconds=1)
    assert shop.marketplace.desks.bill.invoice(MONTH).closed_at is None
    shop.now = CLOSES_AT + timedelta(days=3)
    closed = shop.marketplace.desks.bill.invoice(MONTH)
    assert closed.closed_at == CLOSES_AT
    assert [facts_of(one)[4] for one in closed.charges] == ["0.25"]


def test_a_closed_invoice_does_not_change_even_if_the_clock_goes_back(shop: PricedShop) -> None:
    shop.meter("100")
    shop.now = CLOSES_AT
    closed = shop.marketplace.desks.bill.invoice(MONTH)
    shop.now = NOON_AT + AN_HOUR
    shop.meter("100")
    assert shop.marketplace.desks.bill.invoice(MONTH) == closed


def test_jumping_over_months_closes_them_as_living_through_them_does() -> None:
    jumping, living = PricedShop(), PricedShop()
    for shop in (jumping, living):
        shop.meter("100")
    living.now = CLOSES_AT
    living.marketplace.desks.bill.bill()
    for shop in (jumping, living):
        shop.now = CLOSES_AT + timedelta(days=100)
    assert jumping.marketplace.desks.bill.invoice(MONTH) == living.marketplace.desks.bill.invoice(
        MONTH
    )


def test_containers_are_charged_for_the_seconds_that_they_ran(shop: PricedShop) -> None:
    hours = Dimension("hours", unit_price=Decimal("0.30"))
    shop.marketplace.desks.catalogue.list_product(
        NewProduct(
            "Boxed",
            MeteringMode.LEGACY,
            (hours,),
            "boxed",
            delivery=Delivery.CONTAINER,
            pricing=PricingModel.HOURLY,
        )
    )
    shop.marketplace.create_agreement("boxed", customer_aws_account_id=ACCOUNT)
    task = shop.marketplace.desks.resources.launch("boxed", ACCOUNT, Platform.ECS, "us-east-1")
    caller = shop.marketplace.as_caller(resource=task)
    caller.register_usage(ProductCode="boxed", PublicKeyVersion=1)
    shop.now += timedelta(minutes=100)
    shop.marketplace.desks.resources.stop(task.resource_id)
    shop.now += timedelta(hours=5)
    (charge,) = shop.marketplace.desks.bill.invoice(MONTH, "boxed").charges
    assert facts_of(charge) == ("running", "hours", "1.666667", "0.3", "0.5000001")
    assert charge.kind is ChargeKind.RUNNING


def test_a_container_that_runs_on_is_on_each_months_invoice(shop: PricedShop) -> None:
    shop.marketplace.desks.catalogue.list_product(
        NewProduct(
            "Boxed",
            MeteringMode.LEGACY,
            (Dimension("hours", unit_price=Decimal(1)),),
            "boxed",
            delivery=Delivery.CONTAINER,
            pricing=PricingModel.HOURLY,
        )
    )
    shop.marketplace.create_agreement("boxed", customer_aws_account_id=ACCOUNT)
    task = shop.marketplace.desks.resources.launch("boxed", ACCOUNT, Platform.EKS, "us-east-1")
    shop.marketplace.as_caller(resource=task).register_usage(
        ProductCode="boxed", PublicKeyVersion=1
    )
    shop.now = datetime(2027, 1, 1, 6, tzinfo=UTC)
    assert [facts[2] for facts in shop.charges("2026-11")] == ["204"]  # from noon on the 22nd
    assert [facts[2] for facts in shop.charges("2026-12")] == ["744"]
    assert shop.charges("2027-01")[0][2] == "6"
    assert shop.marketplace.desks.bill.months() == ("2026-11", "2026-12", "2027-01")


def test_an_invoice_can_be_asked_for_by_product(shop: PricedShop) -> None:
    shop.list_product("other", PricingModel.USAGE, CALLS)
    shop.meter("1")
    shop.meter("2", buyer=shop.marketplace.create_agreement("other"))
    by_product = shop.marketplace.desks.bill.invoice(MONTH, "other")
    assert [charge.agreement.product_code for charge in by_product.charges] == ["other"]


@pytest.mark.parametrize(
    "month", ["2026-13", "2026-1", "11/2026", "", "2026-11-01", "2026-1\u0661"]
)
def test_what_is_no_month_has_no_invoice(shop: PricedShop, month: str) -> None:
    with pytest.raises(ControlError):
        shop.marketplace.desks.bill.invoice(month)


def test_an_unknown_product_has_no_invoice(shop: PricedShop) -> None:
    with pytest.raises(ControlError):
        shop.marketplace.desks.bill.invoice(MONTH, "nobody-sells-this")


def test_jumping_over_centuries_with_a_running_container_ends(shop: PricedShop) -> None:
    shop.marketplace.desks.catalogue.list_product(
        NewProduct(
            "Boxed",
            MeteringMode.LEGACY,
            (Dimension("hours", unit_price=Decimal(1)),),
            "boxed",
            delivery=Delivery.CONTAINER,
        )
    )
    shop.marketplace.create_agreement("boxed", customer_aws_account_id=ACCOUNT)
    task = shop.marketplace.desks.resources.launch("boxed", ACCOUNT, Platform.ECS, "us-east-1")
    shop.marketplace.as_caller(resource=task).register_usage(
        ProductCode="boxed", PublicKeyVersion=1
    )
    shop.now = datetime(2900, 1, 1, 6, tzinfo=UTC)
    assert [facts[2] for facts in shop.charges("2899-12")] == ["744"]
    assert shop.marketplace.desks.bill.invoice("2899-12").closed_at == shop.now
