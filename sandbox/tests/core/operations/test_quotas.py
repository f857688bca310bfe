"""`quota.batch`, `quota.resources`: a quota for each operation, account and region."""

from datetime import timedelta

import pytest

from marketplace_sandbox.core.model.callers import Platform, Resource
from marketplace_sandbox.core.model.catalogue import Delivery, Dimension, MeteringMode, NewProduct
from marketplace_sandbox.core.model.operation import Operation
from marketplace_sandbox.core.operations.pacing import BUCKETS_KEPT_MAX, quota_of
from marketplace_sandbox.wire.operations_as_methods import AwsOperations
from tests.builders import ACCOUNT, Shop

THROTTLED = "ThrottlingException"


@pytest.fixture
def shop() -> Shop:
    return Shop(metering_calls_per_second=10)


@pytest.fixture
def task(shop: Shop) -> Resource:
    shop.marketplace.desks.catalogue.list_product(
        NewProduct(
            "Box",
            MeteringMode.LEGACY,
            (Dimension("api_calls"),),
            "box",
            delivery=Delivery.CONTAINER,
        )
    )
    return shop.marketplace.desks.resources.launch("box", ACCOUNT, Platform.ECS)


def admitted(shop: Shop, caller: AwsOperations, method: str, **parameters: object) -> int:
    """Call until throttled; return how many calls were not."""
    for count in range(100):
        try:
            getattr(caller, method)(**parameters)
        except shop.marketplace.exceptions.ClientError as error:
            if error.response["Error"]["Code"] == THROTTLED:
                return count
    return 100


def batches(shop: Shop, caller: AwsOperations) -> int:
    return admitted(shop, caller, "batch_meter_usage", UsageRecords=[])


@pytest.mark.parametrize(
    ("operation", "calls"),
    [
        ("BatchMeterUsage", 10),
        ("MeterUsage", 10),
        ("RegisterUsage", 5),
        ("GetEntitlements", 20),
        ("SearchAgreements", 5),
        ("DescribeAgreement", 5),
        ("GetAgreementTerms", 10),
        ("GetAgreementEntitlements", 10),
    ],
)
def test_aws_admits_so_many_calls_a_second(operation: str, calls: int) -> None:
    assert quota_of(Operation(operation), metering_calls_per_second=10) == calls


@pytest.mark.parametrize("operation", ["ResolveCustomer", "GetAgreementContacts"])
def test_aws_lists_no_quota_for_the_others(operation: str) -> None:
    assert quota_of(Operation(operation), metering_calls_per_second=10) is None


def test_without_a_number_there_is_no_quota_at_all() -> None:
    assert {quota_of(one, metering_calls_per_second=None) for one in Operation} == {None}


def test_half_of_the_number_is_never_none() -> None:
    assert quota_of(Operation.REGISTER_USAGE, metering_calls_per_second=1) == 1


def test_each_region_has_a_quota_of_its_own(shop: Shop) -> None:
    assert batches(shop, shop.marketplace.as_caller(region="us-east-1")) == 10
    assert batches(shop, shop.marketplace.as_caller(region="eu-west-1")) == 10
    assert batches(shop, shop.marketplace) == 0


def test_each_operation_has_a_quota_of_its_own(shop: Shop, task: Resource) -> None:
    caller = shop.marketplace.as_caller(resource=task)
    register = {"ProductCode": "box", "PublicKeyVersion": 1}
    meter = {"ProductCode": "box", "Timestamp": shop.now, "UsageDimension": "api_calls"}
    assert admitted(shop, caller, "register_usage", **register) == 5
    assert admitted(shop, caller, "meter_usage", **meter) == 10
    assert batches(shop, shop.marketplace) == 10


def test_the_tasks_of_an_account_share_its_quota(shop: Shop, task: Resource) -> None:
    other = shop.marketplace.desks.resources.launch("box", ACCOUNT, Platform.ECS)
    stranger = shop.marketplace.desks.resources.launch("box", "777788889999", Platform.ECS)
    register = {"ProductCode": "box", "PublicKeyVersion": 1}
    callers = [shop.marketplace.as_caller(resource=one) for one in (task, other, stranger)]
    counts = [admitted(shop, one, "register_usage", **register) for one in callers]
    assert counts == [5, 0, 5]


def test_the_sandbox_remembers_a_bounded_number_of_quotas(shop: Shop) -> None:
    booked = shop.marketplace._state.quota_booked_to
    for number in range(BUCKETS_KEPT_MAX + 50):
        shop.marketplace.as_caller(region=f"region-{number}").batch_meter_usage(UsageRecords=[])
        assert len(booked) <= BUCKETS_KEPT_MAX
    shop.now += timedelta(seconds=2)
    for number in range(BUCKETS_KEPT_MAX):
        shop.marketplace.as_caller(region=f"later-{number}").batch_meter_usage(UsageRecords=[])
    assert len(booked) <= BUCKETS_KEPT_MAX
