"""The templates as their tests read them."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from local.stack.built_template import read_built_template

REPOSITORY = Path(__file__).resolve().parents[2]
TEMPLATE = REPOSITORY / "template.yaml"
FORWARDING_TEMPLATE = REPOSITORY / "template-events.yaml"
FIREWALL_TEMPLATE = REPOSITORY / "template-firewall.yaml"
ROLE_TEMPLATE = REPOSITORY / "template-marketplace-role.yaml"

FUNCTION = "AWS::Serverless::Function"
LAYER = "AWS::Serverless::LayerVersion"
HTTP_API = "AWS::Serverless::HttpApi"
ROLE = "AWS::IAM::Role"
QUEUE = "AWS::SQS::Queue"
QUEUE_POLICY = "AWS::SQS::QueuePolicy"
TABLE = "AWS::DynamoDB::Table"
LOG_GROUP = "AWS::Logs::LogGroup"
ALARM = "AWS::CloudWatch::Alarm"
RULE = "AWS::Events::Rule"
SUBSCRIPTION = "AWS::SNS::Subscription"
STREAM_MAPPING = "AWS::Lambda::EventSourceMapping"
EVENT_BUS = "AWS::Events::EventBus"
ARCHIVE = "AWS::Events::Archive"


@cache
def document() -> dict[str, Any]:
    """Read template.yaml with CloudFormation's short forms spelled out."""
    return read_built_template(TEMPLATE).document


@cache
def forwarding_document() -> dict[str, Any]:
    """Read template-events.yaml with CloudFormation's short forms spelled out."""
    return read_built_template(FORWARDING_TEMPLATE).document


@cache
def firewall_document() -> dict[str, Any]:
    """Read template-firewall.yaml with CloudFormation's short forms spelled out."""
    return read_built_template(FIREWALL_TEMPLATE).document


@cache
def role_document() -> dict[str, Any]:
    """Read template-marketplace-role.yaml with CloudFormation's short forms spelled out."""
    return read_built_template(ROLE_TEMPLATE).document


def resources(kind: str, template: dict[str, Any] | None = None) -> dict[str, dict[str, Any]]:
    """Map the logical ids of one type to their properties; of template.yaml if none is named."""
    return {
        name: resource["Properties"]
        for name, resource in (template or document())["Resources"].items()
        if resource["Type"] == kind
    }


# Of each function that a schedule starts: the role, and what keeps a tick that was not delivered.
SCHEDULES = {
    "ReconcileUsageFunction": ("ReconcileScheduleRole", "ReconcileScheduleDeadLetterQueue"),
    "SweepAgreementsFunction": ("SweepScheduleRole", "SweepScheduleDeadLetterQueue"),
}


def function_roles() -> dict[str, dict[str, Any]]:
    """Map the logical ids of the functions' roles to their properties."""
    of_schedules = {role for role, _ in SCHEDULES.values()}
    return {name: role for name, role in resources(ROLE).items() if name not in of_schedules}


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the statements of functions' roles where no option is chosen, with the role's id."""
    for name, statement in _statements(function_roles()):
        _, _, standing = statement.get("Fn::If", (None, None, statement))
        if standing != {"Ref": "AWS::NoValue"}:
            yield name, standing


def optional_statements() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the statements that a condition adds, with the role's id and the condition."""
    for name, statement in _statements(resources(ROLE)):
        if "Fn::If" in statement:
            condition, added, _ = statement["Fn::If"]
            yield name, condition, added


def _statements(roles: dict[str, dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, role in roles.items():
        for policy in role.get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement


def only_if[Value](condition: str, value: Value) -> dict[str, Any]:
    """Return a property that is there under a condition only."""
    return {"Fn::If": [condition, value, {"Ref": "AWS::NoValue"}]}


def as_list(value: str | list[str]) -> list[str]:
    """Spell out that one action may stand without a list."""
    return [value] if isinstance(value, str) else value


def routes(*, signed: bool) -> list[tuple[str, str, dict[str, Any]]]:
    """List the HTTP API's methods and paths that ask for a signature, or do not.

    Each comes with its integration.
    """
    paths = resources(HTTP_API)["HttpApi"]["DefinitionBody"]["paths"]
    return [
        (method.upper(), path, operation["x-amazon-apigateway-integration"])
        for path, operations in paths.items()
        for method, operation in operations.items()
        if bool(operation.get("security")) is signed
    ]


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
