"""MeterUsage on EC2, ECS and EKS: one record per hour, dimension and resource."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from marketplace_sandbox.core.model.callers import Platform
from tests.builders import ACCOUNT, NOON_AT, code_of
from tests.estate import HOURLY, Estate

OTHER_ACCOUNT = "777788889999"
PLATFORMS = tuple(Platform)


@pytest.fixture
def estate() -> Estate:
    return Estate()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_each_platform_meters_itself_and_stands_on_the_bill(
    estate: Estate, platform: Platform
) -> None:
    resource = estate.launch(platform)
    record_id = estate.meter(resource)
    (line,) = estate.marketplace.bill()
    assert line.metering_record_id == record_id
    assert (line.resource_id, line.quantity) == (resource.resource_id, Decimal(5))
    assert line.agreement.customer_aws_account_id == ACCOUNT
    assert line.key.holder.startswith(f"{line.agreement.holder}/{resource.resource_id}")
    assert line.key.region == "us-east-1"


@pytest.mark.parametrize("platform", HOURLY)
def test_the_timestamp_is_rounded_down_to_the_hour(
    estate: Estate, platform: Platform
) -> None:  # MODEL
    estate.pass_time(minutes=59)
    resource = estate.launch(platform)
    estate.meter(resource)
    assert estate.billed() == [(resource.resource_id, "scans", "12:00", "5")]


@pytest.mark.parametrize("platform", HOURLY)
def test_an_identical_request_within_the_hour_returns_the_same_record_id(
    estate: Estate, platform: Platform
) -> None:  # MODEL: identical after the Timestamp is rounded down
    resource = estate.launch(platform)
    first = estate.meter(resource)
    estate.pass_time(minutes=59, seconds=59)
    assert estate.meter(resource) == first
    assert len(estate.marketplace.bill()) == 1


@pytest.mark.parametrize("platform", HOURLY)
def test_another_quantity_within_the_hour_is_a_duplicate_request(
    estate: Estate, platform: Platform
) -> None:  # MODEL
    resource = estate.launch(platform)
    estate.meter(resource)
    estate.pass_time(minutes=30)
    assert code_of(lambda: estate.meter(resource, UsageQuantity=6)) == "DuplicateRequestException"
    assert [line.quantity for line in estate.marketplace.bill()] == [Decimal(5)]


def test_the_client_token_of_a_repeat_is_known_from_then_on(estate: Estate) -> None:  # MODEL
    resource = estate.launch(Platform.EC2)
    first = estate.meter(resource)
    assert estate.meter(resource, ClientToken="one") == first
    assert estate.meter(resource, ClientToken="one") == first
    other: dict[str, Any] = {"ClientToken": "one", "UsageQuantity": 9}
    other["Timestamp"] = NOON_AT - timedelta(hours=1)
    assert code_of(lambda: estate.meter(resource, **other)) == "IdempotencyConflictException"
    assert len(estate.marketplace.bill()) == 1


@pytest.mark.parametrize(
    "again",
    [
        {"UsageQuantity": None, "UsageQuantityAsDecimal": "5"},
        {"UsageQuantity": None, "UsageQuantityAsDecimal": "5.00"},
    ],
)
def test_quantities_are_compared_by_value(
    estate: Estate, again: dict[str, Any]
) -> None:  # MODEL: 17, 17.0 and 17.00 are the same
    resource = estate.launch()
    assert estate.meter(resource) == estate.meter(resource, **again)


def test_usage_that_a_duplicate_request_loses_is_shown(estate: Estate) -> None:
    resource = estate.launch()
    estate.meter(resource)
    code_of(lambda: estate.meter(resource, UsageQuantity=9))
    (lost,) = estate.marketplace.desks.bill.lost_duplicates()
    assert lost.difference == Decimal(4)


def test_the_next_hour_another_dimension_and_another_instance_are_records_of_their_own(
    estate: Estate,
) -> None:  # MODEL
    one, other = estate.launch(), estate.launch()
    estate.meter(one)
    estate.meter(one, UsageDimension="hosts", UsageQuantity=6)
    estate.meter(other, UsageQuantity=7)
    estate.pass_time(hours=1)
    estate.meter(one, UsageQuantity=8)
    assert [line.quantity for line in estate.marketplace.bill()] == [5, 6, 7, 8]


def test_a_request_without_a_quantity_meters_zero_and_uses_up_the_hour(
    estate: Estate,
) -> None:  # MODEL
    resource = estate.launch()
    estate.meter(resource, UsageQuantity=None)
    assert estate.billed() == [(resource.resource_id, "scans", "12:00", "0")]
    assert code_of(lambda: estate.meter(resource)) == "DuplicateRequestException"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_six_hours_back_are_accepted_and_more_are_not(
    estate: Estate, platform: Platform
) -> None:  # MODEL: up to six hours in the past
    resource = estate.launch(platform)
    oldest_at = estate.now - timedelta(hours=6)
    too_old_at = oldest_at - timedelta(milliseconds=1)
    assert (
        code_of(lambda: estate.meter(resource, Timestamp=too_old_at))
        == "TimestampOutOfBoundsException"
    )
    estate.meter(resource, Timestamp=oldest_at)


def test_usage_of_the_last_month_is_refused_after_six_hours_as_any_other(estate: Estate) -> None:
    resource = estate.launch()
    estate.now = datetime(2026, 12, 1, 5, 59, tzinfo=UTC)
    last_minute_at = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
    estate.meter(resource, Timestamp=last_minute_at)
    estate.pass_time(minutes=1)
    assert (
        code_of(lambda: estate.meter(resource, Timestamp=last_minute_at))
        == "TimestampOutOfBoundsException"
    )


def test_usage_that_lies_in_the_future_is_refused(estate: Estate) -> None:  # INF
    resource = estate.launch()
    soon_at = estate.now + timedelta(minutes=6)
    assert (
        code_of(lambda: estate.meter(resource, Timestamp=soon_at))
        == "TimestampOutOfBoundsException"
    )


def test_usage_from_before_the_subscription_is_refused(estate: Estate) -> None:  # MODEL, INF
    starts_at = NOON_AT - timedelta(hours=1)
    estate.marketplace.create_agreement(
        "ami", customer_aws_account_id=OTHER_ACCOUNT, starts_at=starts_at
    )
    resource = estate.launch(account=OTHER_ACCOUNT)
    before_at = starts_at - timedelta(seconds=1)
    assert (
        code_of(lambda: estate.meter(resource, Timestamp=before_at))
        == "TimestampOutOfBoundsException"
    )
    estate.meter(resource, Timestamp=starts_at)


def test_allocations_must_add_up_and_are_kept_on_the_bill(
    estate: Estate,
) -> None:  # `allocations.sum`
    resource = estate.launch()
    half = {"AllocatedUsageQuantity": 2, "Tags": [{"Key": "team", "Value": "red"}]}
    assert (
        code_of(lambda: estate.meter(resource, UsageAllocations=[half]))
        == "InvalidUsageAllocationsException"
    )
    estate.meter(resource, UsageAllocations=[half, {"AllocatedUsageQuantity": 3}])
    (line,) = estate.marketplace.bill()
    assert [(share.quantity, share.tags) for share in line.allocations] == [
        (Decimal(2), (("team", "red"),)),
        (Decimal(3), ()),
    ]


def test_tags_have_the_limits_that_they_have_in_batch_meter_usage(
    estate: Estate,
) -> None:  # `tags.per-record`
    resource = estate.launch()
    tags = [{"Key": f"key{number}", "Value": "value"} for number in range(6)]
    allocation = {"AllocatedUsageQuantity": 5, "Tags": tags}
    assert (
        code_of(lambda: estate.meter(resource, UsageAllocations=[allocation]))
        == "InvalidTagException"
    )


def test_decimals_are_refused_where_they_are_read_as_unknown(estate: Estate) -> None:  # `decimals`
    estate.marketplace.desks.facts.set_reading("decimals", "refused")
    resource = estate.launch()
    decimal = {"UsageQuantity": None, "UsageQuantityAsDecimal": "5"}
    assert code_of(lambda: estate.meter(resource, **decimal)) == "ValidationException"


def test_a_buyer_who_came_back_pays_by_the_agreement_that_ran_when_it_was_used(
    estate: Estate,
) -> None:
    resource = estate.launch()
    (first,) = (
        one for one in estate.marketplace.desks.agreements.agreements() if one.product_code == "ami"
    )
    estate.unsubscribe("ami")
    estate.pass_time(minutes=40)
    second = estate.marketplace.create_agreement(
        "ami", customer_aws_account_id=ACCOUNT, starts_at=estate.now
    )
    estate.meter(resource, Timestamp=NOON_AT - timedelta(minutes=10))
    estate.meter(resource)
    payers = [line.agreement.agreement_id for line in estate.marketplace.bill()]
    assert payers == [first.agreement_id, second.agreement_id]


def test_the_two_fields_for_the_quantity_exclude_each_other(estate: Estate) -> None:  # MODEL
    resource = estate.launch()
    assert (
        code_of(lambda: estate.meter(resource, UsageQuantityAsDecimal="5")) == "ValidationException"
    )


def test_a_client_token_that_comes_again_with_other_parameters_conflicts(
    estate: Estate,
) -> None:  # MODEL says so of every platform
    resource = estate.launch()
    estate.meter(resource, ClientToken="one")
    estate.pass_time(hours=1)
    assert (
        code_of(lambda: estate.meter(resource, ClientToken="one")) == "IdempotencyConflictException"
    )


def test_a_refused_request_stands_in_the_journal_as_it_was_sent(estate: Estate) -> None:
    resource = estate.launch()
    code_of(lambda: estate.meter(resource, UsageDimension="nothing"))
    (refusal,) = estate.marketplace.refusals()
    assert (refusal.operation, refusal.code) == ("MeterUsage", "InvalidUsageDimensionException")
    assert refusal.record is not None
    assert refusal.record["UsageDimension"] == "nothing"
