"""Usage in the envelopes of SNS and EventBridge: billed as without them, once, in its hour."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from meterhouse.domain.records.policy import LATE_USAGE_MAX
from meterhouse.domain.usage.events import QueueMessage, Rejection, UsageEvent, read_message
from tests.unit.domain.builders import NOON_AT, READ_AT, SENT_AT, USAGE, read_body

NO_VALUE = "Expecting value: line 1 column 1 (char 0)"
BARE = {name: USAGE[name] for name in ("subscription", "dimension", "quantity")}
CLOUD: dict[str, Any] = {
    "specversion": "1.0",
    "id": "A234",
    "source": "urn:example:search",
    "data": BARE,
}
# As SNS and EventBridge write them.
PUBLISHED_AT = datetime(2026, 11, 18, 11, 59, 58, 123_000, tzinfo=UTC)
NOTIFICATION: dict[str, Any] = {
    "Type": "Notification",
    "MessageId": "dc1e94d9-56c5-5e96-808d-cc7f68faa162",
    "TopicArn": "arn:aws:sns:us-east-1:111122223333:usage",
    "Subject": "usage",
    "Timestamp": "2026-11-18T11:59:58.123Z",
    "SignatureVersion": "1",
    "Signature": "FMG5tlZhJNHLHUXvZgtZzlk24FzVa7oX0T4P03neeXw8ZEXZx6z35j2FOTuNYShn2h0bKNC",
    "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem",
    "UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe",
    "MessageAttributes": {"quantity": {"Type": "Number", "Value": "99"}},
}
EMITTED_AT = datetime(2026, 11, 18, 11, 59, 57, tzinfo=UTC)
EVENT: dict[str, Any] = {
    "version": "0",
    "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
    "detail-type": "Usage",
    "source": "com.example.search",
    "account": "111122223333",
    "time": "2026-11-18T11:59:57Z",
    "region": "us-east-1",
    "resources": [],
}


def in_sns(text: str, **changes: Any) -> str:
    return json.dumps({**NOTIFICATION, "Message": text, **changes})


def in_event_bridge(text: str, **changes: Any) -> str:
    opened = json.dumps({**EVENT, **changes}).removesuffix("}")
    return f'{opened}, "detail": {text}}}'


def in_both(text: str) -> str:
    return in_sns(in_event_bridge(text))


envelopes = pytest.mark.parametrize(
    "wrap", [in_sns, in_event_bridge, in_both], ids=["SNS", "EventBridge", "EventBridge in SNS"]
)


@envelopes
@pytest.mark.parametrize(
    "inner",
    [
        json.dumps(USAGE),
        json.dumps({**USAGE, "quantity": "0.1", "tags": {"team": "search"}}),
        json.dumps({**BARE, "id": "e1", "time": "2026-11-18T12:04:05Z"}),
        json.dumps({"events": [USAGE, {**USAGE, "id": "e2"}]}),
        json.dumps({**CLOUD, "time": "2026-11-18T12:04:05Z"}),
        json.dumps({"events": [{**USAGE, "quantity": -1}, {**USAGE, "colour": "red"}]}),
        json.dumps(USAGE).replace("12,", "0.1,"),
        json.dumps({**USAGE, "dimension": "gr\u00f6\u00dfe"}),
        # What reading takes something away from is shown as the text that it came as.
        f'{{"events": [{json.dumps(USAGE)}, {{"id": "e2", "quantity": NaN}}]}}',
        json.dumps(USAGE)[:-1] + ', "quantity": 13}',
    ],
)
def test_an_event_with_an_id_and_a_time_is_the_same_with_and_without_an_envelope(
    wrap: Any, inner: str
) -> None:
    assert read_body(wrap(inner)) == read_body(inner)


def test_a_batch_of_cloud_events_may_come_by_sns() -> None:
    batch = json.dumps([CLOUD, {**CLOUD, "id": "B"}])

    assert [one.event_id for one in read_body(in_sns(batch)) if isinstance(one, UsageEvent)] == [
        "urn:example:search A234",
        "urn:example:search B",
    ]


def deliveries(body: str) -> list[list[tuple[str, datetime]]]:
    """Deliver it twice, as SNS and EventBridge may: SQS makes two messages, hours apart."""
    messages = [
        QueueMessage("m1", body, SENT_AT),
        QueueMessage("m2", body, SENT_AT + timedelta(hours=20)),
    ]
    return [
        [
            (one.event_id, one.occurred_at)
            for one in read_message(message, now=READ_AT, late_max=LATE_USAGE_MAX)
            if isinstance(one, UsageEvent)
        ]
        for message in messages
    ]


@pytest.mark.parametrize(
    ("wrap", "event_id", "at"),
    [
        (in_sns, NOTIFICATION["MessageId"], PUBLISHED_AT),
        (in_event_bridge, EVENT["id"], EMITTED_AT),
        (in_both, EVENT["id"], EMITTED_AT),
    ],
    ids=["SNS", "EventBridge", "EventBridge in SNS"],
)
def test_an_event_without_id_and_time_takes_both_from_the_envelope_on_every_delivery(
    wrap: Any, event_id: str, at: datetime
) -> None:
    single = deliveries(wrap(json.dumps(BARE)))
    packed = deliveries(wrap(json.dumps({"events": [BARE, BARE]})))

    assert single == [[(event_id, at)]] * 2
    assert packed == [[(f"{event_id}/0", at), (f"{event_id}/1", at)]] * 2


@pytest.mark.parametrize("wrap", [in_sns, in_event_bridge], ids=["SNS", "EventBridge"])
def test_what_an_event_says_itself_wins_over_its_envelope(wrap: Any) -> None:
    named = deliveries(wrap(json.dumps({**BARE, "id": "e1"})))
    timed = deliveries(wrap(json.dumps({**BARE, "time": NOON_AT.isoformat()})))

    assert [event_id for ((event_id, _),) in named] == ["e1", "e1"]
    assert [occurred_at for ((_, occurred_at),) in timed] == [NOON_AT, NOON_AT]


def test_old_usage_in_an_envelope_meets_the_bound_of_all_usage() -> None:
    old = in_event_bridge(json.dumps(BARE), time="2026-10-01T00:00:00Z")
    early = in_sns(json.dumps(BARE), Timestamp="2026-11-19T00:00:00.000Z")

    assert [one.code for one in refused(old)] == ["time_too_old"]
    assert [one.code for one in refused(early)] == ["time_in_future"]


def refused(body: str) -> list[Rejection]:
    members = read_body(body)
    assert all(isinstance(one, Rejection) for one in members), members
    return [one for one in members if isinstance(one, Rejection)]


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        (
            in_sns("x", Type="SubscriptionConfirmation", Token="2336412f", SubscribeURL="https://"),
            [
                (
                    "envelope_invalid",
                    "SNS asks whether it may send to this queue: open the SubscribeURL once",
                )
            ],
        ),
        (
            in_sns("x", Type="UnsubscribeConfirmation"),
            [
                (
                    "envelope_invalid",
                    "a message of SNS must be a Notification with a text as its Message",
                )
            ],
        ),
        (
            in_sns("hello", MessageId="", Timestamp="now"),
            [
                (
                    "not_json",
                    f"in the Message of SNS, the body is not JSON: {NO_VALUE}",
                ),
                ("envelope_invalid", "MessageId of the envelope is none of AWS's"),
                ("envelope_invalid", "Timestamp of the envelope is none of AWS's"),
            ],
        ),
        (
            in_event_bridge(json.dumps(USAGE), id="x" * 101, time=None),
            [
                ("envelope_invalid", "id of the envelope is none of AWS's"),
                ("envelope_invalid", "time of the envelope is none of AWS's"),
            ],
        ),
        (
            in_event_bridge(json.dumps(USAGE) + ', "detail": ' + json.dumps(BARE)),
            [("duplicate_field", "a field of the envelope is given twice")],
        ),
    ],
    ids=["asks for consent", "says goodbye", "no JSON", "no stamps", "two details"],
)
def test_an_envelope_that_cannot_be_opened_is_refused_whole_with_everything_wrong_in_it(
    body: str, faults: list[tuple[str, str]]
) -> None:
    (rejection,) = refused(body)

    assert [tuple(fault) for fault in rejection.faults] == faults
    assert (rejection.content, rejection.position) == (body, None)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (json.dumps({"events": [{**NOTIFICATION, "Message": json.dumps(USAGE)}]}), "field_unknown"),
        (json.dumps({**USAGE, "Type": "Notification"}), "field_unknown"),
        (json.dumps({**USAGE, "detail-type": "Usage"}), "field_unknown"),
        (in_event_bridge('"text"'), "not_an_object"),
        (in_event_bridge("[]"), "events_empty"),
    ],
)
def test_what_only_looks_like_an_envelope_is_not_opened(body: str, code: str) -> None:
    (rejection,) = refused(body)

    assert rejection.code == code


def test_a_cloud_event_is_no_envelope_of_aws_whatever_extensions_it_has() -> None:
    inner = json.dumps({**USAGE, "quantity": 99})
    extended = {**CLOUD, **EVENT, "id": "A234", "source": CLOUD["source"], "detail": {}}
    notified = {**CLOUD, **NOTIFICATION, "Message": inner}

    assert read_body(json.dumps(extended)) == read_body(
        json.dumps({**CLOUD, "time": EVENT["time"]})
    )
    assert read_body(json.dumps(notified)) == read_body(json.dumps(CLOUD))
