"""A refused event names everything that is wrong with it: who mends it should do so once."""

import json
from itertools import combinations
from typing import Any

import pytest

from meterhouse.domain.usage.events import Rejection
from tests.unit.domain.builders import LICENSE_ARN, USAGE, read_body

CLOUD: dict[str, Any] = {
    "specversion": "1.0",
    "id": "A234",
    "source": "urn:example:search",
    "subject": LICENSE_ARN,
    "data": {"dimension": "api_calls", "quantity": 7},
}
# One wrong value for each field, and the code under which it is refused.
WRONG: dict[str, tuple[object, str]] = {
    "id": (7, "id_invalid"),
    "colour": ("red", "field_unknown"),
    "time": ("yesterday", "time_invalid"),
    "subscription": ("l-1", "subscription_invalid"),
    "dimension": ("", "dimension_invalid"),
    "quantity": (-1, "quantity_negative"),
    "tags": ({"team": 7}, "tags_invalid"),
}
WRONG_ENVELOPE: dict[str, tuple[object, str]] = {
    "specversion": ("0.3", "cloud_event_invalid"),
    "source": ("two words", "cloud_event_invalid"),
    "time": (5, "time_invalid"),
    "subject": ("customer-1", "subscription_invalid"),
}


def faults_of(event: object) -> list[tuple[str, str]]:
    (member,) = read_body(json.dumps(event))
    assert isinstance(member, Rejection), member
    return [(fault.code, fault.sentence) for fault in member.faults]


def codes_of(event: object) -> list[str]:
    return [code for code, _ in faults_of(event)]


@pytest.mark.parametrize("fields", [*combinations(WRONG, 1), *combinations(WRONG, 2), [*WRONG]])
def test_every_wrong_field_of_an_event_is_named_and_no_other(fields: list[str]) -> None:
    event = {**USAGE, **{name: WRONG[name][0] for name in fields}}

    assert codes_of(event) == [WRONG[name][1] for name in WRONG if name in fields]


@pytest.mark.parametrize("fields", [*combinations(WRONG_ENVELOPE, 2), [*WRONG_ENVELOPE]])
def test_every_wrong_field_of_a_cloud_event_is_named(fields: list[str]) -> None:
    event = {**CLOUD, **{name: WRONG_ENVELOPE[name][0] for name in fields}}

    assert codes_of(event) == [WRONG_ENVELOPE[name][1] for name in WRONG_ENVELOPE if name in fields]


def test_of_a_cloud_event_without_data_everything_else_is_judged_still() -> None:
    assert faults_of({**CLOUD, "data": "text", "id": "", "time": "yesterday"}) == [
        ("cloud_event_invalid", "data must be a JSON object"),
        ("cloud_event_invalid", "id and source must be texts"),
        ("time_invalid", "time must be RFC 3339 with an offset, such as 2026-11-22T18:04:05Z"),
    ]


def test_the_prompt_event_of_another_meter_learns_all_that_it_lacks() -> None:
    event = {
        "specversion": "1.0",
        "type": "prompt",
        "id": "0b6a1f2e-7777-4b5c-9c1d-0123456789ab",
        "time": "2026-11-18T12:04:05.001Z",
        "source": "svc-0",
        "subject": "customer-1",
        "data": {"tokens": "123", "model": "m1", "type": "input"},
    }

    assert faults_of(event) == [
        ("field_unknown", "fields 'model', 'tokens', 'type' are not part of a usage event"),
        ("subscription_invalid", "subscription is not a license ARN of AWS License Manager"),
        ("dimension_invalid", "dimension must be a text, not empty"),
        ("quantity_missing", "quantity is missing"),
    ]


def test_an_empty_event_lacks_everything_that_has_no_default() -> None:
    assert codes_of({}) == ["subscription_invalid", "dimension_invalid", "quantity_missing"]


def test_of_many_unknown_fields_some_are_named_and_the_others_counted() -> None:
    unknown = {f"{letter}{'x' * 60}": 1 for letter in "hgfedcba"}

    (fault,) = faults_of({**USAGE, **unknown})

    named = ", ".join(f"'{letter}{'x' * 39}'" for letter in "abcde")
    assert fault == (
        "field_unknown",
        f"fields {named} and 3 more are not part of a usage event",
    )


@pytest.mark.parametrize(
    ("quantity", "codes"),
    [
        ("-0.1234567", ["quantity_negative", "quantity_too_precise"]),
        ("-12345678901", ["quantity_negative", "quantity_too_large"]),
        ("12345678901.1234567", ["quantity_too_large", "quantity_too_precise"]),
    ],
)
def test_a_quantity_may_break_several_rules(quantity: str, codes: list[str]) -> None:
    (member,) = read_body(json.dumps({**USAGE, "quantity": "Q"}).replace('"Q"', quantity))

    assert isinstance(member, Rejection)
    assert [fault.code for fault in member.faults] == codes


def test_tags_may_break_several_rules() -> None:
    tags: dict[str, object] = {**{str(number): "x" for number in range(5)}, "a&b": 7}
    body = json.dumps({**USAGE, "tags": tags}).replace('"0": "x"', '"0": "x", "0": "y"')

    (member,) = read_body(body)

    assert isinstance(member, Rejection)
    assert [tuple(fault) for fault in member.faults] == [
        ("duplicate_field", "a tag is given twice"),
        ("tags_invalid", "at most 5 tags are allowed"),
        ("tags_invalid", "a tag's key is not what AWS allows"),
        ("tags_invalid", "a tag's value is not what AWS allows"),
    ]


def test_a_field_given_twice_hides_no_other_fault() -> None:
    body = json.dumps({**USAGE, "colour": "red", "dimension": ""})[:-1] + ', "id": "e2"}'

    (member,) = read_body(body)

    assert isinstance(member, Rejection)
    assert [fault.code for fault in member.faults] == [
        "duplicate_field",
        "field_unknown",
        "dimension_invalid",
    ]
