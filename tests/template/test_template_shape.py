"""How template.yaml is laid out: its order, its names, its parameters and its outputs."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.template.cloudformation import (
    FORWARDING_TEMPLATE,
    FUNCTION,
    LAYER,
    REPOSITORY,
    TEMPLATE,
    document,
    references,
    resources,
)

SECTIONS = [
    "Layers",
    "Registration",
    "Agreements",
    "Metering",
    "Reconciliation",
    "Announcements",
    "API",
    "Storage",
    "Alarms",
    "Dashboard",
]
SUFFIXES = {
    "AWS::Serverless::Function": "Function",
    "AWS::Serverless::LayerVersion": "Layer",
    "AWS::Serverless::HttpApi": "HttpApi",
    "AWS::IAM::Role": "Role",
    "AWS::IAM::ManagedPolicy": "Policy",
    "AWS::SQS::Queue": "Queue",
    "AWS::SQS::QueuePolicy": "QueuesPolicy",
    "AWS::DynamoDB::Table": "Table",
    "AWS::Logs::LogGroup": "LogGroup",
    "AWS::CloudWatch::Alarm": "Alarm",
    "AWS::CloudWatch::Dashboard": "Dashboard",
    "AWS::SNS::Topic": "Topic",
    "AWS::SNS::Subscription": "Subscription",
    "AWS::Events::Rule": "Rule",
    "AWS::Events::EventBusPolicy": "BusPolicy",
    "AWS::Events::EventBus": "Bus",
    "AWS::Events::Archive": "Archive",
    "AWS::Lambda::EventSourceMapping": "Mapping",
    "AWS::Lambda::Version": "Version",
    "AWS::Lambda::Alias": "Alias",
    "AWS::Lambda::Permission": "Permission",
}
PHYSICAL_NAMES = {
    "FunctionName",
    "TableName",
    "QueueName",
    "RoleName",
    "ManagedPolicyName",
    "LogGroupName",
    "AlarmName",
    "DashboardName",
    "LayerName",
    "Name",
}

RULE_ARN = "arn:aws:events:eu-west-1:123456789012:rule/bus/usage"
parameters = pytest.mark.parametrize("name", document()["Parameters"])
resource_ids = pytest.mark.parametrize("name", document()["Resources"])


def test_the_top_level_stands_in_the_order_in_which_a_reader_needs_it() -> None:
    assert list(document()) == [
        "AWSTemplateFormatVersion",
        "Transform",
        "Description",
        "Parameters",
        "Rules",
        "Conditions",
        "Globals",
        "Resources",
        "Outputs",
    ]


def test_resources_stand_in_banner_sections_by_flow() -> None:
    banners = re.findall(r"^  # =+\n  # (\w+).*\n  # =+$", TEMPLATE.read_text(), re.MULTILINE)

    assert banners == SECTIONS


def test_the_template_uses_no_yaml_aliases_which_cloudformation_does_not_promise_to_read() -> None:
    assert not re.search(r": [&*][A-Za-z]", TEMPLATE.read_text())


@pytest.mark.parametrize("template", [TEMPLATE, FORWARDING_TEMPLATE], ids=lambda path: path.name)
def test_nothing_is_said_twice_of_which_only_the_last_would_count(template: Path) -> None:
    assert [*_keys_that_come_again(yaml.compose(template.read_text(), yaml.SafeLoader))] == []


def _keys_that_come_again(node: yaml.Node | None) -> Iterator[str]:
    match node:
        case yaml.MappingNode(value=pairs):
            counted = Counter(key.value for key, _ in pairs)
            yield from (key for key, count in counted.items() if count > 1)
            for _, member in pairs:
                yield from _keys_that_come_again(member)
        case yaml.SequenceNode(value=members):
            for member in members:
                yield from _keys_that_come_again(member)
        case _:
            pass


@resource_ids
def test_a_resource_id_ends_in_its_type(name: str) -> None:
    assert name.endswith(SUFFIXES[document()["Resources"][name]["Type"]])


@resource_ids
def test_no_resource_has_a_physical_name_so_that_a_second_stack_can_stand_beside(name: str) -> None:
    resource: dict[str, Any] = document()["Resources"][name]
    names = {key: resource["Properties"][key] for key in PHYSICAL_NAMES & {*resource["Properties"]}}
    if resource["Type"] == "AWS::Lambda::Alias":
        # It belongs to one function.
        del names["Name"]

    # What belongs to a function names it by reference.
    assert [value for value in names.values() if not {*references(value)}] == []


@parameters
def test_a_parameter_has_a_type_a_default_and_a_description(name: str) -> None:
    parameter = document()["Parameters"][name]

    assert parameter["Type"] in {"String", "Number"}
    assert parameter["Default"] is not None
    assert parameter["Description"].endswith(".")


@parameters
def test_a_parameter_says_which_values_it_takes_and_what_to_do_about_others(name: str) -> None:
    parameter = document()["Parameters"][name]
    is_range = {"MinValue", "MaxValue"} <= parameter.keys()

    assert is_range or parameter.keys() & {"AllowedPattern", "AllowedValues"}
    assert parameter["ConstraintDescription"]


@parameters
def test_a_parameter_accepts_its_own_default(name: str) -> None:
    parameter = document()["Parameters"][name]
    default = parameter["Default"]

    assert default in parameter.get("AllowedValues", [default])
    assert re.fullmatch(parameter.get("AllowedPattern", ".*"), str(default))
    if parameter["Type"] == "Number":
        assert parameter.get("MinValue", default) <= default <= parameter.get("MaxValue", default)


@parameters
def test_a_parameter_is_used(name: str) -> None:
    used = {section: document()[section] for section in ("Conditions", "Globals", "Resources")}

    assert name in set(references(used))


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("SignupUrl", "https://seller.example/welcome?from=aws", True),
        ("SignupUrl", "http://127.0.0.1:8080/welcome", True),
        ("SignupUrl", "http://seller.example/welcome", False),
        ("SignupUrl", "javascript:alert(1)", False),
        ("SupportContact", "help@seller.example", True),
        ("SupportContact", "https://seller.example/help", True),
        ("SupportContact", "call us", False),
        ("SupportContact", "", False),
        ("SellerName", "Ünïcode & Söhne", True),
        ("SellerName", "<b>Seller</b>", False),
        ("ReconcileSchedule", "rate(1 minute)", True),
        ("ReconcileSchedule", "rate(1 minutes)", False),
        ("ReconcileSchedule", "rate(15 minutes)", True),
        ("ReconcileSchedule", "rate(1 hour)", False),
        ("AlarmTopicArn", "arn:aws:sns:eu-west-1:123456789012:on-call", True),
        ("AlarmTopicArn", "on-call", False),
        ("ProductCodes", "3cxm4ss7bq0p1v9d2ak6t8ynz,5wq", True),
        ("ProductCodes", "3cxm4ss7bq0p1v9d2ak6t8ynz, 5wq", False),
        ("ProducerSourceArns", "arn:aws:sns:eu-west-1:123456789012:usage.fifo", True),
        ("ProducerSourceArns", f"{RULE_ARN},arn:aws:sns:us-east-1:123456789012:a", True),
        ("ProducerSourceArns", f"{RULE_ARN}, {RULE_ARN}", False),
        ("ProducerSourceArns", "arn:aws:sqs:eu-west-1:123456789012:usage", False),
        ("ProducerSourceArns", "arn:aws:sns:eu-west-1:123456789012:*", False),
        ("LegacyProductCodes", "a,b,c,d,e", True),
        ("LegacyProductCodes", "a,b,c,d,e,f", False),
        ("LegacyProductCodes", "a,", False),
        ("LegacyContractCodes", "a,b,c,d,e,f", False),
        ("SubscriptionsStreamLabel", "2026-11-22T18:31:00.123", True),
        ("SubscriptionsStreamLabel", "restored/stream/2026-11-22T18:31:00.123", False),
    ],
)
def test_a_pattern_tells_good_values_from_bad(name: str, value: str, *, allowed: bool) -> None:
    pattern = document()["Parameters"][name]["AllowedPattern"]

    assert bool(re.fullmatch(pattern, value)) is allowed


@pytest.mark.parametrize("name", document()["Outputs"])
def test_an_output_has_a_description(name: str) -> None:
    assert document()["Outputs"][name]["Description"]


def test_the_outputs_are_what_people_and_tests_read() -> None:
    assert set(document()["Outputs"]) == {
        "RegisterUrl",
        "ApiUrl",
        "ManageContactsPolicyArn",
        "ReadSubscriptionsPolicyArn",
        "LinkTenantsPolicyArn",
        "SendUsageByApiPolicyArn",
        "SignUpBuyersPolicyArn",
        "ManageSubscriptionsPolicyArn",
        "UsageQueueUrl",
        "SendUsagePolicyArn",
        "UsageDeadLetterQueueUrl",
        "RejectedUsageQueueUrl",
        "AgreementEventsQueueUrl",
        "AgreementEventsDeadLetterQueueUrl",
        "EventBusName",
        "EventBusArn",
        "EventArchiveArn",
        "Announcements",
        "UnannouncedChangesQueueUrl",
        "SubscriptionsTableName",
        "UsageTableName",
        "RegisterLogGroupName",
        "TrackAgreementsLogGroupName",
        "SweepLogGroupName",
        "AnnounceLogGroupName",
        "ApiLogGroupName",
        "DrainLogGroupName",
        "ReconcileLogGroupName",
        "RegisterFunctionName",
        "TrackAgreementsFunctionName",
        "SweepFunctionName",
        "AnnounceFunctionName",
        "ApiFunctionName",
        "DrainFunctionName",
        "ReconcileFunctionName",
        "AlarmsNotify",
        "DashboardUrl",
    }


def test_the_runtime_is_the_same_wherever_it_is_named() -> None:
    runtime = document()["Globals"]["Function"]["Runtime"]
    version = runtime.removeprefix("python")
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    major, minor = version.split(".")

    assert (REPOSITORY / ".python-version").read_text().strip() == version
    assert project["project"]["requires-python"] == f">={version},<{major}.{int(minor) + 1}"
    assert project["tool"]["ruff"]["target-version"] == f"py{major}{minor}"
    assert all(layer["CompatibleRuntimes"] == [runtime] for layer in resources(LAYER).values())
    assert not any("Runtime" in function for function in resources(FUNCTION).values())
    for makefile in (REPOSITORY / "layers").glob("*/Makefile"):
        assert set(re.findall(r"\bpython(\d\.\d+)", makefile.read_text())) == {version}
