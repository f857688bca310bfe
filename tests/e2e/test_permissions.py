"""The emulator enforces IAM: without it, a missing permission would show only on AWS."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError
from marketplace_sandbox.client import MeteringMode

from local.seller.registration import post_token
from local.stack.aws_clients import AwsAccess
from tests.e2e.running_stack import RunningStack

pytestmark = pytest.mark.stack

DENY_TABLES = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"}],
}


def user(stack: RunningStack, name: str) -> AwsAccess:
    """Make a user who may do nothing yet."""
    iam = stack.aws.client("iam")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    account = replace(
        stack.aws.account,
        access_key_id=key["AccessKeyId"],
        secret_access_key=key["SecretAccessKey"],
    )
    return AwsAccess(account)


def test_a_user_without_any_policy_may_not_read_the_tables(stack: RunningStack) -> None:
    with (
        user(stack, "nobody") as nobody,
        pytest.raises(ClientError, match="not authorized to perform: dynamodb:GetItem"),
    ):
        nobody.dynamodb().get_item(
            TableName=stack.addresses.subscriptions_table, Key={"pk": {"S": "anything"}}
        )


def test_a_product_with_the_managed_policy_may_send_usage_and_nothing_else(
    stack: RunningStack,
) -> None:
    iam = stack.aws.client("iam")
    local = iam.list_policies(Scope="Local")["Policies"]
    (policy,) = [one["Arn"] for one in local if "SendUsagePolicy" in one["PolicyName"]]
    usage, rejected = stack.addresses.usage_queue_url, stack.addresses.rejected_usage_queue_url
    with user(stack, "product") as product:
        with pytest.raises(ClientError, match="AccessDenied"):
            product.sqs().send_message(QueueUrl=usage, MessageBody="{}")
        iam.attach_user_policy(UserName="product", PolicyArn=policy)

        assert product.sqs().send_message(QueueUrl=usage, MessageBody='{"events": []}')["MessageId"]
        assert product.sqs().send_message_batch(
            QueueUrl=usage, Entries=[{"Id": "1", "MessageBody": '{"events": []}'}]
        )["Successful"]
        with pytest.raises(ClientError, match="AccessDenied"):
            product.sqs().receive_message(QueueUrl=usage)
        with pytest.raises(ClientError, match="AccessDenied"):
            product.sqs().send_message(QueueUrl=rejected, MessageBody="{}")


@pytest.fixture
def denied_role(stack: RunningStack) -> Iterator[None]:
    """Take the tables away from the registering function for the length of one test."""
    configuration = stack.aws.functions().get_function_configuration(
        FunctionName=stack.addresses.register_function
    )
    role = configuration["Role"].rpartition("/")[2]
    iam = stack.aws.client("iam")
    iam.put_role_policy(RoleName=role, PolicyName="deny", PolicyDocument=json.dumps(DENY_TABLES))
    yield
    iam.delete_role_policy(RoleName=role, PolicyName="deny")


@pytest.mark.usefixtures("denied_role")
def test_a_function_is_held_to_the_policies_of_its_role(stack: RunningStack) -> None:
    subscription = stack.sell("denied", MeteringMode.LICENSE, "api_calls")
    token = stack.mint_token(subscription)
    assert post_token(stack.addresses.register_url, token).is_server_error
