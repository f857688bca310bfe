"""boto3 as it is, over HTTP, with its own retries: operations of each service."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from functools import partial
from typing import Any, Literal, Protocol

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from marketplace_sandbox.core.model.callers import Platform, Resource
from tests.agreements import AS_PROPOSER, filters
from tests.builders import ACCOUNT, Shop, statuses
from tests.contracts import ALL_FOUR, sell_contracts, sign
from tests.estate import Estate

KEYS = {"aws_access_key_id": "anything", "aws_secret_access_key": "goes"}
RETRIED = ["throttle", "internal_error_before", "internal_error_after", "lost_answer"]


class MakeClient(Protocol):
    """Makes boto3's client of a service, at first with all its defaults."""

    def __call__(self, service: str, **settings: Any) -> AbstractContextManager[Any]: ...


@contextmanager
def client_at(url: str, service: str, **settings: Any) -> Iterator[Any]:
    defaults = {"endpoint_url": url, "region_name": "us-east-1"} | KEYS
    client = boto3.client(service, **defaults | settings)  # type: ignore[call-overload]  # any service
    try:
        yield client
    finally:
        client.close()


@pytest.fixture
def make(shop_url: str, monkeypatch: pytest.MonkeyPatch) -> MakeClient:
    monkeypatch.delenv("AWS_RETRY_MODE", raising=False)
    monkeypatch.delenv("AWS_MAX_ATTEMPTS", raising=False)
    return partial(client_at, shop_url)


@pytest.fixture
def metering(make: MakeClient) -> Iterator[Any]:
    with make("meteringmarketplace") as client:
        yield client


def once() -> Config:
    return Config(retries={"total_max_attempts": 1})


def usage(estate: Estate, resource: Resource) -> dict[str, Any]:
    used_at = estate.now - timedelta(minutes=1)
    parameters = {"ProductCode": resource.product_code, "Timestamp": used_at}
    return parameters | {"UsageDimension": "scans", "UsageQuantity": 5}


def keys_of(resource: Resource) -> dict[str, str]:
    return {
        "region_name": resource.region,
        "aws_access_key_id": resource.access_key_id,
        "aws_secret_access_key": resource.secret_access_key,
        "aws_session_token": resource.session_token,
    }


def test_a_token_is_resolved_and_its_buyer_metered(shop: Shop, metering: Any) -> None:
    token = shop.marketplace.mint_token(shop.licensed.agreement_id).token
    buyer = metering.resolve_customer(RegistrationToken=token)
    assert (buyer["CustomerAWSAccountId"], buyer["ProductCode"]) == (ACCOUNT, "licensed")

    named = {name: buyer[name] for name in ("CustomerAWSAccountId", "LicenseArn")}
    record = shop.licensed_record() | named
    answer = metering.batch_meter_usage(UsageRecords=[record])
    assert statuses(answer) == ["Success"]
    assert answer["Results"][0]["UsageRecord"] == record


@pytest.mark.parametrize("kind", RETRIED)
def test_boto3s_default_retries_bill_once_whatever_went_wrong(
    shop: Shop, metering: Any, kind: str
) -> None:
    shop.marketplace.inject_fault(kind)
    answer = metering.batch_meter_usage(UsageRecords=[shop.licensed_record()])
    assert statuses(answer) == ["Success"]
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1
    assert [call.fault for call in shop.marketplace.calls()] == [kind, None]
    assert shop.billed() == [("api_calls", "5")]


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_boto3_does_not_notice_that_an_answer_is_truncated_and_so_does_not_retry(
    shop: Shop, make: MakeClient, mode: Literal["legacy", "standard", "adaptive"]
) -> None:
    shop.marketplace.inject_fault("truncated")
    with make("meteringmarketplace", config=Config(retries={"mode": mode})) as client:
        answer = client.batch_meter_usage(UsageRecords=[shop.licensed_record()])
    assert set(answer) == {"ResponseMetadata"}
    assert len(shop.marketplace.calls()) == 1
    assert shop.billed() == [("api_calls", "5")]


def test_boto3_gives_up_after_three_attempts(shop: Shop, metering: Any) -> None:
    shop.marketplace.inject_fault("throttle", count=None)
    with pytest.raises(metering.exceptions.ThrottlingException) as caught:
        metering.batch_meter_usage(UsageRecords=[])
    assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == 2
    assert len(shop.marketplace.calls()) == 3


@pytest.mark.parametrize("kind", ["access_denied", "disabled_api"])
def test_boto3_does_not_retry_what_waiting_cannot_mend(
    shop: Shop, metering: Any, kind: str
) -> None:
    shop.marketplace.inject_fault(kind)
    with pytest.raises(ClientError):
        metering.batch_meter_usage(UsageRecords=[])
    assert len(shop.marketplace.calls()) == 1


def test_without_retries_a_lost_answer_is_an_error_and_sending_again_bills_nothing_more(
    shop: Shop, make: MakeClient
) -> None:
    shop.marketplace.inject_fault("lost_answer")
    with make("meteringmarketplace", config=once()) as client:
        with pytest.raises(ConnectionClosedError):
            client.batch_meter_usage(UsageRecords=[shop.licensed_record()])
        (line,) = shop.marketplace.bill()
        (result,) = client.batch_meter_usage(UsageRecords=[shop.licensed_record()])["Results"]
    assert (result["Status"], result["MeteringRecordId"]) == ("Success", line.metering_record_id)
    assert len(shop.marketplace.bill()) == 1


def test_records_that_were_left_unprocessed_are_sent_again_as_they_came_back(
    shop: Shop, metering: Any
) -> None:
    shop.marketplace.inject_fault("unprocessed")
    answer = metering.batch_meter_usage(UsageRecords=[shop.licensed_record()])
    assert (answer["Results"], shop.billed()) == ([], [])
    metering.batch_meter_usage(UsageRecords=answer["UnprocessedRecords"])
    assert shop.billed() == [("api_calls", "5")]


@pytest.mark.parametrize("kind", ["throttle", "internal_error_before", "lost_answer"])
def test_the_retries_of_a_session_carry_one_client_token(
    estate: Estate, estate_url: str, kind: str
) -> None:
    session = estate.launch(Platform.AGENTCORE, region="eu-west-1")
    estate.marketplace.inject_fault(kind, operation="MeterUsage")
    with client_at(estate_url, "meteringmarketplace", **keys_of(session)) as client:
        answer = client.meter_usage(**usage(estate, session))
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1
    assert len(estate.marketplace.bill()) == 1


def test_a_container_registers(estate: Estate, estate_url: str) -> None:
    task = estate.launch(Platform.ECS)
    with client_at(estate_url, "meteringmarketplace", **keys_of(task)) as client:
        answer = client.register_usage(ProductCode="container", PublicKeyVersion=1)
    assert answer["Signature"].count(".") == 2


def test_the_paginator_reads_all_entitlements(shop: Shop, make: MakeClient) -> None:
    sell_contracts(shop)
    sign(shop, "100000000001", ALL_FOUR)
    sign(shop, "200000000002", {"seats": 7})
    with make("marketplace-entitlement") as client:
        paginator = client.get_paginator("get_entitlements")
        pages = list(paginator.paginate(ProductCode="contract", PaginationConfig={"PageSize": 2}))
    assert [len(page["Entitlements"]) for page in pages] == [2, 2, 1]
    values = [one["Value"] for page in pages for one in page["Entitlements"]]
    assert {"DoubleValue": 0.5} in values


def test_the_paginator_survives_a_throttled_page(shop: Shop, make: MakeClient) -> None:
    sell_contracts(shop)
    sign(shop, "100000000001", ALL_FOUR)
    shop.marketplace.inject_fault("throttle", operation="GetEntitlements")
    with make("marketplace-entitlement") as client:
        paginator = client.get_paginator("get_entitlements")
        found = paginator.paginate(ProductCode="contract").build_full_result()["Entitlements"]
    assert len(found) == 4


def test_a_sweep_of_agreements_survives_throttled_and_failed_calls(
    shop: Shop, make: MakeClient
) -> None:
    for operation in ("SearchAgreements", "DescribeAgreement"):
        shop.marketplace.inject_fault("throttle", operation=operation)
        shop.marketplace.inject_fault("internal_error_before", operation=operation)
    with make("marketplace-agreement") as client:
        paginator = client.get_paginator("search_agreements")
        pages = paginator.paginate(filters=filters(AS_PROPOSER), PaginationConfig={"PageSize": 1})
        found = pages.build_full_result()["agreementViewSummaries"]
        described = client.describe_agreement(agreementId=found[0]["agreementId"])
    assert len(found) == 2
    assert described["ResponseMetadata"]["RetryAttempts"] == 2
