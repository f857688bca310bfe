"""The examples in the control API's description: there, valid, and what a sandbox answers."""

from typing import Any

import jsonschema_rs
import pytest

from marketplace_sandbox.control.app import describe_api
from marketplace_sandbox.control.examples import EXAMPLES_PATH
from tests.examples.recording import record_examples, written

DESCRIPTION = describe_api()
OPERATIONS: dict[str, dict[str, Any]] = {
    operation["operationId"]: operation
    for operations in DESCRIPTION["paths"].values()
    for operation in operations.values()
}


def check(example: object, schema: dict[str, Any]) -> None:
    components = {"components": DESCRIPTION["components"]}
    jsonschema_rs.Draft202012Validator(schema | components).validate(example)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_each_operation_has_an_example_of_all_that_is_said_and_answered(name: str) -> None:
    operation = OPERATIONS[name]
    for parameter in operation.get("parameters", ()):
        if parameter["required"]:
            assert "example" in parameter
        if "example" in parameter:
            check(parameter["example"], parameter["schema"])
    if "requestBody" in operation:
        body = operation["requestBody"]["content"]["application/json"]
        check(body["example"], body["schema"])
    success = next(one for status, one in operation["responses"].items() if status < "300")
    answer = next(iter(success["content"].values()))
    check(answer["example"], answer["schema"])


def test_refusals_have_an_example() -> None:
    schema = DESCRIPTION["components"]["schemas"]["ErrorDocument"]
    check(schema["example"], schema)


def test_a_wrong_example_is_no_valid_one() -> None:
    schema = OPERATIONS["advance_clock"]["requestBody"]["content"]["application/json"]["schema"]
    for wrong in ({"seconds": "soon"}, {"second": 1}, {}):
        with pytest.raises(jsonschema_rs.ValidationError):
            check(wrong, schema)


def test_a_sandbox_takes_each_example_and_answers_as_it_says() -> None:
    """`python -m tests.examples.recording` writes the examples anew."""
    assert EXAMPLES_PATH.read_text("utf-8") == written(record_examples())
