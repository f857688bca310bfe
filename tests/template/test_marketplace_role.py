"""Where another account publishes the product: a role there, and AWS's events from there."""

import re
from typing import Any

import pytest

from tests.template.cloudformation import (
    FORWARDING_TEMPLATE,
    FUNCTION,
    ROLE,
    ROLE_TEMPLATE,
    as_list,
    document,
    forwarding_document,
    function_roles,
    resources,
    role_document,
)
from tests.template.evaluation import Evaluation

ARN = "arn:aws:iam::210987654321:role/seller"
CALLERS = {
    "RegisterCustomer",
    "TrackAgreements",
    "SweepAgreements",
    "DrainUsage",
    "ReconcileUsage",
}
ROLES = {"no role": "", "a role of another account": ARN}
VARIABLES = {
    "MARKETPLACE_ROLE_ARN": {"Ref": "MarketplaceRoleArn"},
    "MARKETPLACE_ROLE_EXTERNAL_ID": {"Ref": "MarketplaceRoleExternalId"},
}
ASSUMING = {
    "Sid": "AssumeTheMarketplaceRole",
    "Effect": "Allow",
    "Action": "sts:AssumeRole",
    "Resource": ARN,
}


def evaluation(arn: str) -> Evaluation:
    parameters = {
        "MarketplaceRoleArn": arn,
        "AskAgreementContacts": "true",
        "ReadEntitlements": "true",
        "SignupUrl": "",
        "ContactFields": "email",
        "ConfirmationSender": "",
        "KmsKeyArn": "",
        "UsageTableName": "",
        "SubscriptionsTableName": "",
        "AWS::Partition": "aws",
    }
    return Evaluation(parameters, document()["Conditions"])


def allowed(arn: str) -> list[tuple[str, dict[str, Any]]]:
    """List what the functions may do of AWS Marketplace and STS, with the role's id."""
    return [
        (name, statement)
        for name, role in function_roles().items()
        for policy in role["Policies"]
        for statement in evaluation(arn).of(policy["PolicyDocument"]["Statement"])
        if re.match("aws-marketplace:|sts:", as_list(statement.get("Action", ""))[0])
    ]


def test_with_a_role_functions_may_assume_it_alone_and_call_nothing_themselves() -> None:
    assert allowed(ARN) == [(f"{name}Role", ASSUMING) for name in sorted_as_written(CALLERS)]


def test_without_a_role_no_function_may_assume_one() -> None:
    actions = [action for _, one in allowed("") for action in as_list(one["Action"])]

    assert "sts:AssumeRole" not in actions
    assert {name for name, _ in allowed("")} == {f"{name}Role" for name in CALLERS}


def test_the_role_may_do_what_the_functions_do_without_one_and_nothing_else() -> None:
    without = {action for _, one in allowed("") for action in as_list(one["Action"])}
    (role,) = resources(ROLE, role_document()).values()
    (policy,) = role["Policies"]
    listed = [as_list(one["Action"]) for one in policy["PolicyDocument"]["Statement"]]

    assert {action for actions in listed for action in actions} == without
    assert "ManagedPolicyArns" not in role


def test_the_role_is_for_the_main_account_with_the_external_id_which_has_no_default() -> None:
    (role,) = resources(ROLE, role_document()).values()
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]

    assert trust["Principal"] == {
        "AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${MainAccount}:root"}
    }
    assert trust["Action"] == "sts:AssumeRole"
    assert trust["Condition"] == {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}}
    assert not any("Default" in one for one in role_document()["Parameters"].values())
    assert not {"RoleName", "PermissionsBoundary"} & role.keys()


def test_both_templates_take_the_same_external_ids() -> None:
    there = role_document()["Parameters"]["ExternalId"]["AllowedPattern"]
    here = document()["Parameters"]["MarketplaceRoleExternalId"]["AllowedPattern"]

    assert here == there.replace("^", "^(|").replace("$", ")$")
    assert re.fullmatch(there, "meterhouse:6f1c0b9e-4d5a")
    assert not re.fullmatch(there, "two words")


@pytest.mark.parametrize("name", sorted(CALLERS))
def test_who_calls_aws_marketplace_is_told_the_role(name: str) -> None:
    variables = resources(FUNCTION)[f"{name}Function"]["Environment"]["Variables"]

    assert variables.items() >= VARIABLES.items()


@pytest.mark.parametrize(
    ("arn", "external_id", "deployed"),
    [("", "", True), (ARN, "stack:7", True), (ARN, "", False), ("", "stack:7", False)],
    ids=["neither", "both", "a role without its external id", "an external id of no role"],
)
def test_role_and_external_id_go_together(arn: str, external_id: str, *, deployed: bool) -> None:
    (assertion,) = document()["Rules"]["RoleWithExternalId"]["Assertions"]
    parameters = {"MarketplaceRoleArn": arn, "MarketplaceRoleExternalId": external_id}

    assert Evaluation(parameters, {}).of(assertion["Assert"]) is deployed


def test_a_changed_role_makes_a_new_layer_and_so_a_new_version_of_the_page() -> None:
    text = document()["Resources"]["MeterhouseLayer"]["Properties"]["Description"]["Fn::Sub"]

    assert {"${MarketplaceRoleArn}", "${MarketplaceRoleExternalId}"} <= {*text.split()}
    longest = {"MarketplaceRoleArn": 138, "MarketplaceRoleExternalId": 80, "ReadEntitlements": 5}
    for name, length in longest.items():
        text = text.replace(f"${{{name}}}", "x" * length)
    assert len(text) <= 256  # of a layer's description


@pytest.mark.parametrize("arn", ROLES.values(), ids=ROLES)
def test_the_account_of_the_role_alone_may_hand_over_awss_events(arn: str) -> None:
    resource = document()["Resources"]["AgreementEventsBusPolicy"]
    statement = evaluation(ARN).of(resource["Properties"]["Statement"])

    assert evaluation(arn).holds(resource["Condition"]) is bool(arn)
    assert statement["Principal"] == {"AWS": "arn:aws:iam::210987654321:root"}
    assert statement["Action"] == "events:PutEvents"
    assert statement["Resource"].endswith(":event-bus/default")
    assert statement["Condition"] == {
        "ForAllValues:StringEquals": {"events:source": "aws.agreement-marketplace"}
    }
    # The bus is shared by all that the account deploys.
    assert resource["Properties"]["StatementId"] == {
        "Fn::Sub": "${AWS::StackName}-agreement-events"
    }


@pytest.mark.parametrize(
    ("region", "account", "forwarded"),
    [
        ("eu-central-1", "", True),
        ("eu-central-1", "123456789012", True),
        ("us-east-1", "123456789012", True),
        ("us-east-1", "", False),
        ("us-east-1", "210987654321", False),
    ],
    ids=[
        "to another region",
        "to another region of another account",
        "to another account",
        "to the bus that it listens to",
        "to that bus by its account's number",
    ],
)
def test_events_are_forwarded(region: str, account: str, *, forwarded: bool) -> None:
    rule = forwarding_document()["Rules"]["WhereTheyGo"]
    parameters = {"MainRegion": region, "MainAccount": account, "AWS::AccountId": "210987654321"}
    deployed = Evaluation(parameters, forwarding_document()["Conditions"])

    asserted = [deployed.of(one["Assert"]) for one in rule["Assertions"]]
    refused = deployed.of(rule["RuleCondition"]) and not all(asserted)

    assert refused is not forwarded


@pytest.mark.parametrize("template", [ROLE_TEMPLATE, FORWARDING_TEMPLATE], ids=lambda one: one.stem)
def test_a_template_of_the_publishing_account_is_deployed_by_name(template: Any) -> None:
    config = (template.parent / "samconfig.toml").read_text()

    assert f'template_file = "{template.name}"' in config


def sorted_as_written(names: set[str]) -> list[str]:
    """Return names in the order in which the template has their roles."""
    order = [name.removesuffix("Role") for name in function_roles()]
    return sorted(names, key=order.index)
