"""A buyer's life as the seller's systems hear it: by a queue that listens on the stack's bus."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from marketplace_sandbox.client import MeteringMode

from local.seller.marketplace import Subscription
from tests.e2e.running_stack import RunningStack
from tests.e2e.test_agreement_events import wait_until

pytestmark = pytest.mark.stack

HERE = "meterhouse-e2e"


@dataclass(slots=True)
class Listener:
    """A queue of the seller's product, and what came out of it."""

    stack: RunningStack
    queue_url: str
    events: list[dict[str, Any]] = field(default_factory=list)

    def told_of(self, subscription: Subscription) -> list[dict[str, Any]]:
        """Return the details of what was told of a subscription so far."""
        sqs = self.stack.aws.sqs()
        while messages := sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                self.events.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
        key = f"license#{str(subscription.license_arn).rpartition(':')[2]}"
        details = [event["detail"] for event in self.events]
        return [one for one in details if one["subscription"]["key"] == key]

    def types(self, subscription: Subscription) -> list[str]:
        return [one["type"] for one in self.told_of(subscription)]


@pytest.fixture
def listener(stack: RunningStack) -> Iterator[Listener]:
    queue_url = stack.aws.sqs().create_queue(QueueName=HERE)["QueueUrl"]
    arn = stack.aws.sqs().get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
    buses, bus = stack.aws.client("events"), stack.addresses.event_bus
    pattern = json.dumps({"source": ["meterhouse"]})
    buses.put_rule(Name=HERE, EventBusName=bus, EventPattern=pattern)
    target = {"Id": HERE, "Arn": arn["Attributes"]["QueueArn"]}
    buses.put_targets(Rule=HERE, EventBusName=bus, Targets=[target])
    yield Listener(stack, queue_url)
    buses.remove_targets(Rule=HERE, EventBusName=bus, Ids=[HERE])
    buses.delete_rule(Name=HERE, EventBusName=bus)
    stack.aws.sqs().delete_queue(QueueUrl=queue_url)


def test_a_life(stack: RunningStack, listener: Listener) -> None:
    subscription = stack.sell("heard", MeteringMode.LICENSE, "api_calls")
    wait_until(lambda: "activated" in listener.types(subscription))
    stack.register(subscription)
    wait_until(lambda: "registered" in listener.types(subscription))
    stack.marketplace.cancel_agreement(subscription.agreement_id)
    wait_until(lambda: "ending" in listener.types(subscription))
