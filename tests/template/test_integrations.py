"""What docs/integrate.md deploys: rules that match what is told, and may do nothing else."""

import json
import re
from typing import Any

import pytest

from local.stack.built_template import read_built_template
from meterhouse.domain.subscriptions.announcing import News
from tests.template.cloudformation import QUEUE, REPOSITORY, RULE, resources

DOCUMENT = (REPOSITORY / "docs/integrate.md").read_text()
TEMPLATES = {
    path.stem: read_built_template(path).document
    for path in sorted((REPOSITORY / "docs/integrate").glob("*.yaml"))
}
EXAMPLES = {
    news: json.loads((REPOSITORY / f"events/schemas/examples/{news}.v1.json").read_text())
    for news in News
}

integrations = pytest.mark.parametrize("name", TEMPLATES)


def rule_of(name: str) -> dict[str, Any]:
    (rule,) = resources(RULE, TEMPLATES[name]).values()
    return rule


def matched(name: str) -> set[News]:
    """Return the kinds of news that a rule hands on."""
    pattern: dict[str, list[str]] = rule_of(name)["EventPattern"]
    return {
        news
        for news, event in EXAMPLES.items()
        if all(event[key] in allowed for key, allowed in pattern.items())
    }


def test_there_is_one_for_each_kind_of_system() -> None:
    assert {*TEMPLATES} == {"queue", "webhook", "email", "chat"}


@integrations
def test_the_document_deploys_it_with_each_of_its_parameters(name: str) -> None:
    template = TEMPLATES[name]
    (command,) = re.findall(
        rf"    aws cloudformation deploy [^\n]*{name}\.yaml.*?(?=\n\n)", DOCUMENT, re.DOTALL
    )

    assert set(re.findall(r"(\w+)=", command)) == {*template["Parameters"]}
    has_role = any(one["Type"] == "AWS::IAM::Role" for one in template["Resources"].values())
    assert ("CAPABILITY_IAM" in command) is has_role


@integrations
def test_a_rule_listens_on_the_bus_of_the_stack_and_keeps_what_it_cannot_deliver(name: str) -> None:
    rule = rule_of(name)
    (target,) = rule["Targets"]

    assert rule["EventBusName"] == {"Ref": "EventBusName"}
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["UndeliveredQueue", "Arn"]}}
    assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 24 * 60 * 60
    assert "UndeliveredQueue" in resources(QUEUE, TEMPLATES[name])


@pytest.mark.parametrize("name", ["queue", "webhook"])
def test_a_system_is_told_everything_as_it_is(name: str) -> None:
    (target,) = rule_of(name)["Targets"]

    assert matched(name) == {*News}
    assert not {*target} & {"InputTransformer", "InputPath", "Input"}


@pytest.mark.parametrize("name", ["email", "chat"])
def test_a_person_is_told_what_matters_with_what_each_event_has(name: str) -> None:
    (target,) = rule_of(name)["Targets"]
    paths = target["InputTransformer"]["InputPathsMap"]
    text = target["InputTransformer"]["InputTemplate"]

    assert matched(name) == {News.ACTIVATED, News.ENDING, News.FLAGGED}
    assert set(re.findall(r"<(\w+)>", text)) == {*paths}
    json.loads(text)  # EventBridge takes nothing else
    for news in matched(name):
        for path in paths.values():
            value: Any = EXAMPLES[news]
            for part in path.removeprefix("$.").split("."):
                value = value[part]
            assert value


@integrations
def test_only_the_rule_may_send_and_only_there(name: str) -> None:
    rule_arn = {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["SubscriptionsRule", "Arn"]}}}
    statements = [
        statement
        for resource in TEMPLATES[name]["Resources"].values()
        if resource["Type"] in {"AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"}
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
    ]

    assert statements
    for statement in statements:
        assert statement["Principal"] == {"Service": "events.amazonaws.com"}
        assert statement["Condition"] == rule_arn
        assert statement["Action"] in {"sqs:SendMessage", "sns:Publish"}


def test_the_secret_of_a_webhook_is_shown_to_nobody() -> None:
    assert TEMPLATES["webhook"]["Parameters"]["WebhookSecret"]["NoEcho"] is True


def test_each_kind_of_news_is_explained() -> None:
    rows = "".join(line for line in DOCUMENT.splitlines() if line.startswith("| Subscription "))

    assert [news for news in News if news.replace("_", " ").title() not in rows] == []
