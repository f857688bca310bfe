"""Who may call MeterUsage, from where, and for what."""

from datetime import timedelta

import pytest

from marketplace_sandbox.core.model.callers import Platform
from marketplace_sandbox.core.model.catalogue import (
    Delivery,
    Dimension,
    DimensionKind,
    MeteringMode,
    NewProduct,
    PricingModel,
)
from tests.builders import ACCOUNT, NOON_AT, code_of
from tests.estate import Estate

OTHER_ACCOUNT = "777788889999"


@pytest.fixture
def estate() -> Estate:
    return Estate()


@pytest.mark.parametrize("product_code", ["container", "nothing"])
def test_the_product_code_must_be_the_one_of_what_runs(
    estate: Estate, product_code: str
) -> None:  # MODEL
    resource = estate.launch()
    assert (
        code_of(lambda: estate.meter(resource, ProductCode=product_code))
        == "InvalidProductCodeException"
    )


def test_the_endpoint_must_be_in_the_region_of_the_resource(estate: Estate) -> None:  # MODEL
    resource = estate.launch(region="eu-west-1")
    assert (
        code_of(lambda: estate.meter(resource, region="us-east-1"))
        == "InvalidEndpointRegionException"
    )
    estate.meter(resource, region="eu-west-1")


@pytest.mark.parametrize("dimension", ["Scans", "seats", "nothing"])
def test_the_dimension_must_be_a_metered_one_of_the_product(
    estate: Estate, dimension: str
) -> None:  # MODEL; names are case-sensitive, and `seats` is entitled
    resource = estate.launch()
    assert (
        code_of(lambda: estate.meter(resource, UsageDimension=dimension))
        == "InvalidUsageDimensionException"
    )


def test_what_is_bought_in_advance_is_metered_beyond_that(estate: Estate) -> None:
    new = NewProduct(
        "Image",
        MeteringMode.LEGACY,
        (Dimension("scans", DimensionKind.BOTH),),
        "ami-contract",
        Delivery.AMI,
        PricingModel.CONTRACT_WITH_CONSUMPTION,
    )
    estate.marketplace.desks.catalogue.list_product(new)
    estate.marketplace.create_agreement("ami-contract", customer_aws_account_id=ACCOUNT)
    resource = estate.marketplace.desks.resources.launch("ami-contract", ACCOUNT, Platform.EC2)
    estate.meter(resource, UsageQuantity=5)
    assert [line.quantity for line in estate.marketplace.bill()] == [5]


def test_an_account_without_a_subscription_is_not_entitled(estate: Estate) -> None:  # MODEL
    resource = estate.launch(account=OTHER_ACCOUNT)
    assert code_of(lambda: estate.meter(resource)) == "CustomerNotEntitledException"


def test_a_subscription_that_begins_tomorrow_entitles_to_nothing_today(estate: Estate) -> None:
    tomorrow = NOON_AT + timedelta(days=1)
    estate.marketplace.create_agreement(
        "ami", customer_aws_account_id=OTHER_ACCOUNT, starts_at=tomorrow
    )
    resource = estate.launch(account=OTHER_ACCOUNT)
    assert code_of(lambda: estate.meter(resource)) == "CustomerNotEntitledException"


def test_a_suspended_account_is_not_entitled(estate: Estate) -> None:  # `meter.entitled`
    resource = estate.launch()
    with estate.marketplace.step() as step:
        step.state.suspended_accounts.add(ACCOUNT)
    assert code_of(lambda: estate.meter(resource)) == "CustomerNotEntitledException"


def test_after_unsubscribing_there_is_one_hour_for_the_last_records(
    estate: Estate,
) -> None:  # `end.last-hour`
    resource = estate.launch()
    estate.unsubscribe("ami")
    estate.pass_time(minutes=59)
    estate.meter(resource)
    estate.pass_time(minutes=2)
    assert code_of(lambda: estate.meter(resource)) == "CustomerNotEntitledException"


@pytest.mark.parametrize("account_id", [None, ACCOUNT])
def test_neither_the_seller_nor_a_buyer_with_long_term_keys_can_meter(
    estate: Estate, account_id: str | None
) -> None:  # MODEL: long-term keys are not supported; INF: the name of the error
    caller = estate.marketplace.as_caller(account_id=account_id)
    assert (
        code_of(
            lambda: caller.meter_usage(
                ProductCode="ami", Timestamp=estate.now, UsageDimension="scans", UsageQuantity=5
            )
        )
        == "CustomerNotEntitledException"
    )
    assert estate.billed() == []


def test_the_keys_of_what_was_stopped_have_expired(estate: Estate) -> None:
    resource = estate.launch()
    estate.marketplace.desks.resources.stop(resource.resource_id)
    assert code_of(lambda: estate.meter(resource)) == "ExpiredTokenException"


def test_a_dry_run_says_that_it_would_succeed_and_meters_nothing(estate: Estate) -> None:  # MODEL
    resource = estate.launch()
    assert code_of(lambda: estate.meter(resource, DryRun=True)) == "DryRunOperation"
    assert estate.billed() == []
    assert estate.marketplace.refusals() == ()
    estate.meter(resource, DryRun=False)
    assert len(estate.billed()) == 1


def test_a_dry_run_without_permission_is_unauthorized(estate: Estate) -> None:  # MODEL
    stranger = estate.launch(account=OTHER_ACCOUNT)
    assert code_of(lambda: estate.meter(stranger, DryRun=True)) == "UnauthorizedException"
    resource = estate.launch()
    assert (
        code_of(lambda: estate.meter(resource, DryRun=True, ProductCode="container"))
        == "UnauthorizedException"
    )
