"""What is told of usage that ended unbilled is what its schema and its examples say.

`python -m tests.template.test_usage_schema` writes the examples anew.
"""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from meterhouse.domain.records.announcing import BatchChange
from meterhouse.domain.records.lifecycle import NOT_BILLED, RecordState
from tests.template.cloudformation import REPOSITORY
from tests.template.test_event_schemas import EXAMPLES, SCHEMAS, delivered
from tests.unit.domain.builders import batch_of, record_in, sealed_record
from tests.unit.domain.subscriptions.announced import CHANGED_AT

SCHEMA: dict[str, Any] = json.loads((SCHEMAS / "usage.v1.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=FormatChecker())
REASONS = {
    RecordState.REJECTED: "subscription_unknown",
    RecordState.DISPUTED: None,
    RecordState.EXPIRED: "table_restored",
}


def example_of(state: RecordState) -> dict[str, Any]:
    record = record_in(state, sealed_record("12.5"), reason=REASONS[state])
    (told,) = BatchChange("1", None, batch_of(record), CHANGED_AT).announcements
    return delivered(told)


def example_file(state: RecordState) -> str:
    return f"usage-{state.lower()}.v1.json"


def errors(event: object) -> list[str]:
    return [f"{one.json_path}: {one.message}" for one in VALIDATOR.iter_errors(event)]


def test_the_schema_is_one_and_knows_each_end_that_is_not_billed() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    properties = SCHEMA["$defs"]["detail"]["properties"]

    assert set(properties["type"]["enum"]) == {state.lower() for state in NOT_BILLED}
    assert set(SCHEMA["properties"]["detail-type"]["enum"]) == {
        f"Usage {state.capitalize()}" for state in NOT_BILLED
    }
    assert [one for one in NOT_BILLED if one.lower() not in properties["type"]["description"]] == []


@pytest.mark.parametrize("state", sorted(NOT_BILLED))
def test_an_example_is_what_the_code_tells(state: RecordState) -> None:
    example = json.loads((EXAMPLES / example_file(state)).read_text())

    assert example == json.loads(json.dumps(example_of(state)))
    assert errors(example) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 2},
        {"type": "metered"},
        {"email": "buyer@example.com"},
        {"usage": {"dimension": "api_calls", "hour": "noon", "quantity": "1", "sends": 0}},
        {"usage": {}},
    ],
    ids=["a version", "a type", "a person", "an hour", "no usage"],
)
def test_the_schema_refuses_what_is_never_told(wrong: dict[str, Any]) -> None:
    event = example_of(RecordState.REJECTED)

    assert errors(event) == []
    assert errors(event | {"detail": event["detail"] | wrong})


def test_the_document_names_each_kind() -> None:
    document = (REPOSITORY / "docs/integrate.md").read_text()

    assert [one for one in NOT_BILLED if f"Usage {one.capitalize()}" not in document] == []


if __name__ == "__main__":
    for one in NOT_BILLED:
        text = json.dumps(example_of(one), indent=2)
        (EXAMPLES / example_file(one)).write_text(f"{text}\n")
