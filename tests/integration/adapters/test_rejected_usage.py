"""The contract of RejectedUsage, and how the queue carries what it is given whole."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import pytest

from meterhouse.adapters.rejected_usage import RejectedUsageQueue, rejection_bodies
from meterhouse.domain.usage.events import Rejection
from meterhouse.errors import Fault
from meterhouse.ports.queues import RejectedUsage
from tests.fakes.rejections import rejections_in
from tests.fakes.world import InMemoryRejectedUsage, InMemoryReport
from tests.integration.adapters.backends import Aws
from tests.unit.domain.builders import read_body

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MEBIBYTE = 1_048_576
NOT_JSON = Fault("not_json", "the body is not JSON")
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
ALLOWED = frozenset({0x9, 0xA, 0xD, *range(0x20, 0xD800), *range(0xE000, 0xFFFE)})


@dataclass(slots=True)
class Desk:
    """The real adapter, its queue, and what it reported."""

    rejected: RejectedUsage
    sqs: "SQSClient"
    url: str
    report: InMemoryReport

    def received(self) -> Iterator[dict[str, Any]]:
        while True:
            answer = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10)
            if not answer.get("Messages"):
                return
            for message in answer["Messages"]:
                yield json.loads(message["Body"])


@pytest.fixture
def desk(aws: Aws, report: InMemoryReport) -> Desk:
    url = aws.create_queue()
    return Desk(RejectedUsageQueue(aws.sqs, url, report), aws.sqs, url, report)


@pytest.fixture
def rejected(any_aws: Aws | None, report: InMemoryReport) -> RejectedUsage:
    if any_aws is None:
        return InMemoryRejectedUsage()
    return RejectedUsageQueue(any_aws.sqs, any_aws.create_queue(), report)


def rejection(content: object, *, position: int | None = None, message_id: str = "m1") -> Rejection:
    return Rejection(message_id, position, (NOT_JSON,), content)


def reassembled(bodies: list[dict[str, Any]]) -> dict[int | None, str]:
    """Put the numbered parts of each position together, whatever order they came in."""
    parts: dict[int | None, dict[int, str]] = {}
    for body in bodies:
        for member in rejections_in(body):
            pieces = parts.setdefault(member["position"], {})
            pieces[member["part"]] = member["content_part"]
            assert member["parts"] >= member["part"] >= 1
    return {
        position: "".join(piece for _, piece in sorted(pieces.items()))
        for position, pieces in parts.items()
    }


def test_what_the_queue_takes_is_not_named(rejected: RejectedUsage) -> None:
    given = {f"m{n}": [rejection("x", message_id=f"m{n}")] for n in range(25)}

    assert rejected.send(given) == set()
    assert rejected.send({}) == set()


def test_a_queue_that_is_gone_took_no_message(any_aws: Aws | None, report: InMemoryReport) -> None:
    rejected: RejectedUsage
    if any_aws is None:
        rejected = fake = InMemoryRejectedUsage()
        fake.is_down = True
    else:
        url = any_aws.create_queue()
        any_aws.sqs.delete_queue(QueueUrl=url)
        rejected = RejectedUsageQueue(any_aws.sqs, url, report)

    given = {f"m{n}": [rejection("x", message_id=f"m{n}")] for n in range(25)}
    assert rejected.send(given) == set(given)


def test_a_message_with_many_large_rejections_is_taken(rejected: RejectedUsage) -> None:
    many = {"m1": [rejection("x" * 400_000, position=n) for n in range(6)], "m2": []}

    assert rejected.send(many) == set()


def test_a_rejection_carries_its_reason_and_the_event_as_it_was_understood(desk: Desk) -> None:
    content = {"id": "e1", "quantity": Decimal("-1.50"), "count": 7, "tags": {"a": None}}
    desk.rejected.send({"m1": [rejection(content, position=3)]})

    (body,) = desk.received()
    assert body == {
        "message_id": "m1",
        "rejections": [
            {
                "code": "not_json",
                "reason": "the body is not JSON",
                "faults": [{"code": "not_json", "reason": "the body is not JSON"}],
                "position": 3,
                "content": {"id": "e1", "quantity": "-1.50", "count": 7, "tags": {"a": None}},
            }
        ],
    }


@pytest.mark.parametrize(
    ("member", "count"),
    [("{}", 20_000), ("{}", 300_000), ("1", 20_000), ("[]", 20_000), ('{"id": 7}', 20_000)],
)
def test_rejections_are_not_much_longer_than_the_message(member: str, count: int) -> None:
    message = f'{{"events": [{",".join([member] * count)}]}}'
    rejections = [one for one in read_body(message) if isinstance(one, Rejection)]

    bodies = list(rejection_bodies("m1", rejections))

    assert sum(map(len, bodies)) < 7 * len(message)
    assert len(bodies) <= 1 + 7 * len(message) // MEBIBYTE
    found = [one for body in bodies for one in rejections_in(json.loads(body))]
    assert [one["position"] for one in found] == list(range(count))
    assert {json.dumps(one["content"]) for one in found} == {member}


def test_events_with_the_same_faults_stand_together_and_in_order(desk: Desk) -> None:
    same = [rejection({"id": f"e{n}"}, position=n) for n in (0, 2)]
    other = replace(same[0], faults=(NOT_JSON, Fault("other", "it is blue")), position=1)
    desk.rejected.send({"m1": [same[0], other, same[1]]})

    (body,) = desk.received()
    first = {"code": "not_json", "reason": "the body is not JSON"}
    assert body["rejections"] == [
        {
            **first,
            "faults": [first],
            "positions": [0, 2],
            "contents": [{"id": "e0"}, {"id": "e2"}],
        },
        {
            **first,
            "faults": [first, {"code": "other", "reason": "it is blue"}],
            "position": 1,
            "content": {"id": "e0"},
        },
    ]


def test_every_rejection_of_many_messages_arrives(desk: Desk) -> None:
    given = {
        f"m{n}": [rejection(f"{n}/{k}", position=k, message_id=f"m{n}") for k in range(3)]
        for n in range(23)
    }

    assert desk.rejected.send(given) == set()

    arrived = {
        (body["message_id"], member["content"])
        for body in desk.received()
        for member in rejections_in(body)
    }
    assert arrived == {(f"m{n}", f"{n}/{k}") for n in range(23) for k in range(3)}


@pytest.mark.parametrize(
    "content",
    ["x" * MEBIBYTE, "\x00" * 400_000, "\U0001f600" * 260_000, '"\\' * 400_000],
    ids=["letters", "control characters", "wide characters", "quotes"],
)
def test_a_body_of_a_mebibyte_arrives_in_parts_that_reassemble(desk: Desk, content: str) -> None:
    assert desk.rejected.send({"m1": [rejection(content)]}) == set()

    bodies = list(desk.received())
    assert len(bodies) > 1
    assert reassembled(bodies) == {None: content}


@pytest.mark.parametrize("length", [1_050_000, 1_050_001, 1_049_999])
def test_a_body_that_fills_its_parts_to_the_last_character_loses_none(length: int) -> None:
    content = "x" * (length - 1) + "!"

    bodies = [json.loads(body) for body in rejection_bodies("m1", [rejection(content)])]

    assert reassembled(bodies) == {None: content}


def test_a_large_event_that_was_understood_reassembles_to_its_json(desk: Desk) -> None:
    content = {"id": "e1", "junk": ["\x01" * 1_000] * 300}
    desk.rejected.send({"m1": [rejection(content, position=0), rejection(content, position=1)]})

    found = reassembled(list(desk.received()))

    assert {position: json.loads(text) for position, text in found.items()} == {
        0: content,
        1: content,
    }


@pytest.mark.parametrize(
    "content",
    [
        "\x00\x01\x1f\x7f\ufffe\uffff\ud800",
        {"\ud83d": "\x0b"},
        [Decimal("NaN"), Decimal("1E+400"), None, True],
        "x" * 3_000_000,
        ["\x00" * 90_000] * 6,
    ],
    ids=["raw", "keys", "numbers", "long", "large and hostile"],
)
def test_no_body_has_a_character_or_a_size_that_sqs_refuses(content: object) -> None:
    # Moto takes any character; SQS refuses the whole message: InvalidMessageContents.
    bodies = list(rejection_bodies("m1", [rejection(content)] * 3))

    assert max(len(body.encode()) for body in bodies) <= MEBIBYTE
    assert all(ord(character) in ALLOWED for body in bodies for character in body)


def test_batches_hold_ten_bodies_and_a_mebibyte_at_most(aws: Aws, desk: Desk) -> None:
    small = {f"s{n}": [rejection("x", message_id=f"s{n}")] for n in range(35)}
    large = {f"l{n}": [rejection("x" * 400_000, message_id=f"l{n}")] for n in range(7)}

    assert desk.rejected.send(small | large) == set()

    batches = [call["Entries"] for call in aws.calls_of("SendMessageBatch")]
    assert max(len(batch) for batch in batches) <= 10
    assert max(sum(len(one["MessageBody"].encode()) for one in batch) for batch in batches) <= (
        MEBIBYTE
    )
    assert all(len({one["Id"] for one in batch}) == len(batch) for batch in batches)


@pytest.mark.parametrize("depth", [100, 3_000])
def test_a_body_nested_as_deeply_as_it_can_be_read_is_handed_over(depth: int) -> None:
    (deep,) = read_body("[" * depth + "]" * depth)

    assert isinstance(deep, Rejection)
    assert list(rejection_bodies("m1", [deep]))


class ChoosyQueue:
    """Takes all but the bodies that hold a word."""

    def __init__(self, sqs: "SQSClient", word: str) -> None:
        self._sqs = sqs
        self._word = word

    def send_message_batch(self, **request: Any) -> Any:
        refused = [one for one in request["Entries"] if self._word in one["MessageBody"]]
        taken = [one for one in request["Entries"] if one not in refused]
        answer: Any = self._sqs.send_message_batch(QueueUrl=request["QueueUrl"], Entries=taken)
        failed = [{"Id": one["Id"], "SenderFault": False, "Code": "X"} for one in refused]
        return {**answer, "Failed": failed} if failed else answer


def test_a_body_that_the_queue_refuses_keeps_its_message_and_no_other(desk: Desk) -> None:
    choosy = cast("SQSClient", ChoosyQueue(desk.sqs, "poison"))
    rejected = RejectedUsageQueue(choosy, desk.url, desk.report)
    given = {
        f"m{n}": [rejection("poison" if n == 4 else "fine", message_id=f"m{n}")] for n in range(12)
    }

    assert rejected.send(given) == {"m4"}
    assert len({body["message_id"] for body in desk.received()}) == 11


def test_rejections_for_which_no_time_is_left_keep_their_messages(desk: Desk) -> None:
    given = {f"m{n:02}": [rejection("x", message_id=f"m{n:02}")] for n in range(25)}
    left = iter([100.0, 15.0, 14.0])

    kept = desk.rejected.send(given, seconds_left=lambda: next(left))

    assert kept == {f"m{n:02}" for n in range(10, 25)}
    assert {body["message_id"] for body in desk.received()} == set(given) - kept


def test_a_queue_that_does_not_answer_keeps_every_message(aws: Aws, desk: Desk) -> None:
    aws.sqs.delete_queue(QueueUrl=desk.url)

    assert desk.rejected.send({"m1": [rejection("x")], "m2": [rejection("y")]}) == {"m1", "m2"}
    assert desk.report.failures == ["rejected_usage_not_sent"]
