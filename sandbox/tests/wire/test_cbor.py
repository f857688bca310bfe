"""Smithy RPC v2 CBOR, which AWS's model of the entitlement service names first."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import cbor2
import httpx
import pytest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import given
from hypothesis import strategies as st

from marketplace_sandbox.aws_models import operation_models, service_model
from marketplace_sandbox.core.answer_request import DEPTH_MAX
from marketplace_sandbox.core.model.errors import ErrorCode, ServiceError
from marketplace_sandbox.core.model.operation import ENTITLEMENT, Operation
from marketplace_sandbox.wire.cbor import read_document, write_document
from tests.builders import Shop
from tests.contracts import ALL_FOUR, sell_contracts, sign
from tests.served_shop import raw_client

ANNE = "100000000001"
PATH = "/service/AWSMPEntitlementService/operation/GetEntitlements"
HEADERS = {
    "smithy-protocol": "rpc-v2-cbor",
    "content-type": "application/cbor",
    "accept": "application/cbor",
}
PROTOCOL = "smithy-rpc-v2-cbor"


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    sell_contracts(shop)
    sign(shop, ANNE, ALL_FOUR)
    return shop


@pytest.fixture
def raw(shop: Shop) -> Iterator[httpx.Client]:
    with raw_client(shop) as client:
        yield client


def ask(raw: httpx.Client, document: object, **headers: str) -> httpx.Response:
    body = document if isinstance(document, bytes) else cbor2.dumps(document)
    return raw.post(PATH, content=body, headers=HEADERS | headers)


def refusal_of(answer: httpx.Response) -> str:
    assert answer.status_code == 400
    assert answer.headers["smithy-protocol"] == "rpc-v2-cbor"
    assert answer.headers["content-type"] == "application/cbor"
    assert "x-amzn-errortype" not in answer.headers  # Smithy: the body alone says it
    document = cbor2.loads(answer.content)
    assert document.keys() == {"__type", "message"}
    namespace, _, name = document["__type"].rpartition("#")
    assert namespace in {"", "com.amazonaws.marketplaceentitlementservice"}
    return str(name)


def parse(answer: httpx.Response) -> dict[str, Any]:
    """Read an answer as botocore's client does."""
    shape = service_model(ENTITLEMENT).operation_model("GetEntitlements").output_shape
    assert shape is not None
    response = {
        "status_code": answer.status_code,
        "headers": answer.headers,
        "body": answer.content,
    }
    parsed: dict[str, Any] = create_parser(PROTOCOL).parse(response, shape)
    return parsed


def test_botocores_own_cbor_client_reads_the_answer(shop: Shop, raw: httpx.Client) -> None:
    model = service_model(ENTITLEMENT).operation_model("GetEntitlements")
    request = create_serializer(PROTOCOL).serialize_to_request(
        {"ProductCode": "contract", "Filter": {"CUSTOMER_AWS_ACCOUNT_ID": [ANNE]}}, model
    )
    assert request["url_path"] == PATH
    answer = raw.post(request["url_path"], headers=request["headers"], content=request["body"])
    parsed = parse(answer)
    here = shop.marketplace.get_entitlements(ProductCode="contract")
    assert parsed["Entitlements"] == here["Entitlements"]
    assert len(parsed["Entitlements"]) == 4


def test_botocores_own_cbor_client_reads_an_error(raw: httpx.Client) -> None:
    parsed = parse(ask(raw, {"ProductCode": "nobody-sells-this"}))
    assert parsed["Error"]["Code"] == "InvalidParameterException"
    assert parsed["Error"]["Message"] == "One or more parameters in your request was invalid."


def test_an_answer_says_its_protocol_and_names_its_request(raw: httpx.Client) -> None:
    answer = ask(raw, {"ProductCode": "contract"})
    assert answer.status_code == 200
    assert answer.headers["smithy-protocol"] == "rpc-v2-cbor"
    assert answer.headers["content-type"] == "application/cbor"
    assert str(uuid.UUID(answer.headers["x-amzn-requestid"])) == answer.headers["x-amzn-requestid"]


def test_timestamps_are_tagged_and_doubles_are_floats(raw: httpx.Client) -> None:
    entitlements = cbor2.loads(ask(raw, {"ProductCode": "contract"}).content)["Entitlements"]
    assert entitlements[0]["ExpirationDate"] == datetime(2027, 11, 22, 12, tzinfo=UTC)
    assert entitlements[1]["Value"] == {"DoubleValue": 0.5}


def test_the_models_bounds_hold_in_cbor_too(raw: httpx.Client) -> None:
    assert refusal_of(ask(raw, {"ProductCode": "contract", "MaxResults": 26})) == (
        "ValidationException"
    )
    assert refusal_of(ask(raw, {"ProductCode": 5})) == "SerializationException"


def test_a_service_may_be_named_with_its_namespace(raw: httpx.Client) -> None:
    path = PATH.replace("AWSMP", "com.amazonaws.marketplaceentitlementservice.AWSMP")
    answer = raw.post(path, content=cbor2.dumps({"ProductCode": "contract"}), headers=HEADERS)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/service/AWSMPEntitlementService/operation/Nonsense",
        "/service/Nonsense/operation/GetEntitlements",
        "/service/AWSMPMeteringService/operation/ResolveCustomer",  # speaks JSON only
    ],
)
def test_an_unknown_operation_is_refused(raw: httpx.Client, path: str) -> None:
    answer = raw.post(path, content=cbor2.dumps({}), headers=HEADERS)
    assert refusal_of(answer) == "UnknownOperationException"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"smithy-protocol": "rpc-v2-json"}, "UnknownOperationException"),
        ({"content-type": "application/json"}, "SerializationException"),
        ({"x-amz-target": "AWSMPEntitlementService.GetEntitlements"}, "SerializationException"),
    ],
)
def test_a_request_against_the_protocols_rules_is_refused(
    raw: httpx.Client, headers: dict[str, str], code: str
) -> None:
    assert refusal_of(ask(raw, {"ProductCode": "contract"}, **headers)) == code


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"\x80",
        b"\x81" * 100_000,
        b"\x9b" + b"\xff" * 8,
        b"\xd8\x1c\x81\xd8\x1d\x00",  # a list that holds itself
        b"\xa1\x01\x02",
        b"\xa1\x61a\xc2\x58\x20" + b"\xff" * 32,
        b"\xa1\x61a\xf9\x7e\x00",  # NaN
        b"\xa1\x61a\xc1\xfb\x7f\xf0" + bytes(6),  # a time without end
    ],
)
def test_a_body_that_is_no_plain_cbor_map_is_refused(raw: httpx.Client, body: bytes) -> None:
    assert refusal_of(ask(raw, body)) == "SerializationException"


def test_a_fault_of_the_service_is_500_in_cbor_too(shop: Shop, raw: httpx.Client) -> None:
    shop.marketplace.inject_fault("internal_error_before", operation="GetEntitlements")
    assert ask(raw, {"ProductCode": "contract"}).status_code == 500


def test_cbor_is_read_as_the_same_request_in_json_would_be() -> None:
    moment = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)
    document = {"at": moment, "half": 0.5, "none": None, "gone": cbor2.undefined, "list": [1, "a"]}
    assert read_document(cbor2.dumps(document, timezone=UTC, datetime_as_timestamp=True)) == {
        "at": Decimal(int(moment.timestamp())) + Decimal("0.25"),
        "half": Decimal("0.5"),
        "none": None,
        "gone": None,
        "list": [1, "a"],
    }


def test_depth_is_bounded() -> None:
    document: Any = {}
    for _ in range(DEPTH_MAX + 1):
        document = {"a": document}
    with pytest.raises(ServiceError) as caught:
        read_document(cbor2.dumps(document))
    assert caught.value.code is ErrorCode.SERIALIZATION


@given(st.binary(max_size=60))
def test_no_bytes_hurt(body: bytes) -> None:
    try:
        read_document(body)
    except ServiceError as error:
        assert error.code is ErrorCode.SERIALIZATION  # noqa: PT017 - most bytes are refused


def test_half_a_character_does_not_break_an_answer() -> None:
    shape = operation_models()[Operation.GET_ENTITLEMENTS].output_shape
    written = write_document({"Entitlements": [{"Dimension": "half \ud800"}]}, shape)
    assert cbor2.loads(written) == {"Entitlements": [{"Dimension": "half ?"}]}


def test_paging_works_in_cbor(shop: Shop, raw: httpx.Client) -> None:
    shop.now += timedelta(seconds=1)
    first = cbor2.loads(ask(raw, {"ProductCode": "contract", "MaxResults": 3}).content)
    rest = {"ProductCode": "contract", "NextToken": first["NextToken"]}
    second = cbor2.loads(ask(raw, rest).content)
    assert [len(page["Entitlements"]) for page in (first, second)] == [3, 1]
    assert "NextToken" not in second
