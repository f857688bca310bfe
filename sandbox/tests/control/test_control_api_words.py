"""What the control API says: about a wrong field, about its fields, and what they default to."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from marketplace_sandbox.control.app import describe_api
from tests.builders import Shop
from tests.served_shop import raw_client


@pytest.fixture(scope="module")
def api() -> Iterator[httpx.Client]:
    with raw_client(Shop()) as client:
        yield client


def refusal_of(api: httpx.Client, path: str, body: dict[str, Any]) -> str:
    answer = api.post(f"/_sandbox/{path}", json=body)
    assert answer.status_code == 400, answer.text
    return str(answer.json()["error"]["message"])


@pytest.mark.parametrize("price", ["abc", "-1", "1.5.2", "1e3", "$2"])
def test_a_wrong_price_is_said_to_be_one(api: httpx.Client, price: str) -> None:
    terms = {"name": "a", "unit_price": price}
    assert refusal_of(api, "products", {"title": "B", "dimensions": [terms]}) == (
        "dimensions.0.unit_price must be a decimal number such as 0.002, not negative"
    )


def test_a_wrong_kind_of_dimension_is_said_to_be_one(api: httpx.Client) -> None:
    for field, wrong in (("kind", "foo"), ("value_type", "int")):
        terms = {"name": "a", field: wrong}
        message = refusal_of(api, "products", {"title": "B", "dimensions": [terms]})
        assert message.startswith(f"dimensions.0.{field} must be one of ")


def test_a_dimension_is_a_name_or_terms(api: httpx.Client) -> None:
    assert refusal_of(api, "products", {"title": "B", "dimensions": [7]}) == (
        "dimensions.0 must be a string of printable characters"
    )


def test_what_can_have_several_types_names_them_all(api: httpx.Client) -> None:
    command = {"product_code": "licensed", "grants": [{"dimension": "a", "value": []}]}
    assert refusal_of(api, "agreements", command) == (
        "grants.0.value must be true, false, a whole number, a number or "
        "a string of printable characters"
    )


@pytest.mark.parametrize(
    ("delivery", "mode"), [(None, "license"), ("saas", "license"), ("ami", "legacy")]
)
def test_the_mode_of_metering_follows_from_the_delivery(
    api: httpx.Client, delivery: str | None, mode: str
) -> None:
    command = {"title": "B", "dimensions": ["a"]}
    if delivery is not None:
        command["delivery"] = delivery
    assert api.post("/_sandbox/products", json=command).json()["mode"] == mode


def test_a_fault_says_whether_it_is_there_until_cleared(api: httpx.Client) -> None:
    once = api.post("/_sandbox/faults", json={"kind": "throttle", "count": None}).json()
    assert (once["count"], once["until_cleared"]) == (1, False)
    ever = api.post("/_sandbox/faults", json={"kind": "throttle", "until_cleared": True}).json()
    assert (ever["count"], ever["until_cleared"]) == (None, True)
    api.delete("/_sandbox/faults")


def test_a_disturbance_that_can_never_hit_is_refused(api: httpx.Client) -> None:
    assert refusal_of(api, "disturbances", {"kind": "drop", "rate": 0}) == (
        "rate must be above 0 and at most 1"
    )


def test_each_parameter_is_described_and_no_two_summaries_are_alike() -> None:
    summaries = []
    for path, methods in describe_api()["paths"].items():
        for method, operation in methods.items():
            summaries.append(operation["summary"])
            for parameter in operation.get("parameters", ()):
                assert parameter["description"], (method, path, parameter["name"])
    assert len(summaries) > 50
    assert "Put a product on sale" in summaries
    assert "List Product" not in summaries


def test_sections_are_those_of_a_document_that_readers_have() -> None:
    kinds = describe_api()["components"]["schemas"]["FaultKind"]["description"]
    assert "section 1.4 of RULES.md" in kinds
