"""Every request gets an answer, and every refusal has one form, whatever was sent."""

import json
from dataclasses import replace
from typing import Any

import pytest

from meterhouse.errors import Fault, MeterhouseError, StorageUnavailableError, UnreadableError
from meterhouse.web.seller_api import (
    BODY_BYTES_MAX,
    ApiAnswer,
    ApiRequest,
    SellerApi,
    read_request,
    write_answer,
)
from tests.fakes.meterhouse import Meterhouse
from tests.fakes.world import InMemoryReport
from tests.unit.functions.lambda_events import example
from tests.unit.web.api_calls import ONE, Backend, body_of, refusal

REDEEM = "POST /registrations/redeem"
SECRET = "arn:secret:7"


@pytest.fixture
def backend() -> Backend:
    return Backend(Meterhouse(), [])


def failing(error: Exception) -> tuple[ApiAnswer, InMemoryReport]:
    """Return what is answered and reported where a route fails."""

    def fail(_: ApiRequest) -> ApiAnswer:
        raise error

    report = InMemoryReport()
    request = ApiRequest("GET /x", "GET", "/x", "r1")
    return SellerApi({"GET /x": fail}, report)(request), report


def test_an_event_of_api_gateway_is_read_whole() -> None:
    event = example("api-request.json")
    event |= {"body": "eyJhIjogMX0=", "isBase64Encoded": True}

    request = read_request(event)

    assert (request.route, request.query) == ("GET /subscriptions", {"phase": "active"})
    assert request.caller == "arn:aws:sts::123456789012:assumed-role/backend/backend"
    assert request.body == b'{"a": 1}'


def test_an_answer_is_json_that_nobody_keeps_or_takes_for_a_page() -> None:
    answer = write_answer(ApiAnswer({"text": "<b>é\ud800"}))

    assert json.loads(answer["body"]) == {"text": "<b>é\ud800"}
    assert answer["body"].isascii()
    assert answer["headers"]["Content-Type"] == "application/json; charset=utf-8"
    assert answer["headers"]["Cache-Control"] == "no-store"
    assert answer["headers"]["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (StorageUnavailableError(SECRET), (503, "storage_unavailable")),
        (MeterhouseError(SECRET), (500, "internal")),
        (RuntimeError(SECRET), (500, "internal")),
        (RecursionError(SECRET), (500, "internal")),
    ],
    ids=repr,
)
def test_what_fails_is_told_without_the_text_of_the_failure(
    error: Exception, expected: tuple[int, str]
) -> None:
    answer, report = failing(error)

    assert refusal(answer) == expected
    assert SECRET not in json.dumps(body_of(answer))
    assert body_of(answer)["error"]["request_id"] == "r1"
    assert [name for name, _ in report.events] == ["api_failed", "api_answered"]
    assert (answer.headers.get("Retry-After") is not None) is (expected[0] == 503)


def test_the_text_of_what_nobody_foresaw_is_not_logged() -> None:
    _, report = failing(RuntimeError(SECRET))

    assert SECRET not in repr(report.events)


def test_all_faults_of_a_request_are_told() -> None:
    faults = UnreadableError("first", "The first.", Fault("second", "The second."))
    answer, _ = failing(faults)

    assert refusal(answer) == (400, "first")
    assert body_of(answer)["error"]["details"] == [
        {"code": "first", "message": "The first."},
        {"code": "second", "message": "The second."},
    ]


@pytest.mark.parametrize(
    ("asked", "expected", "allowed"),
    [
        ("DELETE /subscriptions", (405, "method_not_allowed"), "GET"),
        ("PATCH /subscriptions/license%23l-1", (405, "method_not_allowed"), "GET"),
        ("GET /subscriptions/a/stopped", (405, "method_not_allowed"), "POST"),
        ("GET /prefix/registrations/redeem", (405, "method_not_allowed"), "POST"),
        ("GET /nothing", (404, "route_unknown"), None),
        ("GET /subscriptions/a/b/c", (404, "route_unknown"), None),
        ("GET /<script>", (404, "route_unknown"), None),
    ],
)
def test_what_has_no_route_says_what_there_is(
    backend: Backend, asked: str, expected: tuple[int, str], allowed: str | None
) -> None:
    method, _, path = asked.partition(" ")
    answer = backend.call(ApiRequest("$default", method, path, "r1"))

    assert refusal(answer) == expected
    assert answer.headers.get("Allow") == allowed


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", (400, "body_unreadable")),
        (b"[]", (400, "body_unreadable")),
        (b'"reference"', (400, "body_unreadable")),
        (b"\xff\xfe", (400, "body_unreadable")),
        (b"[" * 60_000, (400, "body_unreadable")),
        (b'{"a":' * 10_000, (400, "body_unreadable")),
        (b'{"reference": NaN}', (422, "reference_missing")),
        (b" " * (BODY_BYTES_MAX + 1), (413, "body_too_large")),
        (b'{"reference": "x", "reference": "y"}', (400, "field_unknown")),
        (b"", (422, "reference_missing")),
    ],
    ids=lambda one: ascii(one)[:20],
)
def test_a_body_that_is_no_object_is_refused(
    backend: Backend, body: bytes, expected: tuple[int, str]
) -> None:
    assert refusal(backend.call(backend.request(REDEEM, body=body))) == expected


@pytest.mark.parametrize("kind", ["text/html", "application/x-www-form-urlencoded", "nonsense"])
def test_a_body_of_another_type_is_refused(backend: Backend, kind: str) -> None:
    request = backend.request(REDEEM, body=b'{"reference": "x"}')

    answer = backend.call(replace(request, headers={"content-type": kind}))

    assert refusal(answer) == (415, "content_type_unsupported")


HTML = "<script>alert('&\"')</script>"


@pytest.mark.parametrize(
    "changed",
    [
        {"query": {HTML: HTML}},
        {"query": {"phase": HTML}},
        {"query": {"phase": "active", "page": HTML}},
        {"query": {"account": HTML}},
        {"route": f"GET {ONE}", "places": {"subscription": HTML}},
        {"route": f"GET {ONE}/usage", "query": {"from": HTML}},
        {"route": REDEEM, "body": json.dumps({HTML: HTML}).encode()},
        {"route": REDEEM, "body": json.dumps({"reference": HTML}).encode()},
        {"route": f"POST {ONE}/stopped", "body": json.dumps({"stopped_at": HTML}).encode()},
        {"route": "$default", "method": HTML, "path": HTML},
    ],
    ids=[
        "a parameter's name",
        "a phase",
        "a page",
        "an account",
        "a subscription",
        "a time",
        "a field's name",
        "a reference",
        "a stop",
        "a path",
    ],
)
def test_html_in_any_field_is_refused_and_never_said_again(
    backend: Backend, changed: dict[str, Any]
) -> None:
    agreement = backend.house.buyer()
    license_arn = agreement.license_arn or ""
    before = repr(backend.house.subscriptions.states)
    request = replace(backend.request("GET /subscriptions"), places={"subscription": license_arn})

    answer = backend.call(replace(request, **changed))

    assert answer.status_code in {400, 404, 409, 422}
    assert "<script" not in write_answer(answer)["body"]
    assert repr(backend.house.subscriptions.states) == before
