"""The seller's systems that docs/integrate.md sets up, on the local stack."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local.seller.marketplace import Subscription
from local.stack.aws_clients import AwsAccess
from local.stack.built_template import read_built_template
from meterhouse.domain.subscriptions.identity import license_key
from tests.e2e.running_stack import REPOSITORY, RunningStack
from tests.template.evaluation import Evaluation

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


@contextmanager
def web_address() -> Iterator[tuple[str, list[tuple[str, dict[str, Any]]]]]:
    """Serve a web address; give it, and the list of the secrets and bodies that came."""
    came: list[tuple[str, dict[str, Any]]] = []

    class Address(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.append((str(self.headers["Authorization"]), json.loads(body)))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Address) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hook", came
        finally:
            server.shutdown()


@contextmanager
def webhook(stack: RunningStack, url: str, secret: str) -> Iterator[None]:
    """Make of docs/integrate/webhook.yaml by calls what the emulator's CloudFormation cannot."""
    resources = read_built_template(TEMPLATES / "webhook.yaml").document["Resources"]
    values = {"EventBusName": stack.addresses.event_bus, "WebhookUrl": url, "WebhookSecret": secret}
    named = Evaluation(values, {})
    connection, destination, rule = (
        named.of(resources[one]["Properties"])
        for one in ("WebhookConnection", "WebhookApiDestination", "SubscriptionsRule")
    )
    buses = stack.aws.client("events")
    connection = buses.create_connection(Name="hook", **connection)
    destination |= {"ConnectionArn": connection["ConnectionArn"]}
    destination = buses.create_api_destination(Name="hook", **destination)
    (target,) = rule["Targets"]
    bus, pattern = rule["EventBusName"], json.dumps(rule["EventPattern"])
    buses.put_rule(Name="hook", EventBusName=bus, EventPattern=pattern)
    # Neither roles nor dead letters of rules are played.
    target = {"Id": target["Id"], "Arn": destination["ApiDestinationArn"]}
    buses.put_targets(Rule="hook", EventBusName=bus, Targets=[target])
    try:
        yield
    finally:
        buses.remove_targets(Rule="hook", EventBusName=bus, Ids=[target["Id"]])
        buses.delete_rule(Name="hook", EventBusName=bus)
