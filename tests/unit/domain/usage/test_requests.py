"""A request over HTTP: what is in it, what is wrong with it, and what goes into the queue."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from meterhouse.domain.records.policy import LATE_USAGE_MAX
from meterhouse.domain.usage.events import CLOCK_SKEW, Rejection, UsageEvent
from meterhouse.domain.usage.requests import (
    REQUEST_BYTES_MAX,
    REQUEST_EVENTS_MAX,
    UsageRequest,
    read_request,
)
from meterhouse.errors import TooLargeError, UnreadableError
from tests.unit.domain.builders import CLOUD_EVENT, READ_AT, USAGE, read_body


def read(body: object) -> UsageRequest:
    text = body if isinstance(body, str) else json.dumps(body)
    return read_request(text, now=READ_AT, late_max=LATE_USAGE_MAX)


def events_of(request: UsageRequest) -> list[UsageEvent]:
    return [member for member in request.members if isinstance(member, UsageEvent)]


def codes_of(request: UsageRequest) -> dict[int | None, list[str]]:
    return {
        member.position: [fault.code for fault in member.faults]
        for member in request.members
        if isinstance(member, Rejection)
    }


@pytest.mark.parametrize(
    "body",
    [
        USAGE,
        {"events": [USAGE, {**USAGE, "id": "e2"}]},
        [USAGE, {**USAGE, "id": "e2"}],
        CLOUD_EVENT,
        [CLOUD_EVENT, USAGE],
        {"\\u0065vents": [USAGE]},
    ],
    ids=["one event", "events", "an array", "a CloudEvent", "a batch", "an escaped name"],
)
def test_what_is_all_right_travels_as_it_was_written(body: object) -> None:
    text = json.dumps(body, indent=1).replace("\\\\", "\\")

    request = read(text)

    assert request.message == text
    assert list(request.members) == read_body(text)
    assert request.rejected == 0


def test_what_is_wrong_stays_behind_and_the_rest_travels_as_it_was_written() -> None:
    good = [json.dumps({**USAGE, "id": f"e{n}"}, indent=n) for n in range(4)]
    text = f'[{good[0]},{{"id": "bad"}}, {good[1]},7,{good[2]},[],{good[3]}]'

    request = read(text)

    assert request.message == f'{{"events":[{",".join(good)}]}}'
    assert events_of(request) == read_body(request.message)
    assert [isinstance(member, Rejection) for member in request.members] == [
        *(False, True, False, True, False, True, False)
    ]
    assert request.rejected == 3


def test_nothing_is_sent_where_nothing_is_right() -> None:
    assert read([{}, {}]).message is None
    assert read({}).message is None


def without(*names: str) -> dict[str, object]:
    return {name: value for name, value in USAGE.items() if name not in names}


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        (without("id"), {None: ["id_missing"]}),
        (without("time"), {None: ["time_missing"]}),
        ([USAGE, without("id", "time")], {1: ["id_missing", "time_missing"]}),
        ({**USAGE, "id": None, "time": None}, {None: ["id_missing", "time_missing"]}),
        ({**CLOUD_EVENT, "time": None}, {None: ["time_missing"]}),
        ({}, {None: ["id_missing", "time_missing", *["subscription_invalid"]]}),
    ],
)
def test_an_event_needs_an_id_and_a_time_of_its_own(
    body: object, codes: dict[int | None, list[str]]
) -> None:
    found = codes_of(read(body))

    assert {position: some[: len(codes[position])] for position, some in found.items()} == codes


def test_a_cloud_event_may_have_its_time_among_its_data() -> None:
    data = {**CLOUD_EVENT["data"], "time": USAGE["time"]}  # type: ignore[dict-item]

    assert read({**CLOUD_EVENT, "time": None, "data": data}).rejected == 0


@pytest.mark.parametrize(
    ("moment", "codes"),
    [
        (READ_AT - LATE_USAGE_MAX, {}),
        (READ_AT - LATE_USAGE_MAX - timedelta(seconds=1), {None: ["time_too_old"]}),
        (READ_AT + CLOCK_SKEW, {}),
        (READ_AT + CLOCK_SKEW + timedelta(seconds=1), {None: ["time_in_future"]}),
    ],
    ids=["old", "too old", "early", "in the future"],
)
def test_time_has_the_bounds_that_it_has_in_the_queue(
    moment: Any, codes: Mapping[int | None, list[str]]
) -> None:
    assert codes_of(read({**USAGE, "time": moment.isoformat()})) == codes


def test_an_event_that_is_there_twice_is_accepted_twice() -> None:
    request = read([USAGE, {**USAGE, "quantity": "12.0", "time": "2026-11-18T12:40:00Z"}])

    assert request.rejected == 0


@pytest.mark.parametrize(
    "change", [{"quantity": 13}, {"tags": {"team": "search"}}], ids=["quantity", "tags"]
)
def test_two_events_of_one_id_that_say_different_things_are_not_both_taken(
    change: dict[str, object],
) -> None:
    request = read([USAGE, {**USAGE, **change}, USAGE])

    assert codes_of(request) == {1: ["id_repeated"]}
    assert request.message is not None
    assert json.loads(request.message) == {"events": [USAGE, USAGE]}


@pytest.mark.parametrize(
    "change",
    [{"dimension": "other"}, {"time": "2026-11-18T11:00:00Z"}],
    ids=["another dimension", "another hour"],
)
def test_one_id_in_another_meter_or_hour_is_another_event(change: dict[str, object]) -> None:
    assert read([USAGE, {**USAGE, "quantity": 13, **change}]).rejected == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "not_json"),
        ("{", "not_json"),
        ("[" * 100_000, "not_json"),
        ("[]", "events_empty"),
        ('{"events": []}', "events_empty"),
        (
            json.dumps(
                {
                    "Type": "Notification",
                    "MessageId": "m-1",
                    "TopicArn": "arn:aws:sns:us-east-1:111122223333:usage",
                    "Timestamp": "2026-11-18T12:05:00Z",
                    "Message": json.dumps(USAGE),
                }
            ),
            "envelope_invalid",
        ),
        (
            json.dumps({"id": "i", "detail-type": "t", "time": USAGE["time"], "detail": USAGE}),
            "envelope_invalid",
        ),
    ],
)
def test_what_holds_no_events_is_refused_whole(body: str, code: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        read(body)

    assert refused.value.code == code
    assert not isinstance(refused.value, TooLargeError)


def test_limits_are_of_bytes_and_of_events_and_are_told() -> None:
    filler = REQUEST_BYTES_MAX - len(json.dumps(USAGE))
    assert read(json.dumps(USAGE) + " " * filler).rejected == 0
    with pytest.raises(TooLargeError, match="1,000,000 bytes"):
        read(json.dumps(USAGE) + " " * (filler + 1))
    with pytest.raises(TooLargeError, match="1,000,000 bytes"):
        read('{"id": "' + "\u20ac" * (REQUEST_BYTES_MAX // 3) + '"}')

    assert read([USAGE] * REQUEST_EVENTS_MAX).rejected == 0
    with pytest.raises(TooLargeError, match="2,000 events"):
        read([USAGE] * (REQUEST_EVENTS_MAX + 1))


def test_characters_that_sqs_would_replace_are_sent_as_escapes() -> None:
    text = json.dumps(
        [{**USAGE, "id": "a\ufffe"}, {**USAGE, "id": "a\uffff", "quantity": 1}], ensure_ascii=False
    )

    request = read(text)

    assert request.message is not None
    assert not {"\ufffe", "\uffff"} & set(request.message)
    assert [event.event_id for event in events_of(request)] == ["a\ufffe", "a\uffff"]
    assert read_body(request.message) == list(request.members)


@pytest.mark.parametrize("depth", [60, 5_000])
def test_nesting_that_the_drain_might_not_read_harms_no_neighbour(depth: int) -> None:
    deep = json.dumps(CLOUD_EVENT)[:-1] + ', "x": ' + "[" * depth + "]" * depth + "}"

    request = read(f"[{json.dumps(USAGE)}, {deep}]")

    assert codes_of(request) == {1: ["cloud_event_invalid"]}
    assert json.loads(request.message or "") == {"events": [USAGE]}
