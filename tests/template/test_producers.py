"""Who may send usage: products of the account, of other accounts, topics and rules."""

from collections.abc import Iterator
from typing import Any

from tests.template.cloudformation import QUEUE_POLICY, document, resources


def usage_senders() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield who the queue itself lets send usage, by the condition under which it does."""
    _, *senders = resources(QUEUE_POLICY)["UsageQueuesPolicy"]["PolicyDocument"]["Statement"]
    for sender in senders:
        condition, statement, otherwise = sender["Fn::If"]
        assert otherwise == {"Ref": "AWS::NoValue"}
        yield condition, statement


def test_nobody_else_sends_usage_where_nobody_else_is_named() -> None:
    assert [condition for condition, _ in usage_senders()] == ["HasProducers", "HasProducerSources"]


def test_topics_and_rules_may_deliver_usage_only_where_they_are_named() -> None:
    statement = dict(usage_senders())["HasProducerSources"]

    assert document()["Parameters"]["ProducerSourceArns"]["Default"] == ""
    assert statement["Principal"] == {"Service": ["sns.amazonaws.com", "events.amazonaws.com"]}
    assert (statement["Action"], statement["Resource"]) == (
        "sqs:SendMessage",
        {"Fn::GetAtt": ["UsageQueue", "Arn"]},
    )
    named = {"Fn::Split": [",", {"Ref": "ProducerSourceArns"}]}
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": named}}


def test_a_product_of_the_account_may_send_usage_by_a_policy_that_allows_nothing_else() -> None:
    policy = resources("AWS::IAM::ManagedPolicy")["SendUsagePolicy"]
    sending, encrypting = policy["PolicyDocument"]["Statement"]
    condition, statement, otherwise = encrypting["Fn::If"]

    assert (sending["Effect"], sending["Action"], sending["Resource"]) == (
        "Allow",
        "sqs:SendMessage",
        {"Fn::GetAtt": ["UsageQueue", "Arn"]},
    )
    assert (condition, otherwise) == ("HasKmsKey", {"Ref": "AWS::NoValue"})
    assert (statement["Action"], statement["Resource"]) == (
        ["kms:GenerateDataKey", "kms:Decrypt"],
        {"Ref": "KmsKeyArn"},
    )
    assert statement["Condition"] == {
        "StringEquals": {"kms:ViaService": {"Fn::Sub": "sqs.${AWS::Region}.${AWS::URLSuffix}"}}
    }
    assert document()["Outputs"]["SendUsagePolicyArn"]["Value"] == {"Ref": "SendUsagePolicy"}


def test_a_product_may_send_usage_by_the_api_by_a_policy_that_allows_no_other_route() -> None:
    policy = resources("AWS::IAM::ManagedPolicy")["SendUsageByApiPolicy"]
    (statement,) = policy["PolicyDocument"]["Statement"]

    assert (statement["Effect"], statement["Action"]) == ("Allow", "execute-api:Invoke")
    assert statement["Resource"]["Fn::Sub"].endswith(":${HttpApi}/$default/POST/usage")


def test_other_accounts_may_send_usage_only_where_they_are_named_and_nothing_else() -> None:
    statement = dict(usage_senders())["HasProducers"]

    assert document()["Parameters"]["ProducerPrincipals"]["Default"] == ""
    assert statement["Principal"] == {"AWS": {"Fn::Split": [",", {"Ref": "ProducerPrincipals"}]}}
    assert statement["Action"] == ["sqs:SendMessage", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"]
    assert statement["Resource"] == {"Fn::GetAtt": ["UsageQueue", "Arn"]}
