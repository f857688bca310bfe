"""Dead letters: what may safely be sent again goes its way, and the rest says why not."""

from typing import Any

from loopback_console.testing.visiting import Page, Visitor

from tests.integration.operations.console.filled_stack import FilledStack

EVENT: dict[str, Any] = {
    "id": "e1",
    "subscription": "arn:aws:license-manager::294406891311:license:l-5f2c8f6d1b0e4a7c9d3e2f1a",
    "dimension": "api_calls",
    "quantity": 1,
    "time": "2026-11-18T12:04:05Z",
}
NO_ID = {name: value for name, value in EVENT.items() if name != "id"}


def ask(operator: Visitor, kind: str) -> Page:
    answer = operator.submit("/dead-letters/confirm", kind=kind)
    assert answer.status_code == 200, answer.text
    return Page(answer.text)


def hidden(page: Page) -> dict[str, str]:
    return {one["name"]: one["value"] for one in page.all("input") if one["type"] == "hidden"}


def test_each_letter_says_whether_it_may_be_sent_again_and_why_not(
    visitor: Visitor, filled: FilledStack
) -> None:
    filled.send("UsageDeadLetterQueue", EVENT, NO_ID)

    page = visitor.read("/dead-letters")

    assert "Usage · 2, of which 1 safe" in page.text
    assert "All its events have ids and times of their own" in page.text
    assert "SQS gives both anew, and they may be billed twice" in page.text
    assert "nobody else saw these messages" in page.text
    assert page.all("button") == []
    assert len(filled.bodies("UsageDeadLetterQueue")) == 2, "looking takes nothing away"


def test_the_safe_ones_are_named_and_then_sent(operator: Visitor, filled: FilledStack) -> None:
    filled.send("UsageDeadLetterQueue", EVENT, NO_ID)

    asked = ask(operator, "usage")

    assert "Send 1 message again?" in asked.text
    assert "1 are left where they are" in asked.text
    assert filled.bodies("UsageQueue") == []

    page = operator.go_on("/dead-letters/redrive", **hidden(asked))

    assert "The messages are sent again." in page.text
    assert filled.bodies("UsageQueue") == [EVENT]
    assert filled.bodies("UsageDeadLetterQueue") == [NO_ID]


def test_aws_s_events_are_all_sent_again(operator: Visitor, filled: FilledStack) -> None:
    filled.send("AgreementEventsDeadLetterQueue", {"id": "a"})
    assert "AWS's events of agreements · 1" in operator.read("/dead-letters").text

    operator.go_on("/dead-letters/redrive", **hidden(ask(operator, "agreements")))

    assert filled.bodies("AgreementEventsQueue") == [{"id": "a"}]
    assert filled.bodies("AgreementEventsDeadLetterQueue") == []


def test_a_letter_that_came_meanwhile_is_not_sent_unseen(
    operator: Visitor, filled: FilledStack
) -> None:
    filled.send("UsageDeadLetterQueue", EVENT)
    asked = ask(operator, "usage")
    filled.send("UsageDeadLetterQueue", EVENT | {"id": "e2"})

    page = operator.fail("/dead-letters/redrive", **hidden(asked))

    assert "that is not what was shown" in page.text
    assert filled.bodies("UsageQueue") == []


def test_a_strange_kind_is_refused(operator: Visitor) -> None:
    page = operator.fail("/dead-letters/confirm", kind="<b>")

    assert "kind must be one of usage, agreements" in page.text
    assert "b" not in page.names()
