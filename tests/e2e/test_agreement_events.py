"""What AWS tells of agreements reaches the function that follows them, on both of AWS's ways."""

import json
import time
from collections.abc import Callable

import pytest
from marketplace_sandbox.client import Channel, EventDocument, MeteringMode

from local.stack.function_logs import read_function_logs
from tests.e2e.running_stack import LEGACY_PRODUCT_CODE, RunningStack

pytestmark = pytest.mark.stack

TOLD_SECONDS_MAX = 60.0
POLL_SECONDS = 0.2


def told_of(stack: RunningStack, agreement_id: str, channel: Channel) -> list[EventDocument]:
    """List what the sandbox sent about an agreement on one of AWS's ways."""
    return stack.marketplace.list_events(agreement_id=agreement_id, channel=channel)["events"]


def log_of(stack: RunningStack, function: str) -> str:
    lines = read_function_logs(stack.aws)
    return "\n".join(line.text for line in lines if line.function == function)


def wait_until(happened: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + TOLD_SECONDS_MAX
    while not happened():
        assert time.monotonic() < give_up_at, "it did not happen"
        time.sleep(POLL_SECONDS)


def wait_until_logged(stack: RunningStack, events: list[EventDocument]) -> None:
    def are_all_logged() -> bool:
        log = log_of(stack, "TrackAgreements")
        return all(event["event_id"] in log for event in events)

    wait_until(are_all_logged)


def test_an_event_of_a_new_agreement_reaches_the_function(stack: RunningStack) -> None:
    subscription = stack.sell("told", MeteringMode.LICENSE, "api_calls")

    events = told_of(stack, subscription.agreement_id, Channel.EVENTBRIDGE)
    assert {event["name"] for event in events} >= {"License Updated - Manufacturer"}
    wait_until_logged(stack, events)


def test_the_end_of_a_registered_buyers_agreement_starts_a_run_for_it(stack: RunningStack) -> None:
    subscription = stack.sell("ended", MeteringMode.LICENSE, "api_calls")
    assert subscription.license_arn is not None
    stack.register(subscription)
    wait_until_logged(stack, told_of(stack, subscription.agreement_id, Channel.EVENTBRIDGE))

    stack.marketplace.cancel_agreement(subscription.agreement_id)

    license_id = subscription.license_arn.rpartition(":")[2]
    wait_until(lambda: f'"license#{license_id}"' in log_of(stack, "ReconcileUsage"))
    assert "run_not_started" not in log_of(stack, "TrackAgreements")


def test_a_message_of_a_subscribed_topic_reaches_the_function(stack: RunningStack) -> None:
    stack.marketplace.list_product(
        "Legacy", ["api_calls"], mode=MeteringMode.LEGACY, product_code=LEGACY_PRODUCT_CODE
    )
    agreement = stack.marketplace.subscribe(LEGACY_PRODUCT_CODE)

    messages = told_of(stack, agreement["agreement_id"], Channel.SNS_SUBSCRIPTION)
    assert [message["name"] for message in messages] == ["subscribe-success"]
    wait_until_logged(stack, messages)


def test_a_message_of_a_topic_that_is_not_subscribed_is_sent_nowhere(stack: RunningStack) -> None:
    subscription = stack.sell("unheard", MeteringMode.LEGACY, "api_calls")
    wait_until(lambda: not stack.marketplace.list_deliveries()["waiting"])

    delivered = {one["event_id"] for one in stack.marketplace.list_deliveries()["deliveries"]}
    messages = told_of(stack, subscription.agreement_id, Channel.SNS_SUBSCRIPTION)
    events = told_of(stack, subscription.agreement_id, Channel.EVENTBRIDGE)
    assert messages
    assert {event["event_id"] for event in events} <= delivered
    assert not {message["event_id"] for message in messages} & delivered


def test_the_deployed_rule_would_hand_each_event_to_the_queue(stack: RunningStack) -> None:
    """The sandbox stands in for the rule, since a bus takes AWS's events from AWS alone."""
    subscription = stack.sell("ruled", MeteringMode.LICENSE, "api_calls")
    attributes = stack.aws.sqs().get_queue_attributes(
        QueueUrl=stack.addresses.agreement_events_queue_url, AttributeNames=["QueueArn"]
    )["Attributes"]
    buses = stack.aws.client("events")
    (name,) = buses.list_rule_names_by_target(TargetArn=attributes["QueueArn"])["RuleNames"]
    rule = buses.describe_rule(Name=name)

    assert (rule["EventBusName"], rule["State"]) == ("default", "ENABLED")
    for event in told_of(stack, subscription.agreement_id, Channel.EVENTBRIDGE):
        assert buses.test_event_pattern(
            EventPattern=rule["EventPattern"], Event=json.dumps(event["document"])
        )["Result"]
