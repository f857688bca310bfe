"""Every reason for which an event can never be billed as it is, once."""

import json
from datetime import timedelta
from typing import Any

import pytest

from meterhouse.domain.usage.events import QueueMessage, Rejection, UsageEvent, read_message
from tests.unit.domain.builders import (
    LICENSE_ARN,
    PRODUCT_CODE,
    READ_AT,
    SENT_AT,
    USAGE,
    read_body,
)

CLOUD = {
    "specversion": "1.0",
    "id": "A234",
    "source": "urn:example:search",
    "subject": LICENSE_ARN,
    "data": {"dimension": "api_calls", "quantity": 7},
}


def rejection_of(body: str) -> Rejection:
    (member,) = read_body(body)
    assert isinstance(member, Rejection), member
    return member


def without(event: dict[str, Any] | Any, field: str) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name != field}


@pytest.mark.parametrize("body", ["", "hello", '{"quantity": ', "[" * 200_000, "{'id': 1}"])
def test_a_body_that_is_not_json_is_handed_over_as_it_came(body: str) -> None:
    rejection = rejection_of(body)

    assert (rejection.code, rejection.content, rejection.position) == ("not_json", body, None)


@pytest.mark.parametrize("body", ['{"events": []}', "[]"])
def test_a_packed_message_without_events_is_a_mistake(body: str) -> None:
    assert rejection_of(body).code == "events_empty"


@pytest.mark.parametrize("body", ["7", "null", '"text"', "[[]]", "true", "NaN", "9" * 5_000])
def test_an_event_that_is_no_object(body: str) -> None:
    assert rejection_of(body).code == "not_an_object"


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(USAGE)[:-1] + ', "quantity": 13}',
        json.dumps({**USAGE, "tags": {"a": "1"}}).replace('{"a": "1"}', '{"a": "1", "a": "2"}'),
        json.dumps(CLOUD)[:-1] + ', "id": "B"}',
        json.dumps(CLOUD).replace('"quantity": 7', '"quantity": 7, "quantity": 8'),
    ],
    ids=["event", "tags", "cloud event", "cloud event's data"],
)
def test_a_field_given_twice_could_mean_either(body: str) -> None:
    assert rejection_of(body).code == "duplicate_field"


def test_a_rejection_for_a_repeated_field_still_holds_everything_that_was_sent() -> None:
    body = json.dumps({"events": [{**USAGE, "id": "one"}]})
    twice = body[:-1] + ', "events": [' + json.dumps({**USAGE, "id": "two"}) + "]}"

    rejection = rejection_of(twice)

    assert rejection.code == "duplicate_field"
    assert '"one"' in str(rejection.content)
    assert '"two"' in str(rejection.content)


@pytest.mark.parametrize(
    "event",
    [
        {**USAGE, "colour": "red"},
        {**USAGE, "Quantity": 1},
        {**USAGE, "specVersion": "1.0"},
        {"events": [USAGE], "batch": 1},
        {"events": USAGE},
    ],
    ids=repr,
)
def test_an_unknown_field_may_be_a_misspelt_one(event: dict[str, Any]) -> None:
    assert rejection_of(json.dumps(event)).code == "field_unknown"


@pytest.mark.parametrize(
    "event",
    [
        {**CLOUD, "specversion": "0.3"},
        {**CLOUD, "specversion": 1.0},
        {**CLOUD, "data": "text"},
        without(CLOUD, "data"),
        without(CLOUD, "id"),
        without(CLOUD, "source"),
        {**CLOUD, "id": ""},
        {**CLOUD, "source": "two words"},
        {**CLOUD, "id": 7},
    ],
    ids=repr,
)
def test_what_says_that_it_is_a_cloud_event_must_be_one(event: dict[str, Any]) -> None:
    assert rejection_of(json.dumps(event)).code == "cloud_event_invalid"


@pytest.mark.parametrize("event_id", ["", 7, True, [], "x" * 129, "\ud83d"], ids=repr)
def test_an_id_is_a_text_of_at_most_128_characters(event_id: object) -> None:
    assert rejection_of(json.dumps({**USAGE, "id": event_id})).code == "id_invalid"


def test_half_a_surrogate_pair_in_a_cloud_events_id_is_refused_too() -> None:
    assert rejection_of(json.dumps({**CLOUD, "id": "\ud83d"})).code == "id_invalid"


@pytest.mark.parametrize("dimension", ["", None, 7, ["a"], "x" * 256, "\udc00"], ids=repr)
def test_a_dimension_is_a_text_of_at_most_255_characters(dimension: object) -> None:
    body = json.dumps({**USAGE, "dimension": dimension})

    assert rejection_of(body).code == "dimension_invalid"
    assert rejection_of(json.dumps(without(USAGE, "dimension"))).code == "dimension_invalid"


@pytest.mark.parametrize(
    "subscription",
    [None, "l-123", {"product_code": PRODUCT_CODE}, 7, [LICENSE_ARN], {"license": LICENSE_ARN}],
    ids=repr,
)
def test_a_subscription_has_one_of_three_forms(subscription: object) -> None:
    body = json.dumps({**USAGE, "subscription": subscription})

    assert rejection_of(body).code == "subscription_invalid"
    assert rejection_of(json.dumps(without(USAGE, "subscription"))).code == "subscription_invalid"


def test_a_missing_quantity_is_never_taken_for_zero() -> None:
    assert rejection_of(json.dumps(without(USAGE, "quantity"))).code == "quantity_missing"


@pytest.mark.parametrize(
    ("quantity", "code"),
    [
        ("null", "quantity_invalid"),
        ('"twelve"', "quantity_invalid"),
        ("true", "quantity_invalid"),
        ("NaN", "quantity_invalid"),
        ("-1", "quantity_negative"),
        ("-0.5", "quantity_negative"),
        ("10000000000", "quantity_too_large"),
        ('"10000000000"', "quantity_too_large"),
        ("1e300", "quantity_too_large"),
        (repr(0.1 + 0.2), "quantity_too_precise"),
        ('"0.0000001"', "quantity_too_precise"),
    ],
)
def test_a_quantity_must_be_one_that_aws_can_bill_exactly(quantity: str, code: str) -> None:
    body = json.dumps({**USAGE, "quantity": "Q"}).replace('"Q"', quantity)

    assert rejection_of(body).code == code


@pytest.mark.parametrize(
    "time",
    [
        *("", "yesterday", "2026-11-18", "2026-11-18T12:04:05", "2026-13-18T12:04:05Z", 1795343415),
        *(True, [], "0001-01-01T00:00:00+10:00", "2026-11-18T12:04:05Z\n", "\ud800"),
    ],
    ids=repr,
)
def test_a_time_needs_a_date_a_clock_time_and_an_offset(time: object) -> None:
    assert rejection_of(json.dumps({**USAGE, "time": time})).code == "time_invalid"


@pytest.mark.parametrize("time", ["2026-11-18T14:00:01Z", "9999-12-31T23:59:59Z"])
def test_usage_of_the_far_future_has_not_happened(time: str) -> None:
    assert READ_AT.isoformat() == "2026-11-18T13:00:00+00:00"
    assert rejection_of(json.dumps({**USAGE, "time": time})).code == "time_in_future"


@pytest.mark.parametrize(
    "time", ["1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "2025-11-28T10:00:00Z"]
)
def test_usage_from_before_the_bound_is_not_taken_at_all(time: str) -> None:
    rejection = rejection_of(json.dumps({**USAGE, "time": time}))

    assert rejection.code == "time_too_old"
    assert rejection.sentence == (
        "time lies over 31 days (LateUsageDaysMax) before SQS took the message"
    )


@pytest.mark.parametrize("days", [1, 31, 366])
def test_the_bound_is_counted_from_when_sqs_took_the_message(days: int) -> None:
    oldest_at = SENT_AT - timedelta(days=days)
    times = (oldest_at, oldest_at - timedelta(microseconds=1))
    body = json.dumps({"events": [{**USAGE, "time": time.isoformat()} for time in times]})

    taken, rejected = read_message(
        QueueMessage("m1", body, SENT_AT), now=READ_AT, late_max=timedelta(days=days)
    )

    assert isinstance(taken, UsageEvent)
    assert isinstance(rejected, Rejection)
    assert f" {days} days " in rejected.sentence


@pytest.mark.parametrize("waited", [timedelta(0), timedelta(days=14)])
def test_however_long_a_message_waits_its_old_usage_meets_the_same_bound(
    waited: timedelta,
) -> None:
    times = [SENT_AT - timedelta(days=31), SENT_AT - timedelta(days=32)]
    body = json.dumps({"events": [{**USAGE, "time": time.isoformat()} for time in times]})
    message = QueueMessage("m1", body, SENT_AT)

    members = list(read_message(message, now=SENT_AT + waited, late_max=timedelta(days=31)))

    assert [isinstance(one, UsageEvent) for one in members] == [True, False]


@pytest.mark.parametrize(
    "tags",
    [
        *(7, True, "team", ["team"], [], 0, "", False, {"team": 7}, {"team": None}, {"team": ""}),
        *({"": "x"}, {"team": "x" * 257}, {"k" * 101: "x"}, {"team": "a&b"}, {"team": "é"}),
        *({"team": "x\n"}, {str(n): "x" for n in range(6)}),
    ],
    ids=repr,
)
def test_tags_are_what_aws_allows_in_an_allocation(tags: object) -> None:
    assert rejection_of(json.dumps({**USAGE, "tags": tags})).code == "tags_invalid"


@pytest.mark.parametrize(
    ("subscription", "dimension"),
    [
        (LICENSE_ARN, "\U0001f600" * 255),
        ({"product_code": "p" * 255, "customer_identifier": "\U0001f600" * 255}, "api_calls"),
    ],
    ids=["dimension", "customer"],
)
def test_names_that_no_table_key_can_hold_are_refused(subscription: object, dimension: str) -> None:
    # The name of an account is a sort key, which holds 1,024 bytes:
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
    body = json.dumps({**USAGE, "subscription": subscription, "dimension": dimension})

    assert rejection_of(body).code in {"dimension_invalid", "subscription_invalid"}


def test_a_rejection_explains_itself_in_a_sentence_and_keeps_the_event_whole() -> None:
    event = {**USAGE, "quantity": -1, "tags": {"team": "search"}}

    rejection = rejection_of(json.dumps(event))

    assert rejection.message_id == "m1"
    assert rejection.sentence == "quantity must not be negative"
    assert rejection.content == event
