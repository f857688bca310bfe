"""Usage events as producers may write them: what is understood, and what stays equal."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records.policy import LATE_USAGE_MAX
from meterhouse.domain.subscriptions.identity import license_key
from meterhouse.domain.usage.events import QueueMessage, Rejection, UsageEvent, read_message
from tests.unit.domain.builders import (
    ACCOUNT,
    CLOUD_EVENT,
    HOUR,
    LICENSE_ARN,
    MINUTE,
    NOON_AT,
    PRODUCT_CODE,
    READ_AT,
    SENT_AT,
    USAGE,
    read_body,
)


def read_one(body: object) -> UsageEvent:
    (member,) = read_body(json.dumps(body))
    assert isinstance(member, UsageEvent), member
    return member


def test_an_event_says_who_used_how_much_of_what_and_when() -> None:
    event = read_one({**USAGE, "quantity": "12.5", "tags": {"team": "search", "app": "a b"}})

    assert event == UsageEvent(
        event_id="e1",
        home=RecordKey(license_key(LICENSE_ARN), "api_calls", NOON_AT),
        quantity=Decimal("12.5"),
        occurred_at=datetime(2026, 11, 18, 12, 4, 5, tzinfo=UTC),
        tags=(("app", "a b"), ("team", "search")),
    )


def test_an_exact_decimal_number_stays_exact() -> None:
    (event,) = read_body(json.dumps(USAGE).replace("12,", "0.1,"))

    assert isinstance(event, UsageEvent)
    assert event.quantity == Decimal("0.1")


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-18T12:59:59.999999Z",
        "2026-11-18T13:00:00+01:00",
        "2026-11-18T07:15:00-05:00",
        "2026-11-18T17:45:00+05:30",
        "2026-11-18t12:00:00z",
    ],
)
def test_a_time_in_any_zone_has_its_home_in_the_hour_of_utc(written: str) -> None:
    event = read_one({**USAGE, "time": written})

    assert event.home.hour_at == NOON_AT
    assert event.occurred_at.tzinfo is UTC


def test_usage_that_is_up_to_an_hour_early_waits_in_its_own_hour() -> None:
    assert read_one({**USAGE, "time": "2026-11-18T14:00:00Z"}).home.hour_at == READ_AT + HOUR


@pytest.mark.parametrize("slow", [6 * MINUTE, 3 * HOUR])
def test_a_host_whose_clock_is_slow_rejects_nothing_that_sqs_has_seen(slow: timedelta) -> None:
    written = {**USAGE, "time": (SENT_AT + MINUTE).isoformat()}
    unwritten = {name: USAGE[name] for name in ("subscription", "dimension", "quantity")}
    message = QueueMessage("m1", json.dumps({"events": [written, unwritten]}), SENT_AT)

    events = list(read_message(message, now=SENT_AT - slow, late_max=LATE_USAGE_MAX))

    assert [one.occurred_at for one in events if isinstance(one, UsageEvent)] == [
        SENT_AT + MINUTE,
        SENT_AT,
    ]


def test_an_event_without_id_and_time_is_the_same_event_on_every_redelivery() -> None:
    body = json.dumps({name: USAGE[name] for name in ("subscription", "dimension", "quantity")})
    message = QueueMessage("m1", body, SENT_AT)

    first = list(read_message(message, now=READ_AT, late_max=LATE_USAGE_MAX))
    again = list(read_message(message, now=READ_AT.replace(hour=23), late_max=LATE_USAGE_MAX))

    assert first == again
    assert isinstance(first[0], UsageEvent)
    assert (first[0].event_id, first[0].occurred_at) == ("m1", SENT_AT)


def test_null_means_absent() -> None:
    event = read_one({**USAGE, "id": None, "time": None, "tags": None})

    assert (event.event_id, event.occurred_at, event.tags) == ("m1", SENT_AT, ())


def test_packed_events_without_ids_are_told_apart_by_their_position() -> None:
    bare = {name: USAGE[name] for name in ("subscription", "dimension", "quantity")}

    members = read_body(json.dumps({"events": [bare, bare, bare]}))

    assert [one.event_id for one in members if isinstance(one, UsageEvent)] == [
        "m1/0",
        "m1/1",
        "m1/2",
    ]


def test_bad_events_in_a_packed_message_leave_their_neighbours_alone() -> None:
    bad: list[object] = [
        {**USAGE, "quantity": -1},
        7,
        {**USAGE, "colour": "red"},
        {"events": []},
        None,
        [USAGE],
    ]
    good = [{**USAGE, "id": f"e{n}"} for n in range(len(bad) + 1)]
    packed: list[object] = [good[0]]
    for one_bad, one_good in zip(bad, good[1:], strict=True):
        packed += [one_bad, one_good]

    members = read_body(json.dumps({"events": packed}))

    accepted = [one.event_id for one in members if isinstance(one, UsageEvent)]
    rejected = [(one.position, one.code) for one in members if isinstance(one, Rejection)]
    assert accepted == [f"e{n}" for n in range(len(bad) + 1)]
    assert rejected == [
        (1, "quantity_negative"),
        (3, "not_an_object"),
        (5, "field_unknown"),
        (7, "field_unknown"),
        (9, "not_an_object"),
        (11, "not_an_object"),
    ]


def test_a_tag_set_is_equal_in_whichever_order_it_was_written() -> None:
    one = read_one({**USAGE, "tags": {"a": "1", "b": "2"}})

    assert one == read_one({**USAGE, "tags": {"b": "2", "a": "1"}})


def test_five_tags_of_the_greatest_length_are_understood() -> None:
    tags = {f"{n}{'k' * 99}": "+ -=._:/@" + "v" * 247 for n in range(5)}

    assert read_one({**USAGE, "tags": tags}).tags == tuple(sorted(tags.items()))


def test_both_forms_of_a_legacy_subscription_are_understood() -> None:
    customer = {"product_code": PRODUCT_CODE, "customer_identifier": "ifAPi5AcF3"}
    account = {"product_code": PRODUCT_CODE, "customer_aws_account_id": ACCOUNT}

    assert read_one({**USAGE, "subscription": customer}).home.subscription == (
        f"customer#{PRODUCT_CODE}#ifAPi5AcF3"
    )
    assert read_one({**USAGE, "subscription": account}).home.subscription == (
        f"account#{PRODUCT_CODE}#{ACCOUNT}"
    )


def test_ids_and_dimensions_may_have_any_characters_up_to_their_lengths() -> None:
    event = read_one({**USAGE, "id": "é|#\n" + "x" * 124, "dimension": "Größe|a#b\t" + "d" * 200})

    assert len(event.event_id) == 128
    assert event.home.dimension.startswith("Größe|a#b\t")


def test_a_cloud_event_is_identified_by_source_and_id_and_billed_to_its_subject() -> None:
    event = read_one(CLOUD_EVENT)

    assert event.event_id == "urn:example:search A234"
    assert event.home == RecordKey(license_key(LICENSE_ARN), "api_calls", NOON_AT)
    assert event.quantity == 7


def test_one_id_of_two_cloud_event_sources_is_two_events() -> None:
    other = {**CLOUD_EVENT, "source": "urn:example:ads"}

    assert read_one(CLOUD_EVENT).event_id != read_one(other).event_id


def test_a_long_cloud_event_identity_is_shortened_to_one_that_is_still_its_own() -> None:
    long_id = "x" * 2_000
    first = read_one({**CLOUD_EVENT, "id": long_id})

    assert len(first.event_id) <= 128
    assert read_one({**CLOUD_EVENT, "id": long_id}) == first
    assert read_one({**CLOUD_EVENT, "id": long_id + "y"}).event_id != first.event_id


def test_the_subscription_in_a_cloud_events_data_wins_over_its_subject() -> None:
    legacy = {"product_code": PRODUCT_CODE, "customer_identifier": "c"}
    data = {"dimension": "api_calls", "quantity": 7, "subscription": legacy}

    event = read_one({**CLOUD_EVENT, "subject": "free text", "data": data})

    assert event.home.subscription == f"customer#{PRODUCT_CODE}#c"


def test_a_cloud_event_without_time_takes_the_one_in_its_data_or_the_messages() -> None:
    bare = {name: value for name, value in CLOUD_EVENT.items() if name != "time"}
    data = {"dimension": "api_calls", "quantity": 7, "time": "2026-11-18T12:20:00Z"}

    assert read_one(bare).occurred_at == SENT_AT
    assert read_one({**bare, "data": data}).occurred_at == NOON_AT.replace(minute=20)


def test_cloud_event_extensions_are_not_ours_to_refuse() -> None:
    extended = {**CLOUD_EVENT, "traceparent": "00-0af7", "datacontenttype": "application/json"}

    assert read_one(extended) == read_one(CLOUD_EVENT)


def test_cloud_events_may_be_packed_among_plain_events() -> None:
    members = read_body(json.dumps({"events": [USAGE, CLOUD_EVENT]}))

    assert members == [read_one(USAGE), read_one(CLOUD_EVENT)]


def test_equal_quantities_make_equal_events_in_whichever_way_they_are_written() -> None:
    assert read_one({**USAGE, "quantity": "12.0"}) == read_one(USAGE)
    assert read_one(USAGE)._replace(quantity=Decimal("12.000")) == read_one(USAGE)


def test_texts_that_look_alike_are_never_taken_for_each_other() -> None:
    # What was read before is looked up, and to Python 1, True and 1.0 are one key.
    for quantity, expected in ((1, 1), ("1", 1), (True, None), (1, 1), (1.0, 1), ("1.0", 1)):
        (member,) = read_body(json.dumps({**USAGE, "quantity": quantity}))
        found = member.quantity if isinstance(member, UsageEvent) else None
        assert found == expected


def test_a_reference_of_any_length_is_read_and_none_is_kept_that_is_long() -> None:
    long_arn = "arn:aws:license-manager:" + "x" * 5_000 + ":l-1"
    long_time = "2026-11-18T12:00:00." + "0" * 5_000 + "Z"

    event = read_one({**USAGE, "subscription": long_arn, "time": long_time})

    assert event.home == RecordKey(
        license_key("arn:aws:license-manager::1:l-1"), "api_calls", NOON_AT
    )


def test_what_was_refused_once_is_refused_again() -> None:
    bad = {**USAGE, "tags": {"team": "a&b"}}

    for _ in range(2):
        members = read_body(json.dumps({"events": [bad, {**bad, "tags": {}, "time": "x"}]}))
        assert [one.code for one in members if isinstance(one, Rejection)] == [
            "tags_invalid",
            "time_invalid",
        ]
