"""The example events and the JSON Schema of a usage event agree with what the code reads."""

import base64
import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from meterhouse.domain.operator_commands import NO_COMMANDS, read_commands
from meterhouse.domain.records.policy import LATE_USAGE_MAX
from meterhouse.domain.usage.events import QueueMessage, Rejection, read_message
from tests.template.cloudformation import REPOSITORY, RULE, SUBSCRIPTION, resources, routes

EVENTS = REPOSITORY / "events"
MESSAGES = "agreement-messages.json"
NOW = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)
LICENSE = "arn:aws:license-manager::294406891311:license:l-0123456789abcdef"
EVENT: dict[str, Any] = {"subscription": LICENSE, "dimension": "api_calls", "quantity": 1}
CLOUD_EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "1",
    "source": "urn:example",
    "subject": LICENSE,
    "data": {"dimension": "api_calls", "quantity": 1},
}

ENCODED = {key: CLOUD_EVENT[key] for key in CLOUD_EVENT if key != "data"} | {
    "data_base64": base64.b64encode(b'{"dimension": "api_calls", "quantity": 1}').decode()
}
EMITTED: dict[str, Any] = {
    "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
    "detail-type": "Usage",
    "time": "2026-11-22T18:24:00Z",
    "detail": EVENT,
}
NOTIFICATION = {
    "Type": "Notification",
    "MessageId": "dc1e94d9-56c5-5e96-808d-cc7f68faa162",
    "TopicArn": "arn:aws:sns:us-east-1:123456789012:usage",
    "Message": json.dumps(EVENT),
    "Timestamp": "2026-11-22T18:23:01.204Z",
}


def read_event_file(name: str) -> Any:
    return json.loads((EVENTS / name).read_text(), parse_float=Decimal)


def accepts(body: str) -> bool:
    """Ask the published schema, with numbers read exactly as the code reads them."""
    validator = Draft202012Validator(read_event_file("usage-event.schema.json"))
    return bool(validator.is_valid(json.loads(body, parse_float=Decimal)))


def understands(body: str) -> bool:
    """Ask the code."""
    message = QueueMessage("m-1", body, NOW)
    return not any(
        isinstance(read, Rejection)
        for read in read_message(message, now=NOW, late_max=LATE_USAGE_MAX)
    )


def with_changes(**changes: Any) -> str:
    return json.dumps(EVENT | changes)


def form_of(body: Any) -> str:
    """Name what tells a form of a body from the others."""
    if isinstance(body, list):
        return "a batch"
    names = ("events", "specversion", "TopicArn", "detail-type")
    return next((name for name in names if name in body), "one event")


def test_the_schema_is_a_valid_schema() -> None:
    schema = read_event_file("usage-event.schema.json")

    assert validator_for(schema) is Draft202012Validator
    Draft202012Validator.check_schema(schema)


def test_the_example_messages_show_each_form_and_are_understood() -> None:
    bodies = [record["body"] for record in read_event_file("usage-messages.json")["Records"]]
    parsed = [json.loads(body) for body in bodies]

    assert [form_of(body) for body in parsed] == [
        *("one event", "events", "specversion", "a batch", "TopicArn", "detail-type"),
    ]
    assert all(accepts(body) and understands(body) for body in bodies)


@pytest.mark.parametrize(
    "body",
    [
        with_changes(quantity=0),
        with_changes(quantity="0012.500000"),
        with_changes(quantity="9999999999.999999"),
        with_changes(quantity=1e-06),
        with_changes(id=None, time=None, tags=None),
        with_changes(tags={"team": "search", "cost centre": "A=1"}),
        with_changes(time="2026-11-22T19:04:05+01:00"),
        with_changes(subscription={"product_code": "p", "customer_identifier": "c"}),
        with_changes(subscription={"product_code": "p", "customer_aws_account_id": "1"}),
        with_changes(subscription="tenant:acme"),
        with_changes(subscription="tenant:" + "~" * 128),
        json.dumps(CLOUD_EVENT | {"subject": "tenant:acme:eu/1"}),
        json.dumps({"events": [EVENT, CLOUD_EVENT]}),
        json.dumps(CLOUD_EVENT | {"time": "2026-11-22T18:00:00Z", "traceparent": "00-ab"}),
        json.dumps([CLOUD_EVENT, EVENT, ENCODED]),
        json.dumps({"events": [ENCODED]}),
        json.dumps(NOTIFICATION),
        json.dumps(EMITTED),
        json.dumps(EMITTED | {"detail": {"events": [EVENT, CLOUD_EVENT]}, "extra": "metadata"}),
        json.dumps(NOTIFICATION | {"Message": json.dumps(EMITTED)}),
    ],
)
def test_what_the_schema_accepts_the_code_understands(body: str) -> None:
    assert accepts(body)
    assert understands(body)


@pytest.mark.parametrize(
    "body",
    [
        with_changes(quantity=-1),
        with_changes(quantity="12,5"),
        with_changes(quantity="1e3"),
        with_changes(quantity=True),
        with_changes(quantity=10_000_000_000),
        with_changes(quantity=1e-07),
        with_changes(id=""),
        with_changes(id="x" * 129),
        with_changes(id=7),
        with_changes(dimension=""),
        with_changes(dimension="d" * 256),
        with_changes(subscription="l-0123"),
        *(
            with_changes(subscription=name)
            for name in (
                "tenant:",
                "tenant:a%20b",
                "tenant:a b",
                "tenant:a#b",
                "tenant:a|b",
                "Tenant:acme",
                "acme",
            )
        ),
        with_changes(subscription="tenant:" + "x" * 129),
        with_changes(subscription="tenant:é"),
        with_changes(subscription={"product_code": "p"}),
        with_changes(
            subscription={
                "product_code": "p",
                "customer_identifier": "c",
                "customer_aws_account_id": "1",
            }
        ),
        with_changes(time=1795370645),
        with_changes(tags={"a": 1}),
        with_changes(tags={str(number): "x" for number in range(6)}),
        with_changes(tags={"team": "<b>"}),
        with_changes(colour="red"),
        json.dumps({"events": []}),
        json.dumps({"events": [EVENT], "more": 1}),
        json.dumps({key: CLOUD_EVENT[key] for key in CLOUD_EVENT if key != "source"}),
        json.dumps({key: CLOUD_EVENT[key] for key in CLOUD_EVENT if key != "subject"}),
        json.dumps(CLOUD_EVENT | {"specversion": "0.3"}),
        json.dumps(ENCODED | {"data": CLOUD_EVENT["data"]}),
        json.dumps(ENCODED | {"data_base64": "e30"}),
        json.dumps({key: ENCODED[key] for key in ENCODED if key != "data_base64"}),
        json.dumps([EVENT, CLOUD_EVENT | {"id": ""}]),
        json.dumps([[EVENT]]),
        json.dumps({"events": [EMITTED]}),
        json.dumps(NOTIFICATION | {"Type": "SubscriptionConfirmation"}),
        json.dumps({key: NOTIFICATION[key] for key in NOTIFICATION if key != "MessageId"}),
        json.dumps(NOTIFICATION | {"Message": EVENT}),
        json.dumps(EMITTED | {"id": "x" * 101}),
        json.dumps(EMITTED | {"time": None}),
        json.dumps(EMITTED | {"detail": EVENT | {"quantity": -1}}),
        "[]",
        "7",
    ],
)
def test_what_the_schema_refuses_the_code_rejects(body: str) -> None:
    assert not accepts(body)
    assert not understands(body)


def test_there_is_an_example_for_each_trigger_of_the_template() -> None:
    pages = [read_event_file(name) for name in ("register-page.json", "register-token.json")]
    assert {page["routeKey"] for page in pages} == {
        f"{method} {path}" for method, path, _ in routes(signed=False)
    }
    request = read_event_file("api-request.json")
    assert request["routeKey"] in {f"{method} {path}" for method, path, _ in routes(signed=True)}
    assert request["version"] == "2.0"
    assert {page["version"] for page in pages} == {"2.0"}
    assert read_event_file("reconcile-schedule.json")["source"] == "aws.scheduler"
    for name in ("agreement-events.json", "agreement-messages.json"):
        assert {record["eventSource"] for record in read_event_file(name)["Records"]} == {"aws:sqs"}
    assert read_event_file("usage-messages.json")["Records"][0]["eventSource"] == "aws:sqs"


def bodies_of(name: str) -> list[dict[str, Any]]:
    return [json.loads(record["body"]) for record in read_event_file(name)["Records"]]


def test_the_example_events_are_such_as_the_rule_matches() -> None:
    (rule,) = resources(RULE).values()

    for body in bodies_of("agreement-events.json"):
        assert [body["source"]] == rule["EventPattern"]["source"]
        assert {"id", "detail-type", "time", "account", "detail"} <= body.keys()


def test_the_example_messages_come_from_both_topics_of_the_product_that_they_name() -> None:
    subscribed = {topic["TopicArn"]["Fn::Sub"][0] for topic in resources(SUBSCRIPTION).values()}
    codes = [json.loads(body["Message"])["product-code"] for body in bodies_of(MESSAGES)]

    assert len(set(codes)) == 1
    assert {body["TopicArn"] for body in bodies_of(MESSAGES)} == {
        topic.replace("${Code}", codes[0]) for topic in subscribed
    }


@pytest.mark.parametrize("name", ["usage-messages.json", "agreement-events.json", MESSAGES])
def test_an_example_of_sqs_has_the_digest_of_its_body(name: str) -> None:
    for record in read_event_file(name)["Records"]:
        digest = hashlib.md5(record["body"].encode(), usedforsecurity=False).hexdigest()
        assert record["md5OfBody"] == digest


def test_the_example_of_an_operators_commands_is_understood() -> None:
    commands = read_commands(read_event_file("reconcile-commands.json"), NOW)

    assert [str(key) for key in commands.redriven] == [
        "license#l-0123456789abcdef|api_calls|2026-11-22T17"
    ]
    assert [str(key) for key in (*commands.released, *commands.rejected)] == [
        "license#l-0123456789abcdef|api_calls|2026-11-22T18",
        "license#l-0123456789abcdef|gigabytes|2026-11-22T18",
    ]
    assert [one.reference for one in commands.settled.values()] == ["INV-2026-113"]
    assert [str(key)[-2:] for key in commands.reopened] == ["16"]
    assert [flush.subscription for flush in commands.flushes] == ["license#l-0123456789abcdef"]
    assert [stop.subscription for stop in commands.stops] == ["license#l-0123456789abcdef"]
    assert commands.ending == ("license#l-0123456789abcdef",)


def test_a_tick_of_the_schedule_commands_nothing() -> None:
    assert read_commands(read_event_file("reconcile-schedule.json"), NOW) == NO_COMMANDS
