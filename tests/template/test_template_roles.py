"""Each role allows what its function's adapters call, on the resources they call it on."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.template.cloudformation import (
    FUNCTION,
    REPOSITORY,
    ROLE,
    SCHEDULES,
    as_list,
    document,
    function_roles,
    optional_statements,
    resources,
    statements,
)

ADAPTERS = REPOSITORY / "layers/meterhouse/python/meterhouse/adapters"
# Services whose actions have no resource types, so that AWS takes nothing but "*".
WITHOUT_RESOURCE_TYPES = {"aws-marketplace", "xray"}
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/api-permissions-reference.html
TRANSACTION_MEMBERS = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
}
CALLED = {
    "get_item": "dynamodb:GetItem",
    "batch_get_item": "dynamodb:BatchGetItem",
    "put_item": "dynamodb:PutItem",
    "update_item": "dynamodb:UpdateItem",
    "delete_item": "dynamodb:DeleteItem",
    "query": "dynamodb:Query",
    "scan": "dynamodb:Scan",
    "batch_write_item": "dynamodb:BatchWriteItem",
    "send_message": "sqs:SendMessage",
    "send_message_batch": "sqs:SendMessage",
    "change_message_visibility_batch": "sqs:ChangeMessageVisibility",
    "get_queue_attributes": "sqs:GetQueueAttributes",
    "resolve_customer": "aws-marketplace:ResolveCustomer",
    "batch_meter_usage": "aws-marketplace:BatchMeterUsage",
    "invoke": "lambda:InvokeFunction",
    "search_agreements": "aws-marketplace:SearchAgreements",
    "get_agreement_entitlements": "aws-marketplace:GetAgreementEntitlements",
    "get_entitlements": "aws-marketplace:GetEntitlements",
    "get_agreement_contacts": "aws-marketplace:GetAgreementContacts",
    "assume_role": "sts:AssumeRole",
    "put_events": "events:PutEvents",
    "send_email": "ses:SendEmail",
}
CLIENTS = {"client", "_client", "_dynamodb", "_sqs"}
# What Lambda itself does with the function's role: poll, log and trace.
DONE_BY_LAMBDA = {
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
}


def actions_called_in(module: Path) -> Iterator[str]:
    """Yield the IAM actions behind the client methods and transactions that a module names."""
    for node in ast.walk(ast.parse(module.read_text())):
        match node:
            case ast.Attribute(
                value=ast.Attribute(attr=client) | ast.Name(id=client), attr=method
            ) if client in CLIENTS:
                if method != "transact_write_items":
                    yield CALLED[method]
            case ast.Dict(keys=[ast.Constant(value=str(member))]) if member in TRANSACTION_MEMBERS:
                yield TRANSACTION_MEMBERS[member]
            case _:
                continue


def allowed_actions() -> set[str]:
    always = [statement for _, statement in statements()]
    chosen = [one for _, condition, one in optional_statements() if condition != "HasKmsKey"]
    return {action for statement in always + chosen for action in as_list(statement["Action"])}


def test_the_roles_allow_exactly_what_the_adapters_call_and_lambda_does() -> None:
    called = {action for module in ADAPTERS.rglob("*.py") for action in actions_called_in(module)}

    assert allowed_actions() == called | DONE_BY_LAMBDA


def test_no_statement_names_a_wildcard_where_aws_has_resource_types() -> None:
    for _, statement in statements():
        services = {action.split(":")[0] for action in as_list(statement["Action"])}
        assert statement["Resource"] != "*" or services <= WITHOUT_RESOURCE_TYPES
        assert not any("*" in action for action in as_list(statement["Action"]))


def test_every_statement_says_its_purpose_and_only_allows() -> None:
    for role in function_roles():
        purposes = [statement["Sid"] for name, statement in statements() if name == role]
        assert len(set(purposes)) == len(purposes)
    assert {statement["Effect"] for _, statement in statements()} == {"Allow"}


@pytest.mark.parametrize("name", function_roles())
def test_a_role_is_assumed_by_lambda_alone_and_takes_no_managed_policy(name: str) -> None:
    role = resources(ROLE)[name]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]

    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert "ManagedPolicyArns" not in role


@pytest.mark.parametrize(
    ("action", "roles"),
    [
        ("aws-marketplace:ResolveCustomer", {"RegisterCustomerRole"}),
        ("aws-marketplace:BatchMeterUsage", {"DrainUsageRole", "ReconcileUsageRole"}),
        ("sqs:ReceiveMessage", {"DrainUsageRole", "TrackAgreementsRole"}),
        ("sqs:SendMessage", {"DrainUsageRole", "AnnounceChangesRole", "ServeSellerApiRole"}),
        ("events:PutEvents", {"AnnounceChangesRole"}),
        ("dynamodb:GetRecords", {"AnnounceChangesRole"}),
        (
            "lambda:InvokeFunction",
            {"TrackAgreementsRole", "SweepAgreementsRole", "ServeSellerApiRole"},
        ),
        ("aws-marketplace:SearchAgreements", {"SweepAgreementsRole"}),
        ("aws-marketplace:GetAgreementEntitlements", {"SweepAgreementsRole"}),
    ],
)
def test_only_these_roles_may(action: str, roles: set[str]) -> None:
    assert {name for name, s in statements() if action in as_list(s["Action"])} == roles


def test_draining_writes_no_subscriptions() -> None:
    table = {"Fn::GetAtt": ["SubscriptionsTable", "Arn"]}
    writers = {
        name
        for name, statement in statements()
        if table in _alternatives(statement["Resource"])
        and {"dynamodb:PutItem", "dynamodb:UpdateItem"} & set(as_list(statement["Action"]))
    }

    assert writers == {
        "RegisterCustomerRole",
        "TrackAgreementsRole",
        "SweepAgreementsRole",
        "ReconcileUsageRole",
        "ServeSellerApiRole",
    }


@pytest.mark.parametrize(
    ("role", "actions"),
    [
        ("RegisterCustomerRole", {"GetItem", "Query", "PutItem", "UpdateItem"}),
        ("DrainUsageRole", {"BatchGetItem"}),
        (
            "TrackAgreementsRole",
            {"GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem"},
        ),
        ("SweepAgreementsRole", {"GetItem", "Query", "PutItem"}),
        (
            "ServeSellerApiRole",
            {
                *("BatchGetItem", "ConditionCheckItem", "DeleteItem", "GetItem"),
                *("PutItem", "Query", "UpdateItem"),
            },
        ),
        (
            "ReconcileUsageRole",
            {"GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem"},
        ),
    ],
)
def test_a_role_may_do_this_with_the_subscriptions_and_nothing_else(
    role: str, actions: set[str]
) -> None:
    table = {"Fn::GetAtt": ["SubscriptionsTable", "Arn"]}
    allowed = {
        action
        for name, statement in statements()
        if name == role and table in _alternatives(statement["Resource"])
        for action in as_list(statement["Action"])
    }

    assert allowed == {f"dynamodb:{action}" for action in actions}


def test_only_reconciling_the_sweep_and_the_sellers_api_look_for_subscriptions_by_their_phase() -> (
    None
):
    index = {"Fn::Sub": "${SubscriptionsTable.Arn}/index/phase"}
    found = [
        (name, statement["Action"])
        for name, statement in statements()
        if index in _alternatives(statement["Resource"])
    ]

    assert sorted(found) == [
        ("ReconcileUsageRole", "dynamodb:Query"),
        ("ServeSellerApiRole", "dynamodb:Query"),
        ("SweepAgreementsRole", "dynamodb:Query"),
    ]


def test_tracking_agreements_may_do_this_and_nothing_else() -> None:
    allowed = {
        statement["Sid"]: (as_list(statement["Action"]), statement["Resource"])
        for name, statement in statements()
        if name == "TrackAgreementsRole" and statement["Sid"] != "KeepFactsAndSubscriptions"
    }

    assert allowed == {
        "ConsumeAgreementEvents": (
            ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
            {"Fn::GetAtt": ["AgreementEventsQueue", "Arn"]},
        ),
        "StartTheFinalHour": (
            ["lambda:InvokeFunction"],
            {"Fn::GetAtt": ["ReconcileUsageFunction", "Arn"]},
        ),
        "WriteOwnLog": (
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            {"Fn::GetAtt": ["TrackAgreementsLogGroup", "Arn"]},
        ),
        "SendTraces": (["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*"),
    }


@pytest.mark.parametrize("function", SCHEDULES)
def test_a_schedule_may_start_its_function_for_this_account_and_nothing_else(
    function: str,
) -> None:
    name, queue = SCHEDULES[function]
    role = resources(ROLE)[name]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    (policy,) = role["Policies"]
    tick = resources(FUNCTION)[function]["Events"]["Tick"]["Properties"]

    assert tick["RoleArn"] == {"Fn::GetAtt": [name, "Arn"]}
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    # Without it, a schedule of another account could be told to use this role.
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert [(one["Action"], one["Resource"]) for one in policy["PolicyDocument"]["Statement"]] == [
        ("lambda:InvokeFunction", {"Fn::GetAtt": [function, "Arn"]}),
        ("sqs:SendMessage", {"Fn::GetAtt": [queue, "Arn"]}),
    ]


def test_with_a_key_of_the_sellers_own_every_function_may_use_it_and_only_it() -> None:
    used = {
        name: (condition, statement["Action"], statement["Resource"])
        for name, condition, statement in optional_statements()
        if condition == "HasKmsKey"
    }

    allowed = "HasKmsKey", ["kms:Decrypt", "kms:GenerateDataKey"], {"Ref": "KmsKeyArn"}
    assert used == dict.fromkeys(function_roles(), allowed)
    assert document()["Parameters"]["KmsKeyArn"]["Default"] == ""


def _alternatives(resource: object) -> list[object]:
    """Return what a value may be, whatever a condition says."""
    match resource:
        case {"Fn::If": [_, *values]}:
            return values
        case _:
            return [resource]
