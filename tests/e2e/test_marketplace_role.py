"""Another account publishes the product: its role is wrong, then mended, and nothing is lost."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from marketplace_sandbox.client import MeteringMode

from local.seller.registration import post_token
from local.seller.usage import UsageFact
from local.stack.aws_clients import AwsAccess
from local.stack.function_logs import read_function_logs
from tests.e2e.running_stack import RunningStack, closed_hour, pack, stack_in
from tests.template.cloudformation import ROLE, resources, role_document
from tests.template.evaluation import Evaluation

pytestmark = pytest.mark.stack

# The emulator takes an account's number for its root's access key.
SELLER, MAIN = "210987654321", "000000000000"
EXTERNAL_ID = "stack:7"


@pytest.fixture
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """Start a stack whose product another account publishes, without the role there."""
    role = {
        "MarketplaceRoleArn": f"arn:aws:iam::{SELLER}:role/seller",
        "MarketplaceRoleExternalId": EXTERNAL_ID,
    }
    with stack_in(tmp_path_factory.mktemp("apart"), role) as running:
        yield running


def create_role(stack: RunningStack, external_id: str) -> None:
    """Create, in the seller's account, what template-marketplace-role.yaml says."""
    parameters = {"MainAccount": MAIN, "ExternalId": external_id, "AWS::Partition": "aws"}
    (role,) = resources(ROLE, role_document()).values()
    trust = Evaluation(parameters, {}).of(role["AssumeRolePolicyDocument"])
    with AwsAccess(replace(stack.aws.account, access_key_id=SELLER)) as seller:
        iam = seller.client("iam")
        iam.create_role(RoleName="seller", AssumeRolePolicyDocument=json.dumps(trust))


def correct_role(stack: RunningStack, external_id: str) -> None:
    with AwsAccess(replace(stack.aws.account, access_key_id=SELLER)) as seller:
        seller.client("iam").delete_role(RoleName="seller")
    create_role(stack, external_id)


def marketplace_calls(stack: RunningStack) -> set[str]:
    return {call["operation"] for call in stack.marketplace.list_calls()["calls"]}


def logged(stack: RunningStack) -> str:
    return "\n".join(line.text for line in read_function_logs(stack.aws))


def test_what_a_wrong_role_holds_up_is_told_and_billed_once_it_is_right(
    apart: RunningStack,
) -> None:
    create_role(apart, "of another stack")
    subscription = apart.sell("apart", MeteringMode.LICENSE, "api_calls")
    at = closed_hour() + timedelta(minutes=5)
    fact = UsageFact("apart-1", subscription, "api_calls", Decimal(7), at)
    apart.send(pack(fact.as_event()))
    apart.wait_until(lambda: "metering_refused" in logged(apart))

    assert post_token(apart.addresses.register_url, apart.mint_token(subscription)).is_server_error
    assert "marketplace_role_refused" in logged(apart)
    assert "MarketplaceRoleExternalId" in logged(apart)
    assert marketplace_calls(apart) == set()

    correct_role(apart, EXTERNAL_ID)
    assert apart.wait_until_billed([fact]).is_exact
    apart.register(subscription)
    assert marketplace_calls(apart) >= {"BatchMeterUsage", "ResolveCustomer"}
