"""What is told of allowances is what its schema and its examples say.

`python -m tests.template.test_allowance_schema` writes the examples anew.
"""

import json
from decimal import Decimal
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from meterhouse.domain.allowances.allowance import THRESHOLDS_PERCENT, Allowance, AllowanceKey
from meterhouse.domain.allowances.announcing import AllowanceChange
from meterhouse.domain.allowances.rules import Period, Rule
from tests.template.cloudformation import REPOSITORY
from tests.template.test_event_schemas import EXAMPLES, SCHEMAS, delivered
from tests.unit.domain.builders import KEY, NOON_AT
from tests.unit.domain.subscriptions.announced import CHANGED_AT

SCHEMA: dict[str, Any] = json.loads((SCHEMAS / "allowance.v1.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=FormatChecker())
EXAMPLE = EXAMPLES / "allowance-crossed.v1.json"


def example(period: str = "2026-11") -> dict[str, Any]:
    key = AllowanceKey(KEY.meter, period)
    before = Allowance(key, Decimal(1000), Decimal("790.5"))
    after = Allowance(key, Decimal(1000), Decimal("812.25"))
    (told,) = AllowanceChange("1", before, after, CHANGED_AT).announcements
    return delivered(told)


def errors(event: object) -> list[str]:
    return [f"{one.json_path}: {one.message}" for one in VALIDATOR.iter_errors(event)]


def test_the_schema_is_one_and_knows_each_threshold() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    allowance = SCHEMA["$defs"]["detail"]["properties"]["allowance"]["properties"]

    assert tuple(allowance["percent"]["enum"]) == THRESHOLDS_PERCENT


def test_the_example_is_what_the_code_tells() -> None:
    written = json.loads(EXAMPLE.read_text())

    assert written == json.loads(json.dumps(example()))
    assert errors(written) == []


@pytest.mark.parametrize("period", Period)
def test_the_name_of_each_period_is_as_the_schema_says(period: Period) -> None:
    named = Rule(None, "api_calls", None, period).period_of(NOON_AT, None)

    assert errors(example(named)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 2},
        {"type": "spent"},
        {"email": "buyer@example.com"},
        {"allowance": {}},
        {"allowance": example()["detail"]["allowance"] | {"percent": 81}},
        {"allowance": example()["detail"]["allowance"] | {"period": "soon"}},
        {"allowance": example()["detail"]["allowance"] | {"left": "-1"}},
    ],
    ids=["a version", "a type", "a person", "no allowance", "81 %", "a period", "less than none"],
)
def test_the_schema_refuses_what_is_never_told(wrong: dict[str, Any]) -> None:
    event = example()

    assert errors(event) == []
    assert errors(event | {"detail": event["detail"] | wrong})


def test_the_document_names_the_event_and_its_thresholds() -> None:
    document = (REPOSITORY / "docs/integrate.md").read_text()

    assert "Allowance Crossed" in document
    assert [one for one in THRESHOLDS_PERCENT if f"{one} %" not in document] == []


if __name__ == "__main__":
    EXAMPLE.write_text(f"{json.dumps(example(), indent=2)}\n")
