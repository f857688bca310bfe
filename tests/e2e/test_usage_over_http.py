"""Usage sent over HTTP to the deployed stack: refused each for itself, billed once."""

import json
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from marketplace_sandbox.client import MeteringMode

from local.seller.seller_api import Signature, call_api, error_code
from local.seller.usage import UsageFact
from meterhouse.domain.usage.requests import REQUEST_BYTES_MAX
from tests.e2e.running_stack import RunningStack, closed_hour

pytestmark = pytest.mark.stack

JSON = "application/json"


def post(
    stack: RunningStack, body: object, content_type: str = JSON, **headers: str
) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return call_api(
        stack.addresses.api_url,
        "POST",
        "/usage",
        auth=Signature(stack.aws.account),
        content=content,
        headers={"Content-Type": content_type, **headers},
    )


def facts_of(stack: RunningStack, name: str, count: int) -> list[UsageFact]:
    """Sell and register; return usage of an hour that can be billed at once."""
    subscription = stack.sell(name, MeteringMode.LICENSE, "api_calls")
    stack.register(subscription)
    at = closed_hour() + timedelta(minutes=5)
    return [
        UsageFact(f"{name}-{n}", subscription, "api_calls", Decimal(n + 1), at)
        for n in range(count)
    ]


def test_a_thousand_events_in_one_request_are_judged_each_for_itself_and_billed_once(
    stack: RunningStack,
) -> None:
    facts = facts_of(stack, "thousand", 1_000)
    events: list[dict[str, Any]] = [fact.as_event() for fact in facts]
    bad: dict[int, tuple[str, dict[str, Any]]] = {
        3: ("quantity_negative", {"quantity": -1}),
        500: ("id_missing", {"id": None}),
        999: ("subscription_invalid", {"subscription": "<script>alert(1)</script>"}),
    }
    for position, (_, change) in bad.items():
        events[position] |= change

    answers = [post(stack, {"events": events}) for _ in range(2)]

    for answer in answers:
        assert answer.status_code == httpx.codes.MULTI_STATUS
        document = answer.json()
        assert (document["accepted"], document["rejected"]) == (997, 3)
        assert [one["position"] for one in document["results"]] == list(range(1_000))
        refused = {
            one["position"]: [fault["code"] for fault in one["faults"]]
            for one in document["results"]
            if one["status"] == "rejected"
        }
        assert refused == {position: [code] for position, (code, _) in bad.items()}
    taken = [fact for position, fact in enumerate(facts) if position not in bad]
    assert stack.wait_until_billed(taken).is_exact
    assert stack.compare(taken).is_exact


def test_a_cloud_event_is_taken_in_each_of_its_modes(stack: RunningStack) -> None:
    facts = facts_of(stack, "modes", 3)
    structured, batched, binary = (fact.as_cloud_event("urn:e2e") for fact in facts)
    data = binary.pop("data")
    attributes = {f"ce-{name}": value for name, value in binary.items() if name[0] != "d"}

    answers = [
        post(stack, structured, "application/cloudevents+json; charset=utf-8"),
        post(stack, [batched], "application/cloudevents-batch+json"),
        post(stack, data, **attributes),
    ]

    assert [answer.status_code for answer in answers] == [httpx.codes.ACCEPTED] * 3
    assert [answer.json()["results"][0]["id"] for answer in answers] == [
        f"urn:e2e modes-{n}" for n in range(3)
    ]
    assert stack.wait_until_billed(facts).is_exact


def statuses(answers: Sequence[httpx.Response]) -> list[tuple[int, str]]:
    return [(answer.status_code, error_code(answer)) for answer in answers]


def test_what_cannot_be_read_is_answered_in_the_form_of_errors(stack: RunningStack) -> None:
    answers = [
        post(stack, b"{"),
        post(stack, b"[" * 100_000),
        post(stack, {"events": []}),
        post(stack, b"\xff", "application/cloudevents+json"),
        post(stack, b" " * (REQUEST_BYTES_MAX + 1)),
        post(stack, {}, "text/plain"),
    ]

    assert statuses(answers) == [
        (400, "not_json"),
        (400, "not_json"),
        (400, "events_empty"),
        (400, "not_json"),
        (413, "body_too_large"),
        (415, "content_type_unsupported"),
    ]


def test_who_has_no_right_to_send_is_not_listened_to(stack: RunningStack) -> None:
    (fact,) = facts_of(stack, "unsigned", 1)

    answer = call_api(
        stack.addresses.api_url, "POST", "/usage", auth=None, document=fact.as_event()
    )

    assert answer.status_code == httpx.codes.FORBIDDEN
