"""What the deployed copy of the template says differently, because the emulator is not AWS.

Neither is the sandbox, whose clock can be moved. The built file stays as it is. What is not named
here is deployed and enforced as written; ADR 0006 lists the emulator's gaps and how each of them
shows.
"""

import copy
import json
from typing import Any

from local.stack.built_template import BuiltTemplate
from local.stack.layout import REPOSITORY

# Named here, not imported: it is made for the functions' process, and slow to load.
_SANDBOX_TIME = REPOSITORY / "local" / "sandbox_time"
_SUBSCRIPTION = "AWS::SNS::Subscription"
_ARCHIVE = "AWS::Events::Archive"
_TLS_CONDITION_KEY = "aws:SecureTransport"
# The service authorization reference of SQS knows no batch actions: the single action allows both.
_BATCH_ACTIONS = {
    "sqs:SendMessage": "sqs:SendMessageBatch",
    "sqs:DeleteMessage": "sqs:DeleteMessageBatch",
    "sqs:ChangeMessageVisibility": "sqs:ChangeMessageVisibilityBatch",
}


def adapt_to_emulator(template: BuiltTemplate) -> BuiltTemplate:
    """Return the template that the emulator is given."""
    document = copy.deepcopy(template.document)
    _leave_out_topics_of_aws(document)
    _leave_out_archives(document)
    resources = document["Resources"]
    for logical_id, resource in list(resources.items()):
        match resource["Type"]:
            case "AWS::SQS::QueuePolicy":
                _allow_plain_http(resources, logical_id)
            case "AWS::IAM::Role":
                for policy in resource["Properties"].get("Policies", []):
                    _allow_batch_actions(policy["PolicyDocument"])
            case "AWS::IAM::ManagedPolicy":
                _allow_batch_actions(resource["Properties"]["PolicyDocument"])
            case "AWS::Events::EventBusPolicy":  # a type that the emulator does not know
                del resources[logical_id]
            case _:
                pass
    return BuiltTemplate(document, template.folder)


def adapt_to_sandbox_time(template: BuiltTemplate) -> BuiltTemplate:
    """Return the template whose functions live in the sandbox's time (`local.sandbox_time`)."""
    document = copy.deepcopy(template.document)
    function = document["Globals"]["Function"]
    function["Environment"]["Variables"] |= {
        "SHIPPED_HANDLER": function["Handler"],
        "PYTHONPATH": str(_SANDBOX_TIME),
    }
    function["Handler"] = "sandbox_time.lambda_handler"
    return BuiltTemplate(document, template.folder)


def _leave_out_topics_of_aws(document: dict[str, Any]) -> None:
    """Subscribe no topics, which are not here (`agreement_events`).

    Which there would be is said by conditions that take a list apart, and the emulator cannot.
    """
    resources, conditions = document["Resources"], document.get("Conditions", {})
    for logical_id in [id_ for id_, one in resources.items() if one["Type"] == _SUBSCRIPTION]:
        del resources[logical_id]
    for name in [name for name, one in conditions.items() if "Fn::Split" in json.dumps(one)]:
        del conditions[name]


def _leave_out_archives(document: dict[str, Any]) -> None:
    """Make no archive: the emulator's CloudFormation knows none, its EventBridge does."""
    resources, outputs = document["Resources"], document.get("Outputs", {})
    for logical_id in [id_ for id_, one in resources.items() if one["Type"] == _ARCHIVE]:
        del resources[logical_id]
        for name in [name for name, one in outputs.items() if logical_id in json.dumps(one)]:
            del outputs[name]


def _allow_plain_http(resources: dict[str, Any], logical_id: str) -> None:
    """Drop the demand for TLS: the emulator speaks plain HTTP and enforces it against the root."""
    policy = resources[logical_id]["Properties"]["PolicyDocument"]
    policy["Statement"] = [
        statement
        for statement in policy["Statement"]
        # What a parameter adds for other accounts means nothing to an emulator of one.
        if "Fn::If" not in statement and not _demands_tls(statement)
    ]
    if not policy["Statement"]:
        del resources[logical_id]


def _demands_tls(statement: dict[str, Any]) -> bool:
    conditions = statement.get("Condition", {}).get("Bool", {})
    return statement["Effect"] == "Deny" and set(conditions) == {_TLS_CONDITION_KEY}


def _allow_batch_actions(policy: dict[str, Any]) -> None:
    """Allow SQS's batch calls wherever the single ones are: the emulator tells them apart.

    It knows no statements that an option adds, and no such option is used with it.
    """
    policy["Statement"] = [one for one in policy["Statement"] if not _is_added(one)]
    for statement in policy["Statement"]:
        if "Fn::If" in statement:  # one or the other, and neither is of SQS
            continue
        actions = statement["Action"]
        listed = [actions] if isinstance(actions, str) else list(actions)
        batch = [_BATCH_ACTIONS[action] for action in listed if action in _BATCH_ACTIONS]
        statement["Action"] = listed + batch


def _is_added(statement: dict[str, Any]) -> bool:
    return {"Ref": "AWS::NoValue"} in statement.get("Fn::If", [])
