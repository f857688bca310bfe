"""Bodies that producers sent as they stand here, and the forms of CloudEvents among them."""

import base64
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records.policy import LATE_USAGE_MAX
from meterhouse.domain.subscriptions.identity import license_key
from meterhouse.domain.usage.events import QueueMessage, Rejection, UsageEvent, read_message
from tests.unit.domain.builders import CLOUD_EVENT, USAGE, read_body

LICENSE = "arn:aws:license-manager::294406891311:license:l-fa3e150f26d4c2fff4fa1fe174238f84"
SNS = (
    r'{"Type": "Notification", "MessageId": "m-1", "TopicArn": "arn:aws:sns:us-east-1:111122223333'
    r':usage", "Message": "{\"id\": \"a1\", \"subscription\": \"LICENSE\", \"dimension\": '
    r'\"api_calls\", \"quantity\": 1, \"time\": \"2026-11-28T20:05:00Z\"}", "Timestamp": '
    r'"2026-11-28T20:05:00.000Z", "SignatureVersion": "1", "Signature": "x", "SigningCertURL": '
    r'"https://sns.example/x.pem", "UnsubscribeURL": "https://sns.example/u"}'
)
BATCH = (
    '[{"specversion": "1.0", "id": "c1", "source": "/s", "type": "t", "subject": "LICENSE", '
    '"time": "2026-11-28T20:05:00Z", "data": {"dimension": "api_calls", "quantity": 1}}]'
)
ENCODED = (
    '{"specversion": "1.0", "id": "c2", "source": "/s", "type": "t", "subject": "LICENSE", '
    '"time": "2026-11-28T20:05:00Z", "datacontenttype": "application/json", '
    '"data_base64": "eyJkaW1lbnNpb24iOiJhcGlfY2FsbHMiLCJxdWFudGl0eSI6MX0="}'
)
OTHER_METER = (
    '{"specversion": "1.0", "type": "prompt", "id": "0b6a1f2e-7777-4b5c-9c1d-0123456789ab", '
    '"time": "2026-11-28T20:05:00.001Z", "source": "svc-0", "subject": "customer-1", '
    '"data": {"tokens": "123", "model": "m1", "type": "input"}}'
)


def read_as_sent(body: str) -> list[UsageEvent | Rejection]:
    sent_at = datetime(2026, 11, 28, 20, 6, tzinfo=UTC)
    message = QueueMessage("sqs-1", body.replace("LICENSE", LICENSE), sent_at)
    return list(read_message(message, now=sent_at, late_max=LATE_USAGE_MAX))


@pytest.mark.parametrize(
    ("body", "event_id"),
    [(SNS, "a1"), (BATCH, "/s c1"), (ENCODED, "/s c2")],
    ids=["in SNS's envelope", "a batch of CloudEvents", "a CloudEvent with data_base64"],
)
def test_one_call_at_five_past_eight_is_one_however_it_comes(body: str, event_id: str) -> None:
    hour_at = datetime(2026, 11, 28, 20, tzinfo=UTC)

    assert read_as_sent(body) == [
        UsageEvent(
            event_id=event_id,
            home=RecordKey(license_key(LICENSE), "api_calls", hour_at),
            quantity=Decimal(1),
            occurred_at=hour_at.replace(minute=5),
            tags=(),
        )
    ]


def test_an_event_of_another_meter_is_refused_with_all_that_keeps_it_from_being_billed() -> None:
    (rejection,) = read_as_sent(OTHER_METER)

    assert isinstance(rejection, Rejection)
    assert [tuple(fault) for fault in rejection.faults] == [
        ("field_unknown", "fields 'model', 'tokens', 'type' are not part of a usage event"),
        ("subscription_invalid", "subscription is not a license ARN of AWS License Manager"),
        ("dimension_invalid", "dimension must be a text, not empty"),
        ("quantity_missing", "quantity is missing"),
    ]
    assert rejection.content == json.loads(OTHER_METER)


def test_a_batch_is_the_same_as_packed_events_good_and_bad_ones_alike() -> None:
    batch = [CLOUD_EVENT, USAGE, {**CLOUD_EVENT, "id": ""}, 7, {**USAGE, "quantity": -1}, [USAGE]]
    written = json.dumps(batch)[:-1] + ', {"id": "twice", "id": "twice"}]'

    members = read_body(written)

    assert members == read_body(f'{{"events": {written}}}')
    assert [isinstance(one, UsageEvent) for one in members] == [True, True, *[False] * 5]
    assert [one.content for one in members if isinstance(one, Rejection)][-1] == (
        '{"id": "twice", "id": "twice"}'
    )


def test_events_of_a_batch_without_ids_are_told_apart_by_their_position() -> None:
    bare = {name: USAGE[name] for name in ("subscription", "dimension", "quantity")}

    members = read_body(json.dumps([bare, bare]))

    assert [one.event_id for one in members if isinstance(one, UsageEvent)] == ["m1/0", "m1/1"]


def encoded(data: str | bytes, /, **changes: Any) -> str:
    raw = data.encode() if isinstance(data, str) else data
    event: dict[str, Any] = {**CLOUD_EVENT, "data_base64": base64.b64encode(raw).decode()}
    del event["data"]
    return json.dumps({**event, **changes})


@pytest.mark.parametrize(
    "data",
    [
        '{"dimension": "api_calls", "quantity": 7}',
        '{"dimension": "gr\u00f6\u00dfe", "quantity": 0.1, "tags": {"team": "search"}}',
        '{"dimension": "api_calls", "quantity": 0.30000000000000004}',
        '{"dimension": "api_calls", "quantity": -1, "colour": "red"}',
    ],
)
def test_encoded_data_are_read_exactly_as_data_are(data: str) -> None:
    plain = json.dumps({**CLOUD_EVENT, "data": "D"}).replace('"D"', data)

    (decoded,), (event,) = read_body(encoded(data)), read_body(plain)

    if isinstance(event, UsageEvent):
        assert decoded == event
    else:
        assert isinstance(decoded, Rejection)
        assert decoded.faults == event.faults


def test_a_field_given_twice_in_encoded_data_could_mean_either() -> None:
    (rejection,) = read_body(encoded('{"dimension": "a", "dimension": "b", "quantity": 1}'))

    assert isinstance(rejection, Rejection)
    assert rejection.code == "duplicate_field"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        *(
            (body, "data_base64 must be the Base64 of a JSON object in UTF-8")
            for body in (
                encoded("", data_base64="e30"),
                encoded("", data_base64="e30=\n"),
                encoded("", data_base64="\u00e930="),
                encoded("", data_base64="e_-="),
                encoded("", data_base64=7),
                encoded(b"\xff\xfe{}"),
                encoded("hello"),
                encoded(""),
                encoded("[" * 100_000),
            )
        ),
        (encoded("[]"), "data must be a JSON object"),
        (encoded("{}", data={}), "data and data_base64 exclude each other"),
    ],
)
def test_encoded_data_that_nobody_can_read_are_refused(body: str, sentence: str) -> None:
    (rejection,) = read_body(body)

    assert isinstance(rejection, Rejection)
    assert [tuple(fault) for fault in rejection.faults] == [("cloud_event_invalid", sentence)]
    assert rejection.content == json.loads(body)


def test_null_beside_encoded_data_means_absent() -> None:
    data = '{"dimension": "api_calls", "quantity": 7}'

    assert read_body(encoded(data, data=None)) == read_body(json.dumps(CLOUD_EVENT))
    assert read_body(json.dumps({**CLOUD_EVENT, "data_base64": None})) == read_body(
        json.dumps(CLOUD_EVENT)
    )
