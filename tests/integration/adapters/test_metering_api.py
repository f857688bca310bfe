"""BatchMeterUsage over HTTP: what AWS may answer, and what may happen on the way."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast

import boto3
import pytest
from botocore.config import Config

from meterhouse.adapters.metering_api import METERING_CONFIG, MeteringApi
from meterhouse.domain.answers import (
    Accepted,
    CallAnswer,
    Duplicate,
    Missing,
    NotSent,
    NotSubscribed,
    OutcomeUnknown,
    Processed,
    RefusalCause,
    Refused,
    Throttled,
    UnknownStatus,
    Unprocessed,
)
from meterhouse.domain.payload import UsageRecord
from tests.integration.adapters.scripted_server import (
    Reply,
    Server,
    error_reply,
    json_reply,
    metering_client,
    scripted_server,
)
from tests.unit.domain.builders import ACCOUNT, LICENSE_ARN, NOON_AT

TIMESTAMP = int(datetime(2026, 11, 18, 12, 7, 8, tzinfo=UTC).timestamp())


@pytest.fixture
def server() -> Iterator[Server]:
    with scripted_server() as found:
        yield found


def api_at(url: str) -> MeteringApi:
    """Return the adapter with its own rules, but without its patience."""
    config = METERING_CONFIG.merge(Config(connect_timeout=0.5, read_timeout=0.5))
    return MeteringApi(metering_client(url, config))


def record(dimension: str = "api_calls", **fields: Any) -> UsageRecord:
    one: Any = {
        "Timestamp": TIMESTAMP,
        "Dimension": dimension,
        "Quantity": 7,
        "CustomerAWSAccountId": ACCOUNT,
        "LicenseArn": LICENSE_ARN,
        **fields,
    }
    return cast("UsageRecord", one)


def result(status: str, dimension: str = "api_calls", **fields: Any) -> dict[str, Any]:
    receipt = {"MeteringRecordId": f"receipt-{dimension}"}
    return {"UsageRecord": {**record(dimension), **fields}, "Status": status, **receipt}


def meter(server: Server, *records: UsageRecord) -> CallAnswer:
    return api_at(server.url).batch_meter_usage(None, records or [record()])


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        ("Success", Accepted("receipt-api_calls")),
        ("CustomerNotSubscribed", NotSubscribed()),
        ("DuplicateRecord", Duplicate("receipt-api_calls")),
        ("SomethingNew", UnknownStatus("SomethingNew")),
        ("", UnknownStatus("")),
    ],
)
def test_every_status_has_its_answer(server: Server, status: str, answer: object) -> None:
    server.answer(json_reply({"Results": [result(status)], "UnprocessedRecords": []}))

    assert meter(server) == Processed((answer,))  # type: ignore[arg-type] # one of the answers


def test_answers_stand_in_the_order_of_the_request_whatever_the_order_of_the_reply(
    server: Server,
) -> None:
    server.answer(
        json_reply(
            {
                "Results": [result("DuplicateRecord", "c"), result("Success", "a")],
                "UnprocessedRecords": [record("b")],
            }
        )
    )

    answer = meter(server, *(record(name) for name in "abcd"))

    assert answer == Processed(
        (Accepted("receipt-a"), Unprocessed(), Duplicate("receipt-c"), Missing())
    )


@pytest.mark.parametrize(
    "echo",
    [
        {"LicenseArn": f"aws:license-manager:us-east-1:294406891311:{LICENSE_ARN.split(':')[-1]}"},
        {"Timestamp": int(NOON_AT.timestamp())},
        {"CustomerIdentifier": "added by AWS"},
        {"Quantity": None, "QuantityAsDecimal": "7"},
    ],
    ids=["another shape of the license", "the hour's start", "one more name", "another number"],
)
def test_a_record_is_recognised_however_aws_echoes_it(server: Server, echo: dict[str, Any]) -> None:
    server.answer(json_reply({"Results": [result("Success", **echo)]}))

    assert meter(server) == Processed((Accepted("receipt-api_calls"),))


def test_two_agreements_of_one_account_are_not_mistaken_for_each_other(server: Server) -> None:
    other = LICENSE_ARN[:-1] + "0"
    server.answer(json_reply({"Results": [result("Success", LicenseArn=other)]}))

    answer = meter(server, record(), record(LicenseArn=other))

    assert answer == Processed((Missing(), Accepted("receipt-api_calls")))


def test_a_record_in_neither_list_of_the_reply_proves_nothing(server: Server) -> None:
    server.answer(json_reply({"Results": [], "UnprocessedRecords": []}))

    assert meter(server) == Processed((Missing(),))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{}",
        b"<html>busy</html>",
        b'{"Results": [{"UsageRecord": {"Dimension": "api_calls"',
    ],
)
def test_an_answer_that_cannot_be_read_never_says_that_nothing_was_billed(
    server: Server, body: bytes
) -> None:
    server.answer(Reply(body))

    assert_proves_nothing(meter(server))


def assert_proves_nothing(answer: CallAnswer) -> None:
    assert isinstance(answer, OutcomeUnknown) or answer == Processed((Missing(),))


@pytest.mark.parametrize(
    "body", [b"[]", b"null", b'"text"', b'{"Results": 7}', b'{"Results": [7]}']
)
def test_json_of_another_shape_never_says_that_nothing_was_billed(
    server: Server, body: bytes
) -> None:
    server.answer(Reply(body))

    assert_proves_nothing(meter(server))


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("InvalidUsageDimensionException", RefusalCause.RECORD),
        ("InvalidLicenseException", RefusalCause.RECORD),
        ("TimestampOutOfBoundsException", RefusalCause.TIMESTAMP),
        ("InvalidProductCodeException", RefusalCause.PRODUCT),
        ("DisabledApiException", RefusalCause.DEPLOYMENT),
        ("AccessDeniedException", RefusalCause.DEPLOYMENT),
        ("TooManyTagsException", RefusalCause.UNKNOWN),
    ],
)
def test_an_error_for_the_whole_call_names_its_cause(
    server: Server, code: str, cause: RefusalCause
) -> None:
    server.answer(error_reply(code))

    assert meter(server) == Refused(code, cause)


@pytest.mark.parametrize(
    ("code", "status"),
    [("ThrottlingException", 400), ("ThrottlingException", 429), ("TooManyRequestsException", 429)],
)
def test_throttling_is_not_a_refusal(server: Server, code: str, status: int) -> None:
    server.answer(error_reply(code, status))

    assert meter(server) == Throttled()


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("body", [b"", b"<html>", b'{"__type": "InternalServiceErrorException"}'])
def test_after_a_server_error_the_call_may_have_been_applied(
    server: Server, status: int, body: bytes
) -> None:
    server.answer(Reply(body, status))

    assert isinstance(meter(server), OutcomeUnknown)


def test_a_truncated_answer_leaves_the_outcome_unknown(server: Server) -> None:
    server.answer(Reply(b'{"Results": [', cut_bytes=500))

    assert_proves_nothing(meter(server))


def test_an_answer_that_does_not_come_leaves_the_outcome_unknown(server: Server) -> None:
    server.answer(Reply(b"", hangs=True))

    assert meter(server) == OutcomeUnknown("ReadTimeoutError")


def test_a_refused_connection_means_that_nothing_was_sent() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"

        assert api_at(url).batch_meter_usage(None, [record()]) == NotSent("EndpointConnectionError")


@pytest.mark.parametrize(
    "reply",
    [
        error_reply("ThrottlingException"),
        error_reply("InternalServiceErrorException", 500),
        Reply(b"", 503),
        Reply(b"{", cut_bytes=9),
        Reply(b"", hangs=True),
    ],
    ids=["throttled", "failed", "unavailable", "cut", "hanging"],
)
def test_no_failure_is_tried_again_in_secret(server: Server, reply: Reply) -> None:
    server.answer(reply, json_reply({"Results": [result("Success")]}))

    meter(server)

    assert len(server.requests) == 1


def test_what_is_sent_is_what_was_frozen(server: Server) -> None:
    server.answer(json_reply({"Results": []}))
    tagged = record(
        UsageAllocations=[
            {"AllocatedUsageQuantity": 3, "Tags": [{"Key": "team", "Value": "ads"}]},
            {"AllocatedUsageQuantity": 4},
        ]
    )

    meter(server, tagged)
    api_at(server.url).batch_meter_usage("atlas", [record()])

    licensed, legacy = server.requests
    assert licensed["target"] == "AWSMPMeteringService.BatchMeterUsage"
    assert licensed["body"] == {"UsageRecords": [tagged]}
    assert legacy["body"] == {"ProductCode": "atlas", "UsageRecords": [record()]}


def test_equal_records_are_sent_as_equal_bytes(server: Server) -> None:
    server.answer(json_reply({"Results": []}))

    meter(server)
    meter(server)

    first, second = server.requests
    assert first == second


def test_a_record_that_the_sdk_refuses_is_never_sent(server: Server) -> None:
    broken: Any = record(Quantity="7")

    answer = meter(server, broken)

    assert answer == Refused("ParamValidationError", RefusalCause.UNKNOWN)
    assert server.requests == []


def test_missing_credentials_are_the_deployments_fault(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    session = boto3.Session(region_name="us-east-1")
    client = session.client("meteringmarketplace", endpoint_url=server.url, config=METERING_CONFIG)

    answer = MeteringApi(client).batch_meter_usage(None, [record()])

    assert answer == Refused("NoCredentialsError", RefusalCause.DEPLOYMENT)
    assert server.requests == []
