"""What contracts hold may be asked by those who ask, and only where that is chosen."""

from typing import Any

import pytest

from tests.template.cloudformation import FUNCTION, document, function_roles, resources
from tests.template.evaluation import Evaluation

ASKING = {"RegisterCustomer", "TrackAgreements", "SweepAgreements", "DrainUsage", "ReconcileUsage"}
ROLE_ARN = "arn:aws:iam::210987654321:role/seller"


def statements(role: str, chosen: str, arn: str = "") -> dict[str, dict[str, Any]]:
    """Return what a function's role may do, by purpose."""
    parameters = {
        "ReadEntitlements": chosen,
        "MarketplaceRoleArn": arn,
        "SubscriptionsTableName": "",
        "UsageTableName": "",
        "AskAgreementContacts": "false",
        "SignupUrl": "",
        "ContactFields": "",
        "ConfirmationSender": "",
        "KmsKeyArn": "",
        "AWS::Partition": "aws",
        "AWS::Region": "us-east-1",
        "AWS::AccountId": "123456789012",
    }
    deployed = Evaluation(parameters, document()["Conditions"])
    (policy,) = function_roles()[role]["Policies"]
    there = deployed.of(policy["PolicyDocument"]["Statement"])
    return {one["Sid"]: one for one in there if "Sid" in one}


@pytest.mark.parametrize("chosen", ["true", "false"])
def test_who_asks_may_ask_where_that_is_chosen(chosen: str) -> None:
    asking = {
        role.removesuffix("Role")
        for role in function_roles()
        for one in statements(role, chosen).values()
        if one["Action"] == "aws-marketplace:GetEntitlements"
    }

    assert asking == (ASKING if chosen == "true" else set())
    assert document()["Parameters"]["ReadEntitlements"]["Default"] == "true"


@pytest.mark.parametrize(("chosen", "arn"), [("true", ROLE_ARN), ("true", ""), ("false", ROLE_ARN)])
def test_who_follows_agreements_assumes_the_role_of_another_account_only_to_ask(
    chosen: str, arn: str
) -> None:
    may = statements("TrackAgreementsRole", chosen, arn)

    assert ("AssumeTheMarketplaceRole" in may) is (chosen == "true" and bool(arn))


@pytest.mark.parametrize("chosen", ["true", "false"])
def test_a_drain_keeps_what_it_asked_for_and_writes_no_subscriptions_otherwise(chosen: str) -> None:
    may = statements("DrainUsageRole", chosen)

    if chosen == "true":
        kept = may.pop("KeepWhatContractsHold")
        assert kept["Action"] == ["dynamodb:Query", "dynamodb:PutItem"]
        assert kept["Resource"] == {"Fn::GetAtt": ["SubscriptionsTable", "Arn"]}
    assert "KeepWhatContractsHold" not in may


@pytest.mark.parametrize("name", ["RegisterCustomer", "TrackAgreements", "SweepAgreements"])
def test_who_is_told_by_aws_of_buyers_is_told_whether_to_ask(name: str) -> None:
    variables = resources(FUNCTION)[f"{name}Function"]["Environment"]["Variables"]

    assert variables["READ_ENTITLEMENTS"] == {"Ref": "ReadEntitlements"}
