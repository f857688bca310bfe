"""What the sandbox sends arrives in the queues of an emulated AWS, on every way that AWS has."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from marketplace_sandbox.testing import (
    Agreement,
    Channel,
    Dimension,
    HostedMarketplace,
    MeteringMode,
    NewAgreement,
    NewProduct,
    NewTarget,
    Outcome,
    TargetKind,
)

from local.stack import emulator

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

_WAIT_SECONDS = 2
_RECEIVES_MAX = 5


@dataclass(slots=True)
class Inbox:
    """A queue of its own for each test, and a sandbox that has one legacy product."""

    url: str
    sqs: "SQSClient"
    sns: "SNSClient"
    events: "EventBridgeClient"
    name: str = field(default_factory=lambda: f"inbox-{uuid.uuid4().hex[:12]}")
    queue_url: str = field(init=False)
    queue_arn: str = field(init=False)
    marketplace: HostedMarketplace = field(default_factory=HostedMarketplace)

    def __post_init__(self) -> None:
        self.queue_url = self.sqs.create_queue(QueueName=self.name)["QueueUrl"]
        attributes = self.sqs.get_queue_attributes(
            QueueUrl=self.queue_url, AttributeNames=["QueueArn"]
        )
        self.queue_arn = attributes["Attributes"]["QueueArn"]
        statement = {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "sqs:SendMessage",
            "Resource": self.queue_arn,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.sqs.set_queue_attributes(QueueUrl=self.queue_url, Attributes={"Policy": policy})
        self.marketplace.desks.catalogue.list_product(
            NewProduct("Atlas", MeteringMode.LEGACY, (Dimension("api_calls"),), "atlas")
        )

    def subscribe(self) -> Agreement:
        agreement = self.marketplace.desks.agreements.subscribe(NewAgreement("atlas"))
        deliveries = self.marketplace.desks.events.deliver_due()
        assert deliveries
        assert {one.outcome for one in deliveries} == {Outcome.DELIVERED}, deliveries
        return agreement

    def receive(self) -> list[dict[str, Any]]:
        for _ in range(_RECEIVES_MAX):
            answer = self.sqs.receive_message(
                QueueUrl=self.queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=_WAIT_SECONDS
            )
            if answer.get("Messages"):
                return [json.loads(message["Body"]) for message in answer["Messages"]]
        return []


@pytest.fixture
def inbox(emulator_url: str) -> Iterator[Inbox]:
    session = boto3.Session(
        emulator.ACCESS_KEY_ID, emulator.SECRET_ACCESS_KEY, region_name=emulator.REGION
    )
    config = Config(proxies={}, retries={"total_max_attempts": 1})
    sqs = session.client("sqs", endpoint_url=emulator_url, config=config)
    sns = session.client("sns", endpoint_url=emulator_url, config=config)
    events = session.client("events", endpoint_url=emulator_url, config=config)
    yield Inbox(emulator_url, sqs, sns, events)
    for client in (sqs, sns, events):
        client.close()


def test_an_event_arrives_in_a_queue_as_aws_wrote_it(inbox: Inbox) -> None:
    inbox.marketplace.desks.events.add_target(
        NewTarget(
            TargetKind.SQS,
            inbox.queue_url,
            endpoint_url=inbox.url,
            region=emulator.REGION,
            channels=(Channel.EVENTBRIDGE,),
        )
    )
    agreement = inbox.subscribe()
    sent = [
        json.loads(json.dumps(event.document))
        for event in inbox.marketplace.desks.events.events()
        if event.channel is Channel.EVENTBRIDGE
    ]
    received = inbox.receive()
    assert sorted(map(json.dumps, received)) == sorted(map(json.dumps, sent))
    assert received[0]["detail"]["agreement"]["id"] == agreement.agreement_id


def test_an_event_passes_a_bus_and_its_rule_under_a_source_of_ours(inbox: Inbox) -> None:
    inbox.events.put_rule(Name=inbox.name, EventPattern='{"source": ["our.marketplace"]}')
    inbox.events.put_targets(Rule=inbox.name, Targets=[{"Id": "1", "Arn": inbox.queue_arn}])
    inbox.marketplace.desks.events.add_target(
        NewTarget(
            TargetKind.EVENTBRIDGE,
            "default",
            endpoint_url=inbox.url,
            region=emulator.REGION,
            name_prefix="Purchase Agreement Created",
            bus_source="our.marketplace",
        )
    )
    agreement = inbox.subscribe()
    (received,) = inbox.receive()
    inbox.events.remove_targets(Rule=inbox.name, Ids=["1"])
    inbox.events.delete_rule(Name=inbox.name)
    assert received["detail-type"].startswith("Purchase Agreement Created")
    assert received["detail"]["agreement"]["id"] == agreement.agreement_id


def test_a_bus_refuses_aws_s_own_source_as_aws_s_does(inbox: Inbox) -> None:
    inbox.marketplace.desks.events.add_target(
        NewTarget(TargetKind.EVENTBRIDGE, "default", endpoint_url=inbox.url, region=emulator.REGION)
    )
    inbox.marketplace.desks.agreements.subscribe(NewAgreement("atlas"))
    deliveries = inbox.marketplace.desks.events.deliver_due()
    assert {one.outcome for one in deliveries} == {Outcome.FAILED}
    assert {str(one.reason).partition(":")[0] for one in deliveries} == {
        "NotAuthorizedForSourceException"
    }


def test_a_message_passes_a_topic(inbox: Inbox) -> None:
    topic = inbox.sns.create_topic(Name="aws-mp-subscription-notification-atlas")["TopicArn"]
    inbox.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=inbox.queue_arn)
    inbox.marketplace.desks.events.add_target(
        NewTarget(
            TargetKind.SNS,
            topic,
            endpoint_url=inbox.url,
            region=emulator.REGION,
            channels=(Channel.SNS_SUBSCRIPTION,),
        )
    )
    inbox.subscribe()
    (received,) = inbox.receive()
    message = json.loads(received["Message"])
    assert received["Type"] == "Notification"
    assert received["TopicArn"] == topic
    assert (message["action"], message["product-code"]) == ("subscribe-success", "atlas")


def test_a_message_in_a_queue_looks_as_if_it_had_passed_its_topic(inbox: Inbox) -> None:
    topic = inbox.sns.create_topic(Name="aws-mp-subscription-notification-atlas")["TopicArn"]
    subscription = inbox.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=inbox.queue_arn)
    inbox.sns.publish(TopicArn=topic, Message="by way of the topic")
    (by_topic,) = inbox.receive()
    inbox.sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
    inbox.marketplace.desks.events.add_target(
        NewTarget(
            TargetKind.SQS,
            inbox.queue_url,
            endpoint_url=inbox.url,
            region=emulator.REGION,
            channels=(Channel.SNS_SUBSCRIPTION,),
        )
    )
    inbox.subscribe()
    received = [one for one in inbox.receive() if one["Message"] != "by way of the topic"]
    assert received[0].keys() == by_topic.keys() - {"Subject", "MessageAttributes"}


def test_a_queue_that_is_not_there_is_told(inbox: Inbox) -> None:
    inbox.marketplace.desks.events.add_target(
        NewTarget(
            TargetKind.SQS, f"{inbox.queue_url}-not", endpoint_url=inbox.url, region=emulator.REGION
        )
    )
    inbox.marketplace.desks.agreements.subscribe(NewAgreement("atlas"))
    deliveries = inbox.marketplace.desks.events.deliver_due()
    assert {one.outcome for one in deliveries} == {Outcome.FAILED}
    assert all("NonExistentQueue" in str(one.reason) for one in deliveries)
