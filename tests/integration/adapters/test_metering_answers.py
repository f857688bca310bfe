"""What AWS may answer to BatchMeterUsage over HTTP, rightly or wrongly."""

from typing import Any

import pytest

from meterhouse.domain.records.answers import (
    Accepted,
    Duplicate,
    Missing,
    NotSubscribed,
    Processed,
    RefusalCause,
    Refused,
    Throttled,
    UnknownStatus,
    Unprocessed,
)
from meterhouse.domain.records.reasons import AwsCode
from tests.integration.adapters.metering_calls import (
    TIMESTAMP,
    assert_proves_nothing,
    meter,
    record,
    result,
)
from tests.integration.adapters.scripted_server import Reply, Server, error_reply, json_reply
from tests.unit.domain.builders import LICENSE_ARN, NOON_AT


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


@pytest.mark.parametrize("is_first", [True, False])
def test_what_aws_adds_to_one_echo_does_not_answer_for_another_record(
    server: Server, *, is_first: bool
) -> None:
    """The echo of a license also names its account, under which another record goes."""
    other = record()
    del other["LicenseArn"]
    results = [
        result("CustomerNotSubscribed"),
        {**result("Success"), "UsageRecord": {**other, "Timestamp": TIMESTAMP}},
    ]
    server.answer(json_reply({"Results": results if is_first else results[::-1]}))

    answer = meter(server, record(), other)

    assert answer == Processed((NotSubscribed(), Accepted("receipt-api_calls")))


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

    assert meter(server) == Refused(AwsCode(code), cause)


@pytest.mark.parametrize("status", [401, 403])
def test_whoever_is_denied_under_a_name_that_nobody_knows_is_denied(
    server: Server, status: int
) -> None:
    server.answer(error_reply("SomethingNew", status))

    assert meter(server) == Refused(AwsCode("SomethingNew"), RefusalCause.DEPLOYMENT)


@pytest.mark.parametrize(
    ("code", "status"),
    [("ThrottlingException", 400), ("ThrottlingException", 429), ("TooManyRequestsException", 429)],
)
def test_throttling_is_not_a_refusal(server: Server, code: str, status: int) -> None:
    server.answer(error_reply(code, status))

    assert meter(server) == Throttled()
