"""`dead-letters`: only what SQS may give another id and time goes its way once more."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.adapters.backends import Aws
from tests.integration.operations.queues import reach, run

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

EVENT: dict[str, Any] = {
    "id": "e1",
    "subscription": "arn:aws:license-manager::294406891311:license:l-5f2c8f6d1b0e4a7c9d3e2f1a",
    "dimension": "api_calls",
    "quantity": 1,
    "time": "2026-11-22T18:04:05Z",
}
NO_ID = {name: value for name, value in EVENT.items() if name != "id"}
NO_TIME = {name: value for name, value in EVENT.items() if name != "time"}
ENVELOPED = {
    "Type": "Notification",
    "MessageId": "n-1",
    "TopicArn": "arn:aws:sns:us-east-1:123456789012:usage",
    "Timestamp": "2026-11-22T18:04:05.123Z",
    "Message": json.dumps(NO_ID),
}


@dataclass(slots=True)
class Desk:
    """The queues, and the command as it reaches them by the name of a stack."""

    sqs: "SQSClient"
    urls: dict[str, str]

    def send(self, kind: str, *bodies: object) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.urls[kind], MessageBody=json.dumps(body))

    def bodies(self, kind: str) -> list[Any]:
        answer = self.sqs.receive_message(
            QueueUrl=self.urls[kind], MaxNumberOfMessages=10, VisibilityTimeout=0
        )
        return [json.loads(one["Body"]) for one in answer.get("Messages", [])]

    def run(self, *words: str, typed: str = "") -> tuple[int, str]:
        code, said, _ = run("dead-letters", *words, typed=typed)
        return code, said


@pytest.fixture
def desk(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Desk:
    kinds = ("UsageQueue", "UsageDeadLetterQueue")
    agreements = ("AgreementEventsQueue", "AgreementEventsDeadLetterQueue")
    found = Desk(aws.sqs, {kind: aws.create_queue() for kind in (*kinds, *agreements)})
    reach(aws, monkeypatch, found.urls)
    return found


@pytest.mark.parametrize(
    ("body", "is_safe", "events"),
    [
        (EVENT, True, 1),
        ({"events": [EVENT, EVENT | {"id": "e2"}]}, True, 2),
        (ENVELOPED, True, 1),
        ("no event", True, 0),
        (NO_ID, False, 1),
        (NO_TIME, False, 1),
        ({"events": [EVENT, NO_ID]}, False, 2),
    ],
    ids=["whole", "many", "in an envelope", "unreadable", "no id", "no time", "one without id"],
)
def test_a_message_is_safe_if_another_id_and_time_change_nothing(
    desk: Desk, body: object, *, is_safe: bool, events: int
) -> None:
    desk.send("UsageDeadLetterQueue", body)

    code, said = desk.run("list", "--json")

    assert code == 0
    [found] = json.loads(said)["messages"]
    assert (found["is_safe"], found["events"]) == (is_safe, events)
    assert desk.bodies("UsageDeadLetterQueue") == [body], "looking takes nothing away"


def test_only_what_is_safe_is_sent_again(desk: Desk) -> None:
    desk.send("UsageDeadLetterQueue", EVENT, NO_TIME)

    code, said = desk.run("redrive", typed="y\n")

    assert code == 1, "something was left"
    assert "1 message(s) are sent again; 1 are left" in said
    assert desk.bodies("UsageQueue") == [EVENT]
    assert desk.bodies("UsageDeadLetterQueue") == [NO_TIME]


def test_who_says_no_sends_nothing(desk: Desk) -> None:
    desk.send("UsageDeadLetterQueue", EVENT)

    assert desk.run("redrive", typed="n\n")[0] == 1
    assert (desk.bodies("UsageQueue"), desk.bodies("UsageDeadLetterQueue")) == ([], [EVENT])


def test_awss_events_are_all_sent_again(desk: Desk) -> None:
    desk.send("AgreementEventsDeadLetterQueue", {"id": "a"})

    code, said = desk.run("redrive", "--agreements", "--yes")

    assert (code, said.count("1 message(s) are sent again; 0 are left")) == (0, 1)
    assert desk.bodies("AgreementEventsQueue") == [{"id": "a"}]
    assert desk.bodies("AgreementEventsDeadLetterQueue") == []


def test_nothing_to_do_is_said(desk: Desk) -> None:
    assert "There are no dead letters of usage." in desk.run("list")[1]
    code, said = desk.run("redrive", "--yes")
    assert (code, "nothing to send" in said) == (0, True)
