"""Usage as HTTP: what is taken in which form, and what is answered."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from meterhouse.domain.records.policy import LATE_USAGE_MAX
from meterhouse.domain.usage.requests import REQUEST_BYTES_MAX, REQUEST_EVENTS_MAX
from meterhouse.use_cases.accept_usage import AcceptUsage
from meterhouse.web.api_usage import UsageRoutes
from meterhouse.web.seller_api import ApiAnswer, ApiRequest, SellerApi, write_answer
from tests.fakes.usage_intake import InMemoryUsageIntake
from tests.fakes.world import InMemoryReport, VirtualClock
from tests.unit.domain.builders import CLOUD_EVENT, READ_AT, USAGE, read_body

ROUTE = "POST /usage"
JSON = "application/json"
LAMBDA_ANSWER_BYTES_MAX = 6_291_556


@dataclass
class Desk:
    """The route, and the queue behind it."""

    intake: InMemoryUsageIntake = field(default_factory=InMemoryUsageIntake)
    report: InMemoryReport = field(default_factory=InMemoryReport)

    def post(
        self,
        body: object,
        content_type: str | None = JSON,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> ApiAnswer:
        accept = AcceptUsage(self.intake, LATE_USAGE_MAX, VirtualClock(READ_AT), self.report)
        api = SellerApi({ROUTE: UsageRoutes(accept).send}, self.report)
        return api(
            ApiRequest(
                route=ROUTE,
                method="POST",
                path="/usage",
                request_id="r1",
                query=query or {},
                headers={
                    **({} if content_type is None else {"content-type": content_type}),
                    **(headers or {}),
                },
                body=body if isinstance(body, bytes) else json.dumps(body).encode(),
            )
        )


@pytest.fixture
def desk() -> Desk:
    return Desk()


def error_of(answer: ApiAnswer) -> dict[str, Any]:
    assert answer.document is not None
    error = answer.document["error"]
    assert isinstance(error, dict)
    assert error["request_id"] == "r1"
    return error


def test_all_that_is_accepted_is_answered_202_with_the_ids_that_count(desk: Desk) -> None:
    answer = desk.post({"events": [USAGE, CLOUD_EVENT]})

    assert answer.status_code == 202
    assert answer.document == {
        "accepted": 2,
        "rejected": 0,
        "results": [
            {"position": 0, "status": "accepted", "id": "e1"},
            {"position": 1, "status": "accepted", "id": "urn:example:search A234"},
        ],
    }
    assert [len(read_body(body)) for body in desk.intake.bodies] == [2]


def test_a_single_event_has_its_place_in_results_too(desk: Desk) -> None:
    assert desk.post(USAGE).document == {
        "accepted": 1,
        "rejected": 0,
        "results": [{"position": 0, "status": "accepted", "id": "e1"}],
    }


def test_some_that_are_refused_are_answered_207_each_with_all_its_faults(desk: Desk) -> None:
    answer = desk.post([{**USAGE, "quantity": -1, "colour": 1}, USAGE])

    assert answer.status_code == 207
    assert answer.document is not None
    assert (answer.document["accepted"], answer.document["rejected"]) == (1, 1)
    results = answer.document["results"]
    assert isinstance(results, list)
    assert results[0]["status"] == "rejected"
    assert [fault["code"] for fault in results[0]["faults"]] == [
        "field_unknown",
        "quantity_negative",
    ]
    assert results[1] == {"position": 1, "status": "accepted", "id": "e1"}


def test_when_nothing_is_accepted_the_status_and_the_form_of_errors_say_so(desk: Desk) -> None:
    answer = desk.post({})

    assert answer.status_code == 422
    assert error_of(answer)["code"] == "usage_rejected"
    assert answer.document is not None
    assert (answer.document["accepted"], answer.document["rejected"]) == (0, 1)
    assert desk.intake.bodies == []


def test_a_queue_that_does_not_answer_asks_for_all_of_it_again(desk: Desk) -> None:
    desk.intake.is_down = True

    answer = desk.post([USAGE, {}])

    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
    assert "results" not in (answer.document or {})


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_json"),
        (b"\xff", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"[]", "events_empty"),
    ],
    ids=["nothing", "no UTF-8", "deep nesting", "no events"],
)
def test_a_body_without_events_is_answered_400(desk: Desk, body: bytes, code: str) -> None:
    answer = desk.post(body)

    assert answer.status_code == 400
    assert error_of(answer)["code"] == code


@pytest.mark.parametrize(
    "body",
    [
        b" " * (REQUEST_BYTES_MAX + 1),
        json.dumps([USAGE] * (REQUEST_EVENTS_MAX + 1)).encode(),
    ],
    ids=["bytes", "events"],
)
def test_what_is_too_large_is_answered_413_with_the_limit(desk: Desk, body: bytes) -> None:
    answer = desk.post(body)

    assert answer.status_code == 413
    assert error_of(answer)["code"] == "body_too_large"
    assert "at most" in error_of(answer)["message"]


def test_parameters_are_refused(desk: Desk) -> None:
    assert desk.post(USAGE, query={"dry_run": "true"}).status_code == 400
    assert desk.intake.bodies == []


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        (JSON, 202),
        ("Application/JSON; charset=UTF-8", 202),
        ('application/json; charset="utf-8"', 202),
        ("application/json;charset=us-ascii", 202),
        ("application/cloudevents+json; charset=utf-8", 202),
        ("application/cloudevents-batch+json", 202),
        (None, 415),
        ("", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/json; charset=utf-16", 415),
        ("application/json; charset=latin-1", 415),
        ("application/cloudevents+avro", 415),
    ],
)
def test_the_type_of_the_body_decides_whether_it_is_read(
    desk: Desk, content_type: str | None, status: int
) -> None:
    answer = desk.post(USAGE, content_type)

    assert answer.status_code == status
    assert bool(desk.intake.bodies) is (status == 202)


ATTRIBUTES = {
    "ce-specversion": "1.0",
    "ce-id": "A234",
    "ce-source": "urn:example:search",
    "ce-type": "com.example.usage",
    "ce-subject": str(CLOUD_EVENT["subject"]),
    "ce-time": "2026-11-18T12:04:05Z",
}
DATA = CLOUD_EVENT["data"]


def test_a_cloud_event_is_the_same_in_each_mode(desk: Desk) -> None:
    answers = [
        desk.post(CLOUD_EVENT, "application/cloudevents+json"),
        desk.post([CLOUD_EVENT], "application/cloudevents-batch+json"),
        desk.post(DATA, JSON, ATTRIBUTES),
    ]

    assert [answer.status_code for answer in answers] == [202] * 3
    (event,) = read_body(json.dumps(CLOUD_EVENT))
    assert [read_body(body) for body in desk.intake.bodies] == [[event]] * 3


def test_headers_of_binary_mode_say_nothing_beside_a_structured_event(desk: Desk) -> None:
    desk.post(CLOUD_EVENT, "application/cloudevents+json", {"ce-id": "other"})

    assert [read_body(body) for body in desk.intake.bodies] == [read_body(json.dumps(CLOUD_EVENT))]


def test_attributes_of_binary_mode_are_percent_encoded(desk: Desk) -> None:
    answer = desk.post(DATA, JSON, {**ATTRIBUTES, "ce-id": "%E2%82%AC%20%22,%7D%25"})

    assert answer.document is not None
    assert answer.document["results"] == [
        {"position": 0, "status": "accepted", "id": 'urn:example:search \u20ac ",}%'}
    ]


@pytest.mark.parametrize(
    ("change", "body", "status"),
    [
        ({"ce-specversion": "0.3"}, DATA, 422),
        ({"ce-specversion": "1.0,1.0"}, DATA, 422),
        ({"ce-data_base64": "e30="}, DATA, 422),
        ({"ce-data": "{}"}, DATA, 422),
        ({}, 7, 422),
        ({}, b'{}, "id": "other"', 400),
        ({}, b"", 400),
        ({"ce-id": "%FF"}, DATA, 400),
    ],
    ids=[
        *("another version", "a version twice", "data twice", "data as a header", "no object"),
        *("data that go on", "no data", "no UTF-8"),
    ],
)
def test_binary_mode_is_refused_by_the_rules_of_cloud_events(
    desk: Desk, change: dict[str, str], body: object, status: int
) -> None:
    assert desk.post(body, JSON, {**ATTRIBUTES, **change}).status_code == status
    assert desk.intake.bodies == []


def test_binary_mode_without_a_version_is_no_plain_event(desk: Desk) -> None:
    headers = {name: value for name, value in ATTRIBUTES.items() if name != "ce-specversion"}

    answer = desk.post(DATA, JSON, headers)

    assert answer.status_code == 422
    assert answer.document is not None
    results = answer.document["results"]
    assert isinstance(results, list)
    assert results[0]["faults"] == [
        {"code": "cloud_event_invalid", "message": "specversion must be 1.0"}
    ]


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"specversion": 1, "data": 7},
        {"tags": {"|": 1} | {str(n): "|" for n in range(6)}, "quantity": "1e9"},
        {"\U0001f600" * 40 + str(n): 1 for n in range(3)},
        {**USAGE, "id": "\U0001f600" * 120},
    ],
    ids=["everything missing", "no CloudEvent", "bad tags", "long names", "a long id"],
)
def test_the_longest_answer_is_one_that_lambda_returns(desk: Desk, event: dict[str, Any]) -> None:
    written = json.dumps(event, ensure_ascii=False).encode()
    count = min(REQUEST_EVENTS_MAX, (REQUEST_BYTES_MAX - 2) // (len(written) + 1))

    answer = desk.post(b"[" + b",".join([written] * count) + b"]")

    assert answer.status_code in {202, 422}
    assert len(json.dumps(write_answer(answer)).encode()) < LAMBDA_ANSWER_BYTES_MAX


def test_no_event_is_quoted_in_the_log(desk: Desk) -> None:
    desk.post([{**USAGE, "id": "a-secret", "quantity": -1}, {**USAGE, "id": "a-secret"}])

    assert "a-secret" not in repr(desk.report.events)
