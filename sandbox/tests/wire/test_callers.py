"""Who calls, read from the signature, and what a caller may do."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from marketplace_sandbox.core.model.callers import Platform, Resource
from marketplace_sandbox.core.model.catalogue import Delivery, Dimension, MeteringMode, NewProduct
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.protocol.signatures import (
    HEADER_LENGTH_MAX,
    Signature,
    identify_caller,
    read_signature,
)
from marketplace_sandbox.server import serve_beside
from tests.builders import ACCOUNT, Shop, code_of, statuses
from tests.served_shop import client_of, raw_client

SELLER = "111122223333"
METER = "AWSMPMeteringService.BatchMeterUsage"


def header(key: str = "AKIAEXAMPLE", region: str = "eu-west-1") -> str:
    return (
        f"AWS4-HMAC-SHA256 Credential={key}/20261122/{region}/aws-marketplace/aws4_request, "
        "SignedHeaders=host;x-amz-date, Signature=0123456789abcdef"
    )


@pytest.fixture
def raw(shop: Shop) -> Iterator[httpx.Client]:
    with raw_client(shop) as client:
        yield client


@pytest.fixture
def task(shop: Shop) -> Resource:
    shop.marketplace.desks.catalogue.list_product(
        NewProduct(
            "Agent",
            MeteringMode.LEGACY,
            (Dimension("api_calls"),),
            "agent",
            delivery=Delivery.AMI,
        )
    )
    return shop.marketplace.desks.resources.launch("agent", ACCOUNT, Platform.EC2, "eu-west-1")


def test_a_signature_says_key_region_and_service() -> None:
    assert read_signature(header()) == Signature("AKIAEXAMPLE", "eu-west-1", "aws-marketplace")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Bearer token",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=",
        "AWS4-HMAC-SHA256 Credential=key/20261122/us-east-1",
        header(region="US-EAST-1"),
        header(region="nowhere"),
        header(key="k" * 129),
        header() + "x" * HEADER_LENGTH_MAX,
        "AWS4-HMAC-SHA256 " + "Credential=" * 300,
    ],
)
def test_a_malformed_header_is_no_error_and_means_the_seller(text: str) -> None:
    assert read_signature(text) is None
    caller = identify_caller(MarketplaceState(), None)
    assert (caller.account_id, caller.region, caller.resource) == (SELLER, "us-east-1", None)


def test_the_keys_of_a_resource_are_that_resource(shop: Shop, task: Resource) -> None:
    caller = shop.marketplace.identify(header(task.access_key_id, "eu-west-3"))
    assert (caller.account_id, caller.region, caller.resource) == (ACCOUNT, "eu-west-3", task)


@pytest.mark.parametrize(
    ("key", "account"),
    [(ACCOUNT, ACCOUNT), (SELLER, SELLER), ("000000000000", SELLER), ("AKIAEXAMPLE", SELLER)],
)
def test_an_account_id_as_access_key_is_that_buyer_if_there_is_one(
    shop: Shop, key: str, account: str
) -> None:
    assert shop.marketplace.identify(header(key)).account_id == account


def test_the_seller_calls_with_any_keys_over_http(shop: Shop) -> None:
    with (
        serve_beside(shop.marketplace) as url,
        client_of(url, "meteringmarketplace", region="eu-north-1") as client,
    ):
        answer = client.batch_meter_usage(UsageRecords=[shop.licensed_record()])
    assert statuses(answer) == ["Success"]
    assert shop.marketplace.calls()[-1].region == "eu-north-1"


def test_the_trail_names_the_key_that_signed(shop: Shop, task: Resource) -> None:
    for key in ("AKIAEXAMPLE", task.access_key_id):
        caller = shop.marketplace.identify(header(key))
        shop.marketplace.answer(METER, b'{"UsageRecords": []}', caller=caller)
    events: list[Any] = shop.marketplace.desks.calls.cloudtrail()
    assert [event["userIdentity"]["accessKeyId"] for event in events] == [
        "AKIAEXAMPLE",
        task.access_key_id,
    ]


def test_what_runs_in_a_buyers_account_calls_with_its_keys_over_http(
    shop: Shop, task: Resource
) -> None:
    shop.subscribe("agent")
    with (
        serve_beside(shop.marketplace) as url,
        client_of(
            url,
            "meteringmarketplace",
            key=task.access_key_id,
            region=task.region,
            aws_secret_access_key=task.secret_access_key,
            aws_session_token=task.session_token,
        ) as client,
    ):
        answer = client.meter_usage(
            ProductCode="agent", Timestamp=shop.now, UsageDimension="api_calls", UsageQuantity=3
        )
    assert answer["MeteringRecordId"]
    assert shop.billed() == [("api_calls", "3")]
    assert shop.marketplace.calls()[-1].resource_id == task.resource_id


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("resolve_customer", {"RegistrationToken": "any"}),
        ("batch_meter_usage", {"UsageRecords": []}),
        ("get_entitlements", {"ProductCode": "licensed"}),
    ],
)
def test_a_buyer_may_not_call_what_is_the_sellers(
    shop: Shop, task: Resource, method: str, parameters: dict[str, Any]
) -> None:  # `caller.seller`
    buyer = getattr(shop.marketplace.as_caller(account_id=ACCOUNT), method)
    program = getattr(shop.marketplace.as_caller(resource=task, region="us-east-1"), method)
    assert code_of(lambda: buyer(**parameters)) == "AccessDeniedException"
    assert code_of(lambda: program(**parameters)) == "AccessDeniedException"


def test_a_buyer_is_refused_over_http_too(shop: Shop) -> None:
    with (
        serve_beside(shop.marketplace) as url,
        client_of(url, "meteringmarketplace", key=ACCOUNT) as client,
    ):
        refused = code_of(lambda: client.resolve_customer(RegistrationToken="any"))
    assert refused == "AccessDeniedException"


def test_the_seller_may_call_as_an_account_too(shop: Shop) -> None:
    answer = shop.marketplace.as_caller(account_id=SELLER).batch_meter_usage(
        UsageRecords=[shop.licensed_record()]
    )
    assert statuses(answer) == ["Success"]


def test_the_keys_of_what_was_stopped_are_expired(shop: Shop, task: Resource) -> None:
    caller = shop.marketplace.as_caller(resource=task)
    shop.marketplace.desks.resources.stop(task.resource_id)
    refused = code_of(
        lambda: caller.meter_usage(
            ProductCode="agent", Timestamp=shop.now, UsageDimension="api_calls"
        )
    )
    assert refused == "ExpiredTokenException"


def test_a_product_is_metered_in_its_own_regions_only(shop: Shop) -> None:  # `outcome.disabled-api`
    state = shop.marketplace._state
    state.products["licensed"] = replace(state.products["licensed"], regions=("eu-west-1",))
    token = shop.marketplace.mint_token(shop.licensed.agreement_id).token
    here = shop.marketplace.as_caller(region="eu-west-1")
    elsewhere = shop.marketplace.as_caller(region="eu-west-2")
    records = [shop.licensed_record()]
    for call in (
        lambda: elsewhere.batch_meter_usage(UsageRecords=records),
        lambda: elsewhere.resolve_customer(RegistrationToken=token),
    ):
        assert code_of(call) == "DisabledApiException"
    assert shop.billed() == []
    assert here.resolve_customer(RegistrationToken=token)["ProductCode"] == "licensed"
    assert statuses(here.batch_meter_usage(UsageRecords=records)) == ["Success"]


@pytest.mark.parametrize("method", ["meter_usage", "register_usage"])
def test_software_in_a_buyers_account_meters_in_the_products_regions_only(
    shop: Shop, task: Resource, method: str
) -> None:
    state = shop.marketplace._state
    state.products["agent"] = replace(state.products["agent"], regions=("us-east-1",))
    parameters: dict[str, dict[str, Any]] = {
        "meter_usage": {"Timestamp": shop.now, "UsageDimension": "api_calls"},
        "register_usage": {"PublicKeyVersion": 1},
    }
    call = getattr(shop.marketplace.as_caller(resource=task), method)
    refused = code_of(lambda: call(ProductCode="agent", **parameters[method]))
    assert refused == "DisabledApiException"


def test_entitlements_are_read_where_the_product_is_not_metered(shop: Shop) -> None:
    state = shop.marketplace._state
    state.products["licensed"] = replace(state.products["licensed"], regions=("eu-west-1",))
    answer = shop.marketplace.get_entitlements(ProductCode="licensed")
    assert answer["Entitlements"] == []  # for they meter nothing


def test_as_caller_calls_the_same_marketplace(shop: Shop) -> None:
    shop.marketplace.as_caller(region="eu-west-1").batch_meter_usage(
        UsageRecords=[shop.licensed_record()]
    )
    assert shop.billed() == [("api_calls", "5")]


def test_an_in_process_client_looks_like_boto3s(shop: Shop) -> None:
    client = shop.marketplace.client("meteringmarketplace")
    assert client.meta.region_name == "us-east-1"
    with pytest.raises(client.exceptions.InvalidTokenException):
        client.resolve_customer(RegistrationToken="nonsense")
    assert not hasattr(client, "cancel_everything")
    with pytest.raises(ValueError, match="no service s3"):
        shop.marketplace.client("s3")
    client.close()


def test_in_process_a_client_makes_up_the_token_that_boto3_makes_up(
    shop: Shop, task: Resource
) -> None:
    shop.subscribe("agent")
    caller = shop.marketplace.as_caller(resource=task)
    caller.meter_usage(ProductCode="agent", Timestamp=shop.now, UsageDimension="api_calls")
    assert shop.billed() == [("api_calls", "0")]


ERRORS_OF_THE_FRONT_DOOR = [
    ({}, b"{}", "UnknownOperationException"),
    ({"x-amz-target": "Nonsense"}, b"{}", "UnknownOperationException"),
    (
        {"x-amz-target": "AWSMPEntitlementService.BatchMeterUsage"},
        b"{}",
        "UnknownOperationException",
    ),
    ({"x-amz-target": METER, "content-type": "text/xml"}, b"{}", "UnknownOperationException"),
    ({"x-amz-target": METER}, b"\xff", "SerializationException"),
    ({"x-amz-target": METER}, b"{", "SerializationException"),
]


@pytest.mark.parametrize(("headers", "body", "code"), ERRORS_OF_THE_FRONT_DOOR)
def test_what_the_front_door_cannot_read_is_refused_in_awss_envelope(
    raw: httpx.Client, headers: dict[str, str], body: bytes, code: str
) -> None:
    answer = raw.post("/", headers=headers, content=body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/x-amz-json-1.1"
    assert answer.headers["x-amzn-requestid"]
    document = answer.json()
    assert document.keys() == {"__type", "message"}
    assert document["__type"] == code


def test_a_body_beyond_the_limit_is_refused_in_awss_envelope(raw: httpx.Client) -> None:
    answer = raw.post("/", headers={"x-amz-target": METER}, content=b" " * 8_000_001)
    assert answer.status_code == 413
    assert answer.json()["__type"] == "RequestEntityTooLargeException"


@pytest.mark.parametrize("content_type", ["application/json", "application/x-amz-json-1.0; a=b"])
def test_programs_without_an_sdk_may_call_their_json_by_another_name(
    raw: httpx.Client, shop: Shop, content_type: str
) -> None:
    body = json.dumps({"ProductCode": "legacy", "UsageRecords": []})
    headers = {"x-amz-target": METER, "content-type": content_type}
    assert raw.post("/", headers=headers, content=body).status_code == 200
    assert shop.billed() == []
