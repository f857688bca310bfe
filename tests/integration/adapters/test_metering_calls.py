"""BatchMeterUsage on its way over HTTP: what is sent, and what may happen to it."""

import socket
from typing import Any

import boto3
import pytest

from meterhouse.adapters.marketplace import METERING_CONFIG, MeteringApi
from meterhouse.domain.records.answers import NotSent, OutcomeUnknown, RefusalCause, Refused
from meterhouse.domain.records.reasons import AwsCode
from tests.integration.adapters.metering_calls import (
    api_at,
    assert_proves_nothing,
    meter,
    record,
    result,
)
from tests.integration.adapters.scripted_server import Reply, Server, error_reply, json_reply


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

    assert answer == Refused(AwsCode("ParamValidationError"), RefusalCause.UNKNOWN)
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

    assert answer == Refused(AwsCode("NoCredentialsError"), RefusalCause.DEPLOYMENT)
    assert server.requests == []
