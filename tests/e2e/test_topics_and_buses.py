"""Usage that comes by a real topic and a real rule, in the envelopes of SNS and EventBridge."""

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from marketplace_sandbox.client import MeteringMode

from local.seller.usage import UsageFact
from tests.e2e.running_stack import RunningStack, closed_hour

pytestmark = pytest.mark.stack

DETAIL_TYPE = "Usage"


@pytest.fixture
def queue_arn(stack: RunningStack) -> str:
    answer = stack.aws.sqs().get_queue_attributes(
        QueueUrl=stack.addresses.usage_queue_url, AttributeNames=["QueueArn"]
    )
    return answer["Attributes"]["QueueArn"]


@pytest.fixture
def topic(stack: RunningStack, queue_arn: str) -> Iterator[str]:
    sns = stack.aws.client("sns")
    arn: str = sns.create_topic(Name="usage")["TopicArn"]
    # As ProducerSourceArns does it on AWS; the emulator is given no statements of options.
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": [arn]}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    queue_url = stack.addresses.usage_queue_url
    stack.aws.sqs().set_queue_attributes(QueueUrl=queue_url, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue_arn)
    yield arn
    stack.aws.sqs().set_queue_attributes(QueueUrl=queue_url, Attributes={"Policy": ""})
    sns.delete_topic(TopicArn=arn)


@pytest.fixture
def rule(stack: RunningStack, queue_arn: str) -> Iterator[str]:
    events, name = stack.aws.client("events"), "usage"
    events.put_rule(Name=name, EventPattern=json.dumps({"detail-type": [DETAIL_TYPE]}))
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queue_arn}])
    yield name
    events.remove_targets(Rule=name, Ids=["queue"])
    events.delete_rule(Name=name)


@pytest.mark.usefixtures("rule")
def test_usage_by_topic_and_by_bus_is_billed_once_each(stack: RunningStack, topic: str) -> None:
    subscription = stack.sell("topics", MeteringMode.LICENSE, "api_calls")
    stack.register(subscription)
    by_topic, by_bus, as_batch = (
        UsageFact(
            name,
            subscription,
            "api_calls",
            Decimal(quantity),
            closed_hour() + timedelta(minutes=9),
        )
        for name, quantity in (("topic", "1.5"), ("bus", "20"), ("batch", "300"))
    )
    stack.aftermath.rejected_events()  # what others left is taken out
    sns, events = stack.aws.client("sns"), stack.aws.client("events")
    detail = json.dumps(by_bus.as_event())
    entry: dict[str, Any] = {"Source": "seller", "DetailType": DETAIL_TYPE, "Detail": detail}
    for _ in range(2):
        sns.publish(TopicArn=topic, Message=json.dumps(by_topic.as_event()))
        sns.publish(TopicArn=topic, Message=json.dumps([as_batch.as_cloud_event("/seller")]))
        assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0

    comparison = stack.wait_until_billed([by_topic, by_bus, as_batch])

    assert comparison.is_exact, comparison
    assert comparison.billed == Decimal("321.5")
    assert stack.aftermath.rejected_events() == ()
