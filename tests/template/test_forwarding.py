"""template-events.yaml: from us-east-1 to the region of a stack that lives elsewhere."""

import re
from typing import Any

import pytest

from tests.template.cloudformation import (
    ALARM,
    QUEUE,
    QUEUE_POLICY,
    ROLE,
    RULE,
    document,
    forwarding_document,
    references,
    resources,
)
from tests.template.evaluation import Evaluation

PHYSICAL_NAMES = {"Name", "RoleName", "QueueName", "AlarmName", "TopicName"}
BUS = "arn:aws:events:eu-central-1:{account}:event-bus/default"
ACCOUNTS = {"its own account": "", "another account": "123456789012"}
QUEUE_ARN = {"Fn::GetAtt": ["UnforwardedEventsQueue", "Arn"]}
RULE_ARN = {"Fn::GetAtt": ["AgreementEventsRule", "Arn"]}


def only(kind: str) -> dict[str, Any]:
    (resource,) = resources(kind, forwarding_document()).values()
    return resource


def test_it_forwards_what_the_main_stack_listens_to() -> None:
    (listening,) = resources(RULE).values()
    forwarding = only(RULE)

    assert forwarding["EventPattern"] == listening["EventPattern"]
    assert "EventBusName" not in forwarding


def deployed(account: str) -> Evaluation:
    parameters = {
        "MainRegion": "eu-central-1",
        "MainAccount": account,
        "AWS::AccountId": "210987654321",
        "AWS::Partition": "aws",
    }
    return Evaluation(parameters, forwarding_document()["Conditions"])


@pytest.mark.parametrize("account", ACCOUNTS.values(), ids=ACCOUNTS)
def test_it_forwards_to_the_default_bus_of_the_main_region_as_aws_wrote_it(account: str) -> None:
    (target,) = only(RULE)["Targets"]

    assert deployed(account).of(target["Arn"]) == BUS.format(account=account or "210987654321")
    assert target["RoleArn"] == {"Fn::GetAtt": ["ForwardEventsRole", "Arn"]}
    assert not {"Input", "InputPath", "InputTransformer"} & target.keys()


def test_the_rule_may_put_events_on_that_bus_and_nothing_else() -> None:
    role = only(ROLE)
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    (policy,) = role["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]

    assert trust["Principal"] == {"Service": "events.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert (statement["Effect"], statement["Action"]) == ("Allow", "events:PutEvents")
    assert statement["Resource"] == only(RULE)["Targets"][0]["Arn"]


def test_what_could_not_be_forwarded_is_kept_as_long_as_sqs_can_and_watched() -> None:
    (target,) = only(RULE)["Targets"]
    queue, alarm = only(QUEUE), only(ALARM)

    assert target["DeadLetterConfig"] == {"Arn": QUEUE_ARN}
    assert queue["SqsManagedSseEnabled"] is True
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 60 * 60
    assert (
        forwarding_document()["Resources"]["UnforwardedEventsQueue"]["DeletionPolicy"] == "Retain"
    )
    assert alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
    assert alarm["Dimensions"] == [
        {"Name": "QueueName", "Value": {"Fn::GetAtt": ["UnforwardedEventsQueue", "QueueName"]}}
    ]
    assert (alarm["Threshold"], alarm["TreatMissingData"]) == (0, "notBreaching")


def test_only_the_rule_may_set_an_event_aside_and_only_encrypted() -> None:
    refused, allowed = only(QUEUE_POLICY)["PolicyDocument"]["Statement"]

    assert (refused["Effect"], refused["Action"]) == ("Deny", "sqs:*")
    assert refused["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert allowed["Principal"] == {"Service": "events.amazonaws.com"}
    assert allowed["Action"] == "sqs:SendMessage"
    assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": RULE_ARN}}


@pytest.mark.parametrize(
    ("region", "allowed"),
    [
        ("eu-central-1", True),
        ("us-east-2", True),
        ("ap-southeast-4", True),
        ("us-east-1", True),  # of another account, as a rule of the template says
        ("Frankfurt", False),
        ("", False),
    ],
)
def test_the_main_region_is_a_region(region: str, *, allowed: bool) -> None:
    parameter = forwarding_document()["Parameters"]["MainRegion"]

    assert "Default" not in parameter
    assert bool(re.fullmatch(parameter["AllowedPattern"], region)) is allowed


def test_it_is_refused_in_a_region_where_aws_tells_nothing() -> None:
    rule = forwarding_document()["Rules"]["WhereTheEventsAre"]
    (assertion,) = rule["Assertions"]

    assert assertion["Assert"] == {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}
    assert "us-east-1" in assertion["AssertDescription"]


def test_its_alarm_notifies_as_those_of_the_main_stack_do() -> None:
    ours, theirs = only(ALARM), resources(ALARM)["UsageDeadLettersAlarm"]

    assert ours["AlarmActions"] == theirs["AlarmActions"]
    assert ours["OKActions"] == theirs["OKActions"]
    alike = {name: one for name, one in document()["Conditions"].items() if "Alarm" in name}
    assert forwarding_document()["Conditions"].items() >= alike.items()


def test_nothing_has_a_physical_name_so_that_each_main_region_can_have_a_stack() -> None:
    for resource in forwarding_document()["Resources"].values():
        assert not PHYSICAL_NAMES & resource["Properties"].keys()


@pytest.mark.parametrize("name", forwarding_document()["Parameters"])
def test_a_parameter_says_what_it_is_and_is_used(name: str) -> None:
    template = forwarding_document()
    parameter = template["Parameters"][name]
    text = str({section: template[section] for section in ("Conditions", "Resources")})

    assert parameter["Description"].endswith(".")
    assert parameter["ConstraintDescription"]
    assert name in set(references(template["Conditions"])) or f"${{{name}}}" in text
