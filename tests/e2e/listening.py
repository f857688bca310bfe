"""The seller's systems that docs/integrate.md sets up, on the local stack."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from local.seller.marketplace import Subscription
from local.stack.aws_clients import AwsAccess
from local.stack.built_template import read_built_template
from meterhouse.domain.subscriptions.identity import license_key
from tests.e2e.running_stack import REPOSITORY, RunningStack

TEMPLATES = REPOSITORY / "docs/integrate"
# What the emulator's CloudFormation does not know.
NOT_PLAYED = {"AWS::Chatbot::SlackChannelConfiguration"}
DEPLOYED_SECONDS_MAX = 60.0


@contextmanager
def deployed(
    stack: RunningStack, name: str, parameters: Mapping[str, str] | None = None
) -> Iterator[dict[str, str]]:
    """Deploy a template of docs/integrate on the stack's bus; give physical ids by logical ones."""
    document = read_built_template(TEMPLATES / f"{name}.yaml").document
    resources = document["Resources"]
    for logical_id in [one for one in resources if resources[one]["Type"] in NOT_PLAYED]:
        del resources[logical_id]
    for resource in resources.values():
        # It outlives its stack, but not this test.
        resource.pop("DeletionPolicy", None)
    values = {"EventBusName": stack.addresses.event_bus, **(parameters or {})}
    stacks, stack_name = stack.aws.stacks(), f"listening-{name}"
    stacks.create_stack(
        StackName=stack_name,
        TemplateBody=json.dumps(document),
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": key, "ParameterValue": one} for key, one in values.items()],
    )
    try:
        _wait_until_created(stack.aws, stack_name)
        found = stacks.describe_stack_resources(StackName=stack_name)["StackResources"]
        yield {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}
    finally:
        stacks.delete_stack(StackName=stack_name)


def _wait_until_created(aws: AwsAccess, stack_name: str) -> None:
    give_up_at = time.monotonic() + DEPLOYED_SECONDS_MAX
    status = "CREATE_IN_PROGRESS"
    while status == "CREATE_IN_PROGRESS" and time.monotonic() < give_up_at:
        status = aws.stacks().describe_stacks(StackName=stack_name)["Stacks"][0]["StackStatus"]
        time.sleep(0.1)
    events = aws.stacks().describe_stack_events(StackName=stack_name)["StackEvents"]
    assert status == "CREATE_COMPLETE", [one.get("ResourceStatusReason") for one in events]


@dataclass(slots=True)
class Mailbox:
    """A queue, and everything that ever came out of it."""

    aws: AwsAccess
    queue_url: str
    bodies: list[dict[str, Any]] = field(default_factory=list)

    def empty(self) -> list[dict[str, Any]]:
        """Take what has come; return all that ever came, in the order in which it did."""
        sqs = self.aws.sqs()
        asked = {"QueueUrl": self.queue_url, "MaxNumberOfMessages": 10}
        while messages := sqs.receive_message(**asked).get("Messages"):  # type: ignore[arg-type]
            for one in messages:
                self.bodies.append(json.loads(one["Body"]))
                receipt = one["ReceiptHandle"]
                sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=receipt)
        return self.bodies

    def told_of(self, subscription: Subscription) -> list[dict[str, Any]]:
        """Return the events about a subscription."""
        key = license_key(subscription.license_arn or "")
        return [one for one in self.empty() if one["detail"]["subscription"]["key"] == key]

    def types(self, subscription: Subscription) -> list[str]:
        """Say what happened to a subscription."""
        return [one["detail"]["type"] for one in self.told_of(subscription)]


def arn_of(aws: AwsAccess, queue_url: str) -> str:
    """Return the ARN of a queue."""
    asked = aws.sqs().get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
    return asked["Attributes"]["QueueArn"]


def subscribe(aws: AwsAccess, topic: str, queue_name: str) -> Mailbox:
    """Let a queue get what a topic publishes."""
    queue_url = aws.sqs().create_queue(QueueName=queue_name)["QueueUrl"]
    endpoint = arn_of(aws, queue_url)
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": endpoint,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    aws.sqs().set_queue_attributes(QueueUrl=queue_url, Attributes={"Policy": policy})
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint)
    return Mailbox(aws, queue_url)
