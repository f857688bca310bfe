"""The template as its tests read it."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.stack.built_template import read_built_template

REPOSITORY = Path(__file__).resolve().parents[2]
TEMPLATE = REPOSITORY / "template.yaml"

FUNCTION = "AWS::Serverless::Function"
LAYER = "AWS::Serverless::LayerVersion"
HTTP_API = "AWS::Serverless::HttpApi"
ROLE = "AWS::IAM::Role"
QUEUE = "AWS::SQS::Queue"
QUEUE_POLICY = "AWS::SQS::QueuePolicy"
TABLE = "AWS::DynamoDB::Table"
LOG_GROUP = "AWS::Logs::LogGroup"
ALARM = "AWS::CloudWatch::Alarm"


@cache
def document() -> dict[str, Any]:
    """Read template.yaml with CloudFormation's short forms spelled out."""
    return read_built_template(TEMPLATE).document


def resources(kind: str) -> dict[str, dict[str, Any]]:
    """Map the logical ids of one type to their properties."""
    return {
        name: resource["Properties"]
        for name, resource in document()["Resources"].items()
        if resource["Type"] == kind
    }


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every statement of every role's policies, with the role's logical id."""
    for name, role in resources(ROLE).items():
        for policy in role.get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement


def as_list(value: str | list[str]) -> list[str]:
    """Spell out that one action may stand without a list."""
    return [value] if isinstance(value, str) else value


def references(value: object) -> Iterator[str]:
    """Yield the logical ids and parameters that a value refers to by Ref or GetAtt."""
    match value:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case dict():
            for member in value.values():
                yield from references(member)
        case list():
            for member in value:
                yield from references(member)
        case _:
            return
