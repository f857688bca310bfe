"""How AWS's events and messages reach `track_agreements`: whose, from where, and no others."""

from typing import Any

import pytest

from tests.template.cloudformation import (
    FUNCTION,
    QUEUE,
    QUEUE_POLICY,
    RULE,
    SUBSCRIPTION,
    document,
    resources,
)
from tests.template.evaluation import Evaluation

QUEUE_ARN = {"Fn::GetAtt": ["AgreementEventsQueue", "Arn"]}
TOPICS = "arn:aws:sns:us-east-1:287250355862:aws-mp"
CODES = {
    "none": ("", ""),
    "one that is sold by usage": ("atlas", ""),
    "one that is sold by contract": ("atlas", "atlas"),
    "two, one of them by contract": ("atlas,borea", "borea"),
    "as many as there can be": ("a,b,c,d,e", "a,b,c,d,e"),
}

codes = pytest.mark.parametrize(("products", "contracts"), CODES.values(), ids=CODES)


def evaluation(products: str, contracts: str) -> Evaluation:
    parameters = {"LegacyProductCodes": products, "LegacyContractCodes": contracts}
    return Evaluation(parameters, document()["Conditions"])


def topics(products: str, contracts: str) -> tuple[set[str], set[str]]:
    return (
        {f"{TOPICS}-subscription-notification-{code}" for code in products.split(",") if code},
        {f"{TOPICS}-entitlement-notification-{code}" for code in contracts.split(",") if code},
    )


def statements() -> list[dict[str, Any]]:
    policy = resources(QUEUE_POLICY)["AgreementEventsQueuesPolicy"]
    listed: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return listed


def test_the_rule_matches_the_source_and_never_a_list_of_detail_types() -> None:
    (rule,) = resources(RULE).values()

    assert rule["EventPattern"] == {"source": ["aws.agreement-marketplace"]}
    assert "EventBusName" not in rule  # the default bus, where only AWS can name such a source
    assert [target["Arn"] for target in rule["Targets"]] == [QUEUE_ARN]


def test_the_rule_is_there_in_every_region_since_events_are_forwarded_to_the_default_bus() -> None:
    assert "Condition" not in document()["Resources"]["AgreementEventsRule"]


def test_the_rule_alone_may_send_events() -> None:
    _, rule, *topics_of_sns = statements()

    assert rule["Principal"] == {"Service": "events.amazonaws.com"}
    assert (rule["Action"], rule["Resource"]) == ("sqs:SendMessage", QUEUE_ARN)
    assert rule["Condition"] == {
        "ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["AgreementEventsRule", "Arn"]}}
    }
    assert [one["Fn::If"][0] for one in topics_of_sns] == [
        "HasLegacyProducts",
        "HasLegacyContracts",
    ]


@codes
def test_topics_of_these_products_are_subscribed_wherever_the_stack_is(
    products: str, contracts: str
) -> None:
    deployed = evaluation(products, contracts)
    there = [
        deployed.of(resource["Properties"])
        for resource in document()["Resources"].values()
        if resource["Type"] == SUBSCRIPTION and deployed.holds(resource["Condition"])
    ]

    subscriptions, entitlements = topics(products, contracts)
    assert len(there) == len(subscriptions) + len(entitlements)
    assert {one["TopicArn"] for one in there} == subscriptions | entitlements
    assert all(one["Region"] == "us-east-1" for one in there)
    assert all((one["Protocol"], one["Endpoint"]) == ("sqs", QUEUE_ARN) for one in there)


@codes
def test_topics_of_these_products_alone_may_send_messages(products: str, contracts: str) -> None:
    allowed = evaluation(products, contracts).of(statements()[2:])
    there = [one for one in allowed if one != {"Ref": "AWS::NoValue"}]

    expected = [names for names in topics(products, contracts) if names]
    assert [set(one["Condition"]["ArnEquals"]["aws:SourceArn"]) for one in there] == expected
    for one in there:
        assert one["Principal"] == {"Service": "sns.amazonaws.com"}
        assert (one["Action"], one["Resource"]) == ("sqs:SendMessage", QUEUE_ARN)


@pytest.mark.parametrize("function", ["TrackAgreementsFunction", "RegisterCustomerFunction"])
def test_who_needs_to_know_legacy_products_is_told_them(function: str) -> None:
    variables = resources(FUNCTION)[function]["Environment"]["Variables"]

    assert variables["LEGACY_PRODUCT_CODES"] == {"Ref": "LegacyProductCodes"}


def test_a_message_keeps_the_envelope_that_names_its_topic() -> None:
    assert not any("RawMessageDelivery" in one for one in resources(SUBSCRIPTION).values())


def test_events_are_taken_by_the_hundred_and_those_that_fail_are_named() -> None:
    (event,) = resources(FUNCTION)["TrackAgreementsFunction"]["Events"].values()

    assert event == {
        "Type": "SQS",
        "Properties": {
            "Queue": QUEUE_ARN,
            "BatchSize": 100,
            "MaximumBatchingWindowInSeconds": 1,
            "ScalingConfig": {"MaximumConcurrency": 2},
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
        },
    }


def test_an_event_that_keeps_failing_is_set_aside_after_at_least_five_tries() -> None:
    redrive = resources(QUEUE)["AgreementEventsQueue"]["RedrivePolicy"]

    assert redrive["deadLetterTargetArn"] == {
        "Fn::GetAtt": ["AgreementEventsDeadLetterQueue", "Arn"]
    }
    assert redrive["maxReceiveCount"] >= 5


def test_the_unfinished_hour_is_never_held_until_aws_takes_nothing_any_more() -> None:
    parameter = document()["Parameters"]["FinalUsageMinutes"]
    variables = resources(FUNCTION)["ReconcileUsageFunction"]["Environment"]["Variables"]

    assert (parameter["MinValue"], parameter["Default"], parameter["MaxValue"]) == (0, 10, 40)
    assert variables["FINAL_USAGE_MINUTES"] == {"Ref": "FinalUsageMinutes"}
