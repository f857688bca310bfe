"""The wire format, from the raw bytes: what botocore would not send must not hurt either."""

import json
import uuid
from typing import Any

import pytest

from marketplace_sandbox.core.answer_request import DEPTH_MAX, AwsAnswer
from tests.builders import Shop

METER = "AWSMPMeteringService.BatchMeterUsage"
RESOLVE = "AWSMPMeteringService.ResolveCustomer"


def send(shop: Shop, document: Any, target: str = METER) -> AwsAnswer:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return shop.marketplace.answer(target, body)


def error_of(answer: AwsAnswer) -> str:
    assert answer.status == 400
    document = json.loads(answer.body)
    assert document.keys() == {"__type", "message"}
    assert document["message"]
    return str(document["__type"])


def wire_record(shop: Shop, **fields: Any) -> dict[str, Any]:
    record = {
        "Timestamp": int(shop.now.timestamp()),
        "Dimension": "api_calls",
        "CustomerAWSAccountId": shop.licensed.customer_aws_account_id,
        "LicenseArn": shop.licensed.license_arn,
    }
    return record | fields


def test_every_answer_names_its_request(shop: Shop) -> None:
    answers = [send(shop, {"UsageRecords": []}), send(shop, {})]
    ids = {uuid.UUID(answer.headers["x-amzn-requestid"]) for answer in answers}
    assert len(ids) == 2
    assert {answer.headers["content-type"] for answer in answers} == {"application/x-amz-json-1.1"}


@pytest.mark.parametrize(
    "target",
    ["", "BatchMeterUsage", "AWSMPMeteringService.", "AWSMPMeteringService.Nonsense", "X" * 5000],
)
def test_an_unknown_operation_is_refused(shop: Shop, target: str) -> None:
    assert error_of(send(shop, {}, target)) == "UnknownOperationException"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b'{"UsageRecords": NaN}',
        b'{"UsageRecords": 1e999999999999}',
        b'{"UsageRecords": 1e99999999999999999999}',
        b'{"UsageRecords": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        '{"UsageRecords": []}'.encode("utf-16"),
        b'{"Extra": ' + b"[" * DEPTH_MAX + b"]" * DEPTH_MAX + b"}",
        b'{"Extra": ' + b'{"a":' * 5000 + b"1" + b"}" * 5001,
    ],
)
def test_a_body_that_is_no_json_object_is_refused(shop: Shop, body: bytes) -> None:
    assert error_of(send(shop, body)) == "SerializationException"


@pytest.mark.parametrize(
    "document",
    [
        {"UsageRecords": {}},
        {"UsageRecords": ["text"]},
        {"UsageRecords": [None]},
        {"UsageRecords": [], "ProductCode": 5},
    ],
)
def test_a_request_of_the_wrong_shape_is_refused(shop: Shop, document: dict[str, Any]) -> None:
    assert error_of(send(shop, document)) == "SerializationException"


@pytest.mark.parametrize(
    "fields",
    [
        {"Timestamp": "2026-11-22T12:00:00Z"},
        {"Timestamp": True},
        {"Timestamp": 10**20},
        {"Timestamp": -1e250},
        {"Dimension": 5},
        {"Quantity": "5"},
        {"Quantity": 5.5},
        {"Quantity": True},
        {"QuantityAsDecimal": 5},
        {"UsageAllocations": {}},
        {"UsageAllocations": [5]},
        {"UsageAllocations": [{"AllocatedUsageQuantity": 0, "Tags": "text"}]},
        {"UsageAllocations": [{"AllocatedUsageQuantity": 0, "Tags": ["text"]}]},
        {"UsageAllocations": [{"AllocatedUsageQuantity": 0, "Tags": [{"Key": 1, "Value": 2}]}]},
        {"CustomerAWSAccountId": 444455556666},
        {"LicenseArn": []},
    ],
)
def test_a_member_of_the_wrong_type_is_refused(shop: Shop, fields: dict[str, Any]) -> None:
    answer = send(shop, {"UsageRecords": [wire_record(shop, **fields)]})
    assert error_of(answer) == "SerializationException"
    assert shop.billed() == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Timestamp": None}, "ValidationException"),
        ({"Dimension": None}, "ValidationException"),
        ({"Dimension": ""}, "ValidationException"),
        ({"Quantity": -1}, "ValidationException"),
        ({"QuantityAsDecimal": ""}, "ValidationException"),
        ({"UsageAllocations": []}, "InvalidUsageAllocationsException"),
        (
            {"UsageAllocations": [{"AllocatedUsageQuantity": 0, "Tags": []}]},
            "InvalidTagException",
        ),
        (
            {"UsageAllocations": [{"AllocatedUsageQuantity": 0, "Tags": [{"Key": "a"}]}]},
            "InvalidTagException",
        ),
    ],
)
def test_the_models_minimums_hold_without_an_sdk(
    shop: Shop, fields: dict[str, Any], code: str
) -> None:
    answer = send(shop, {"UsageRecords": [wire_record(shop, **fields)]})
    assert error_of(answer) == code
    assert shop.billed() == []


def test_what_the_model_does_not_know_may_nest_to_the_limit(shop: Shop) -> None:
    nested = b"[" * (DEPTH_MAX - 1) + b"]" * (DEPTH_MAX - 1)
    answer = send(shop, b'{"UsageRecords": [], "Extra": ' + nested + b"}")
    assert answer.status == 200


def test_required_members_are_required(shop: Shop) -> None:
    assert error_of(send(shop, {})) == "ValidationException"
    assert error_of(send(shop, {"UsageRecords": None})) == "ValidationException"
    assert error_of(send(shop, {}, RESOLVE)) == "ValidationException"
    assert error_of(send(shop, {"RegistrationToken": 5}, RESOLVE)) == "SerializationException"


def test_a_record_is_echoed_as_it_was_sent(shop: Shop) -> None:
    sent = wire_record(shop, Timestamp=shop.now.timestamp() - 0.654321, QuantityAsDecimal="5.50")
    answer = send(shop, {"UsageRecords": [sent | {"Extra": "\ud800"}]})
    (result,) = json.loads(answer.body)["Results"]
    assert result["UsageRecord"] == sent, "AWS does not know other members"


def test_a_refused_request_is_journalled(shop: Shop) -> None:
    send(shop, b"{")
    send(shop, {}, "Nonsense")
    assert [(call.operation, call.outcome) for call in shop.marketplace.calls()] == [
        ("BatchMeterUsage", "SerializationException"),
        ("Nonsense", "UnknownOperationException"),
    ]
    assert [refusal.code for refusal in shop.marketplace.refusals()] == [
        "SerializationException",
        "UnknownOperationException",
    ]
