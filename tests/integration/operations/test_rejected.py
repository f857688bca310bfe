"""`rejected`: usage that could not be billed is found, mended, and sent under its own identity."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from meterhouse.adapters.rejected_usage import RejectedUsageQueue
from meterhouse.domain.records.policy import LATE_USAGE_MAX
from meterhouse.domain.usage.events import QueueMessage, Rejection, UsageEvent, read_message
from tests.fakes.meterhouse import NOON
from tests.fakes.world import InMemoryReport
from tests.integration.adapters.backends import Aws
from tests.integration.operations.queues import reach, run

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LICENSE = "arn:aws:license-manager::294406891311:license:l-5f2c8f6d1b0e4a7c9d3e2f1a0b4c5d6e"
GOOD: dict[str, Any] = {
    "id": "e1",
    "subscription": LICENSE,
    "dimension": "api_calls",
    "quantity": "2.5",
    "time": NOON.isoformat(),
}
EARLIER = (NOON - timedelta(hours=2)).isoformat()


@dataclass(slots=True)
class Desk:
    """Both queues, and the command as it reaches them by the name of a stack."""

    sqs: "SQSClient"
    usage_url: str
    rejected_url: str

    def reject(self, message_id: str, body: object) -> None:
        message = QueueMessage(message_id, json.dumps(body), NOON)
        read = [*read_message(message, now=NOON, late_max=LATE_USAGE_MAX)]
        rejections = [one for one in read if isinstance(one, Rejection)]
        queue = RejectedUsageQueue(self.sqs, self.rejected_url, InMemoryReport())
        assert not queue.send({message_id: rejections})

    def run(self, *words: str, typed: str = "") -> tuple[int, str, str]:
        return run("rejected", *words, typed=typed)

    def listed(self) -> list[dict[str, Any]]:
        code, said, wrong = self.run("list", "--json")
        assert code == 0, wrong
        events: list[dict[str, Any]] = json.loads(said)["events"]
        return events

    def name_of(self, event_id: str) -> str:
        return str(next(one["name"] for one in self.listed() if one["id"] == event_id))

    def sent(self) -> list[Any]:
        answer = self.sqs.receive_message(QueueUrl=self.usage_url, MaxNumberOfMessages=10)
        return [json.loads(one["Body"]) for one in answer.get("Messages", [])]


@pytest.fixture
def desk(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Desk:
    found = Desk(aws.sqs, aws.create_queue(), aws.create_queue())
    urls = {"UsageQueue": found.usage_url, "RejectedUsageQueue": found.rejected_url}
    reach(aws, monkeypatch, urls)
    return found


def test_each_event_is_listed_with_its_codes_and_what_it_was(desk: Desk) -> None:
    assert desk.run("list")[1].count("There are no rejected events.") == 1
    desk.reject("m1", {"events": [GOOD, GOOD | {"id": "e2", "quantity": -1, "tags": 7}]})
    desk.reject("m2", "no object")

    listed = {one["id"]: one for one in desk.listed()}

    assert listed.keys() == {"e2", ""}
    assert listed["e2"]["codes"] == "quantity_negative, tags_invalid"
    assert (listed["e2"]["dimension"], listed["e2"]["quantity"]) == ("api_calls", "-1")
    assert listed[""]["codes"] == "not_an_object"
    # Looking takes nothing away.
    assert len(desk.listed()) == 2


def test_an_event_is_shown_whole_with_every_fault(desk: Desk) -> None:
    desk.reject("m1", GOOD | {"quantity": -1, "tags": 7})

    code, said, _ = desk.run("show", desk.name_of("e1"), "--json")

    document = json.loads(said)
    assert code == 0
    assert json.loads(document["content"]) == GOOD | {"quantity": -1, "tags": 7}
    assert [one["code"] for one in document["faults"]] == ["quantity_negative", "tags_invalid"]


def test_a_mended_event_keeps_its_identity_and_its_neighbours_stay(desk: Desk) -> None:
    wrong = [GOOD | {"id": f"e{n}", "quantity": -1} for n in (1, 2, 3)]
    desk.reject("m1", {"events": wrong})
    name = desk.name_of("e2")

    code, _, wrong_said = desk.run("mend", name, "--set", "quantity=12.50", typed="y\n")

    assert code == 0, wrong_said
    assert "license#l-5f2c8f6d1b0e4a7c9d3e2f1a0b4c5d6e|api_calls|2026" in wrong_said
    assert desk.sent() == [GOOD | {"id": "e2", "quantity": "12.50"}]
    assert [one["id"] for one in desk.listed()] == ["e1", "e3"]


def test_who_says_no_changes_nothing(desk: Desk) -> None:
    desk.reject("m1", GOOD | {"quantity": -1})

    code, _, said = desk.run("mend", desk.name_of("e1"), "--set", "quantity=1", typed="n\n")

    assert code == 1
    assert "becomes usage of" in said
    assert (desk.sent(), [one["id"] for one in desk.listed()]) == ([], ["e1"])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (("--set", "quantity=-2"), "quantity_invalid"),
        (("--set", "quantity=1", "--set", "nonsense=1"), "field_unknown"),
        (("--set", "quantity=1", "--unset", "time"), "mend` and --set time="),
        (("--set", "quantity=1", "--set", "id.x=1"), "is no object"),
        (("--set", "quantity=1", "--set", "quantity=2"), "quantity is said twice"),
        (("--set", "quantity=1", "--unset", "quantity"), "quantity is said twice"),
    ],
    ids=str,
)
def test_what_is_still_wrong_is_said_and_nothing_is_sent(
    desk: Desk, changes: tuple[str, ...], sentence: str
) -> None:
    desk.reject("m1", GOOD | {"quantity": -1})

    code, _, said = desk.run("mend", desk.name_of("e1"), *changes, "--yes")

    assert code == 2
    assert sentence in " ".join(said.split())
    assert (desk.sent(), len(desk.listed())) == ([], 1)


@pytest.mark.parametrize("own", [{}, {"id": None}])
def test_an_event_without_an_id_gets_the_one_that_the_drain_would_have_given_it(
    desk: Desk, own: dict[str, None]
) -> None:
    nameless = {name: value for name, value in GOOD.items() if name != "id"} | own
    desk.reject("m1", {"events": [nameless, nameless | {"quantity": -1}]})
    [row] = desk.listed()

    assert desk.run("mend", row["name"], "--set", "quantity=1", "--yes")[0] == 0

    [again] = desk.sent()
    (first,) = read_message(
        QueueMessage("x", json.dumps(again), NOON), now=NOON, late_max=LATE_USAGE_MAX
    )
    assert isinstance(first, UsageEvent)
    assert first.event_id == "m1/1"


def test_what_sns_delivers_twice_is_mended_into_one_event(desk: Desk) -> None:
    lacking = {name: GOOD[name] for name in ("subscription", "dimension")} | {"quantity": -1}
    envelope = {"Type": "Notification", "TopicArn": "arn:x", "MessageId": "sns-1"}
    for message_id in ("m1", "m2"):
        desk.reject(message_id, envelope | {"Message": json.dumps([lacking]), "Timestamp": EARLIER})
    for row in desk.listed():
        assert desk.run("mend", row["name"], "--set", "quantity=1", "--yes")[0] == 0

    one, other = desk.sent()

    assert one == other
    assert (one["id"], one["time"]) == ("sns-1/0", EARLIER)


def test_an_event_without_a_time_gets_the_one_at_which_its_message_came(desk: Desk) -> None:
    timeless = {name: value for name, value in GOOD.items() if name != "time"}
    desk.reject("m1", timeless | {"quantity": -1})

    assert desk.run("mend", desk.name_of("e1"), "--set", "quantity=1", "--yes")[0] == 0

    assert [one["time"] for one in desk.sent()] == [NOON.isoformat()]


def test_no_time_is_lent_to_a_cloud_event_whose_data_may_have_one(desk: Desk) -> None:
    data = {name: GOOD[name] for name in ("dimension", "quantity")} | {"time": EARLIER}
    event = {"specversion": "1.0", "id": "c1", "source": "/s", "type": "t", "data": data}
    desk.reject("m1", event)

    subject = f"subject={GOOD['subscription']}"
    code, _, said = desk.run("mend", desk.listed()[0]["name"], "--set", subject, "--yes")

    assert (code, desk.sent()) == (2, [])
    assert "--set time=" in " ".join(said.split())


def test_a_text_that_is_no_event_is_replaced_by_a_whole_one(desk: Desk, tmp_path: Path) -> None:
    desk.reject("m1", "no object")
    [row] = desk.listed()
    assert desk.run("mend", row["name"], "--set", "quantity=1", "--yes")[0] == 2
    whole = tmp_path / "event.json"
    whole.write_text(json.dumps(GOOD))

    assert desk.run("mend", row["name"], "--replace", str(whole), "--yes")[0] == 0

    assert (desk.sent(), desk.listed()) == ([GOOD], [])


def test_events_are_sent_again_as_they_are(desk: Desk) -> None:
    future = GOOD | {"time": "2099-01-01T00:00:00Z"}
    desk.reject("m1", future)

    code, _, said = desk.run("resend", desk.name_of("e1"), "--yes")

    assert code == 2, "it would only be rejected again"
    assert "time_in_future" in said
    assert desk.sent() == []


def test_what_is_discarded_is_written_out_first(desk: Desk) -> None:
    desk.reject("m1", GOOD | {"quantity": -1})

    code, said, _ = desk.run("discard", desk.name_of("e1"), "--yes")

    assert code == 0
    assert json.loads(said)["content"] == GOOD | {"quantity": -1}
    assert (desk.sent(), desk.listed()) == ([], [])


def test_a_message_of_a_strangers_is_shown_and_can_go(desk: Desk) -> None:
    desk.sqs.send_message(QueueUrl=desk.rejected_url, MessageBody="hello")
    [row] = desk.listed()

    assert row["codes"] == "not_a_rejection"
    assert desk.run("discard", row["name"], "--yes")[0] == 0
    assert desk.listed() == []


def test_a_name_that_is_not_there_is_said(desk: Desk) -> None:
    code, _, said = desk.run("show", "somebody/0")

    assert code == 2
    assert "no such event: somebody/0" in said
