"""docs/openapi.yaml says what the template deploys and the code answers."""

import fnmatch
import json
import re
from functools import cache
from typing import Any

import pytest
import schemathesis
import yaml
from jsonschema import Draft202012Validator, FormatChecker

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.subscriptions.announcing import News
from meterhouse.domain.subscriptions.state import Phase
from meterhouse.web.api_subscriptions import SOURCES
from tests.template.cloudformation import REPOSITORY, resources, routes

DEFAULT = "/$default"
_PLACE = re.compile(r"\{\w+\}")


@cache
def description() -> dict[str, Any]:
    read: dict[str, Any] = yaml.load(
        (REPOSITORY / "docs" / "openapi.yaml").read_text(), yaml.CSafeLoader
    )
    return read


def operations() -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, operations in description()["paths"].items()
        for method, operation in operations.items()
        if method != "parameters"
    }


def schemas() -> dict[str, Any]:
    found: dict[str, Any] = description()["components"]["schemas"]
    return found


def test_the_description_is_openapi() -> None:
    schemathesis.openapi.from_dict(description()).validate()


def test_each_route_of_the_template_is_described_and_no_other() -> None:
    deployed = {f"{method} {path}" for method, path, _ in routes(signed=True) if path != DEFAULT}

    assert set(operations()) == deployed


def test_all_that_is_no_route_asks_for_a_signature_as_well() -> None:
    (default,) = [method for method, path, _ in routes(signed=True) if path == DEFAULT]

    assert default == "X-AMAZON-APIGATEWAY-ANY-METHOD"
    assert {path for _, path, _ in routes(signed=False)} == {"/register"}


@pytest.mark.parametrize("name", operations())
def test_every_refusal_has_the_one_form(name: str) -> None:
    answers = operations()[name]["responses"]
    shared = description()["components"]["responses"]
    for status, answer in answers.items():
        if status.startswith("2"):
            continue
        whole = shared[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
        assert whole["content"].keys() == {"application/json"}
        schema = json.dumps(whole["content"]["application/json"])
        assert re.search('#/components/schemas/Error(Text)?"', schema)
    assert {"400", "500", "503"} <= answers.keys()


def test_a_subscription_is_described_as_it_is_announced() -> None:
    path = REPOSITORY / "events" / "schemas" / "subscription.v1.schema.json"
    announced = json.loads(path.read_text())
    (told,) = find(announced, "has_access")

    assert schemas()["Subscription"]["properties"].keys() == told["properties"].keys()
    assert set(schemas()["Subscription"]["required"]) == set(told["required"])


@pytest.mark.parametrize("news", News)
def test_what_is_announced_of_a_subscription_is_one_as_the_api_describes_it(news: News) -> None:
    validator = Draft202012Validator(
        {**description(), "$ref": "#/components/schemas/Subscription"},
        format_checker=FormatChecker(),
    )

    assert [*validator.iter_errors(content_of(news))] == []
    spoilt = content_of(News.ENTITLEMENTS_CHANGED) | {"entitlements": {"all": [{"kind": "flag"}]}}
    assert [*validator.iter_errors(spoilt)]


def content_of(news: News) -> dict[str, Any]:
    """Return what the example of an event says of its subscription."""
    path = REPOSITORY / f"events/schemas/examples/{news}.v1.json"
    found: dict[str, Any] = json.loads(path.read_text())["detail"]["subscription"]
    return found


def test_who_said_a_fact_is_described() -> None:
    described = schemas()["Fact"]["properties"]["source"]["enum"]

    assert {*described} == {*SOURCES.values(), "agreement_api"}


def find(document: Any, name: str) -> list[dict[str, Any]]:
    """Return the schemas of objects that have a property of that name."""
    if isinstance(document, list):
        return [one for member in document for one in find(member, name)]
    if not isinstance(document, dict):
        return []
    own = [document] if name in document.get("properties", {}) else []
    return own + [one for member in document.values() for one in find(member, name)]


def test_phases_and_states_are_those_of_the_code() -> None:
    assert schemas()["Phase"]["enum"] == [*Phase]
    assert schemas()["UsageTotal"]["properties"]["state"]["enum"] == [*Standing]


def test_each_policy_for_callers_names_routes_that_there_are() -> None:
    base = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${HttpApi}/$default/"
    named = [
        resource["Fn::Sub"].removeprefix(base)
        for policy in resources("AWS::IAM::ManagedPolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if statement.get("Action") == "execute-api:Invoke"
        for resource in _as_list(statement["Resource"])
    ]
    deployed = {
        f"{method}{_PLACE.sub('x', path)}"
        for method, path, _ in routes(signed=True)
        if path != DEFAULT
    }

    for name in named:
        assert fnmatch.filter(deployed, name), name
    for route in deployed:
        assert any(fnmatch.fnmatch(route, name) for name in named), route


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
