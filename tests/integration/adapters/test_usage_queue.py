"""The contract of UsageQueue: what waits, and how far the drains have come."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from meterhouse.adapters.usage_queue import UsageQueueView
from meterhouse.domain.usage.backlog import Backlog
from meterhouse.domain.usage.events import QueueMessage
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports.queues import UsageQueue
from tests.fakes.world import InMemoryUsageQueue
from tests.integration.adapters.backends import Aws
from tests.integration.adapters.noting import NOW, drain_for_long
from tests.unit.domain.builders import HOUR, MINUTE


@dataclass(frozen=True, slots=True)
class Filled:
    """A UsageQueue whose queue holds five messages, two of which some drain holds."""

    queue: UsageQueue


@pytest.fixture
def filled(any_aws: Aws | None) -> Filled:
    if any_aws is None:
        fake = InMemoryUsageQueue()
        fake.waiting, fake.in_flight = 3, 2
        return Filled(fake)
    url = any_aws.create_queue()
    for n in range(5):
        any_aws.sqs.send_message(QueueUrl=url, MessageBody=str(n))
    any_aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=2, VisibilityTimeout=600)
    table_name = any_aws.create_table("UsageTable")
    return Filled(UsageQueueView(any_aws.sqs, url, any_aws.dynamodb, table_name))


@pytest.fixture
def new_view(aws: Aws) -> Callable[[], UsageQueueView]:
    """Return a maker of views of one queue, each in a process of its own."""
    url, table_name = aws.create_queue(), aws.create_table("UsageTable")
    return lambda: UsageQueueView(aws.sqs, url, aws.dynamodb, table_name)


def test_the_backlog_tells_waiting_messages_from_those_in_a_drains_hands(filled: Filled) -> None:
    assert filled.queue.backlog(NOW) == Backlog(waiting=3, in_flight=2, drained_to_at=None)


def test_a_drain_knows_how_far_it_came_itself(filled: Filled) -> None:
    drain_for_long(filled.queue)
    filled.queue.note_progress(NOW - HOUR, NOW)

    assert filled.queue.backlog(NOW).drained_to_at == NOW - HOUR


def test_the_latest_note_counts(filled: Filled) -> None:
    drain_for_long(filled.queue)
    filled.queue.note_progress(NOW - HOUR, NOW)
    filled.queue.note_progress(NOW - 5 * MINUTE, NOW + 2 * MINUTE)

    assert filled.queue.backlog(NOW + 2 * MINUTE).drained_to_at == NOW - 5 * MINUTE


def test_a_note_from_a_while_ago_says_nothing_to_anybody(filled: Filled) -> None:
    filled.queue.note_progress(NOW - HOUR, NOW)

    assert filled.queue.backlog(NOW + 21 * MINUTE).drained_to_at is None


def test_an_empty_queue_has_no_backlog(new_view: Callable[[], UsageQueueView]) -> None:
    assert new_view().backlog(NOW) == Backlog(waiting=0, in_flight=0, drained_to_at=None)


def test_a_delayed_message_waits_too(aws: Aws) -> None:
    url, table_name = aws.create_queue(), aws.create_table("UsageTable")
    aws.sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=600)

    view = UsageQueueView(aws.sqs, url, aws.dynamodb, table_name)

    assert view.backlog(NOW).waiting == 1


def test_other_processes_learn_how_far_the_drains_have_come(
    new_view: Callable[[], UsageQueueView],
) -> None:
    drain_for_long(new_view())
    new_view().note_progress(NOW - HOUR, NOW)

    assert new_view().backlog(NOW + 19 * MINUTE).drained_to_at == NOW - HOUR


def test_the_drain_that_is_least_far_counts(new_view: Callable[[], UsageQueueView]) -> None:
    drain_for_long(new_view())
    new_view().note_progress(NOW - HOUR, NOW)
    new_view().note_progress(NOW - MINUTE, NOW + MINUTE)

    assert new_view().backlog(NOW + 2 * MINUTE).drained_to_at == NOW - HOUR


def test_a_drain_that_goes_back_says_so_at_once(new_view: Callable[[], UsageQueueView]) -> None:
    drain_for_long(new_view())
    drain = new_view()
    drain.note_progress(NOW - MINUTE, NOW)
    drain.note_progress(NOW - HOUR, NOW)

    assert new_view().backlog(NOW).drained_to_at == NOW - HOUR


def test_drains_are_not_done_with_messages_that_come_back(
    new_view: Callable[[], UsageQueueView],
) -> None:
    drain = new_view()
    drain.retry_soon([QueueMessage("m1", "{}", NOW - HOUR, "receipt", 5)], NOW)
    for minutes in range(0, 20, 2):
        drain.note_progress(NOW + minutes * MINUTE, NOW + minutes * MINUTE)

    assert new_view().backlog(NOW + 20 * MINUTE).drained_to_at == NOW - HOUR
    assert new_view().backlog(NOW + 36 * MINUTE).drained_to_at == NOW + 18 * MINUTE


def test_of_messages_that_come_back_the_oldest_counts(
    new_view: Callable[[], UsageQueueView],
) -> None:
    drain = new_view()
    drain.retry_soon(
        [
            QueueMessage("m1", "{}", NOW - MINUTE, "receipt", 1),
            QueueMessage("m2", "{}", NOW - HOUR, "receipt", 1),
            QueueMessage("m3", "{}", NOW - 2 * MINUTE, "receipt", 1),
        ],
        NOW,
    )
    drain.retry_soon([QueueMessage("m4", "{}", NOW - MINUTE, "receipt", 1)], NOW)

    assert new_view().backlog(NOW).drained_to_at == NOW - HOUR


def test_a_note_from_a_while_ago_says_nothing(new_view: Callable[[], UsageQueueView]) -> None:
    drain = new_view()
    drain.note_progress(NOW - HOUR, NOW)

    assert new_view().backlog(NOW + 21 * MINUTE).drained_to_at is None
    assert drain.backlog(NOW + 21 * MINUTE).drained_to_at is None


def test_a_busy_drain_notes_its_progress_every_two_minutes(
    aws: Aws, new_view: Callable[[], UsageQueueView]
) -> None:
    drain_for_long(new_view())
    aws.calls.clear()
    drain = new_view()
    for seconds in range(0, 360, 5):
        moment = NOW + timedelta(seconds=seconds)
        drain.note_progress(moment, moment)

    assert len(aws.calls_of("PutItem")) == 3


def test_a_note_never_claims_more_than_was_drained(new_view: Callable[[], UsageQueueView]) -> None:
    drain_for_long(new_view())
    sent_at = NOW + timedelta(microseconds=999_999)
    new_view().note_progress(sent_at, NOW + MINUTE)

    drained_to_at = new_view().backlog(NOW + MINUTE).drained_to_at
    assert drained_to_at is not None
    assert sent_at - timedelta(seconds=1) < drained_to_at <= sent_at


def test_a_queue_that_does_not_answer_is_said_to_be_unavailable(any_aws: Aws | None) -> None:
    queue: UsageQueue
    if any_aws is None:
        queue = fake = InMemoryUsageQueue()
        fake.is_down = True
    else:
        table_name, url = any_aws.create_table("UsageTable"), any_aws.create_queue()
        any_aws.sqs.delete_queue(QueueUrl=url)
        queue = UsageQueueView(any_aws.sqs, url, any_aws.dynamodb, table_name)

    with pytest.raises(StorageUnavailableError):
        queue.backlog(NOW)


def test_kept_messages_come_back_soon_and_later_with_every_delivery(aws: Aws) -> None:
    url, table_name = aws.create_queue(), aws.create_table("UsageTable")
    for n in range(23):
        aws.sqs.send_message(QueueUrl=url, MessageBody=str(n))
    held = [
        QueueMessage(one["MessageId"], one["Body"], NOW, one["ReceiptHandle"], int(one["Body"]))
        for _ in range(3)
        for one in aws.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600
        )["Messages"]
    ]
    assert len(held) == 23

    slow = UsageQueueView(aws.sqs, url, aws.dynamodb, table_name).retry_soon(held[1:], NOW)

    assert slow == 0
    entries = [
        entry for call in aws.calls_of("ChangeMessageVisibilityBatch") for entry in call["Entries"]
    ]
    assert [entry["ReceiptHandle"] for entry in entries] == [one.receipt for one in held[1:]]
    pauses = [entry["VisibilityTimeout"] for entry in entries]
    assert pauses == sorted(pauses)
    assert 0 < pauses[0] < pauses[-1] <= 43_200


def test_messages_for_which_no_time_is_left_come_back_late_and_are_counted(aws: Aws) -> None:
    url, table_name = aws.create_queue(), aws.create_table("UsageTable")
    aws.calls.clear()
    kept = [QueueMessage(f"m{n}", "{}", NOW, f"receipt {n}", 1) for n in range(35)]
    left = iter([600.0, 600.0, 15.0, 14.0, 3.0])

    slow = UsageQueueView(aws.sqs, url, aws.dynamodb, table_name).retry_soon(
        kept, NOW, seconds_left=lambda: next(left)
    )

    # The first look is at the note of what comes back.
    assert len(aws.calls_of("ChangeMessageVisibilityBatch")) == 1
    assert slow >= 25


def test_messages_that_sqs_no_longer_knows_harm_nothing(filled: Filled) -> None:
    filled.queue.retry_soon([QueueMessage("m1", "{}", NOW, "no such receipt", 1)], NOW)
    assert filled.queue.retry_soon([], NOW) == 0

    assert filled.queue.backlog(NOW).in_flight == 2
