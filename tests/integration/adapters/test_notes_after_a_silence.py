"""What drains could not note: the first note after that says that messages of any time may come."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from botocore.exceptions import EndpointConnectionError

from meterhouse.adapters.usage_queue import UsageQueueView
from meterhouse.domain.usage.events import QueueMessage
from meterhouse.errors import StorageUnavailableError
from tests.integration.adapters.backends import Aws
from tests.integration.adapters.noting import NOW, drain_for_long
from tests.unit.domain.builders import HOUR, MINUTE

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture
def new_view(aws: Aws) -> Callable[[], UsageQueueView]:
    """Return a maker of views of one queue, each in a process of its own."""
    url, table_name = aws.create_queue(), aws.create_table("UsageTable")
    return lambda: UsageQueueView(aws.sqs, url, aws.dynamodb, table_name)


def test_after_a_silence_messages_of_any_time_may_come(
    new_view: Callable[[], UsageQueueView],
) -> None:
    """While the table took nothing, messages went back to SQS of which nobody could note."""
    drain_for_long(new_view())
    back_at = NOW + 2 * HOUR
    new_view().note_progress(back_at - MINUTE, back_at)

    for minutes in (0, 10, 19):
        other = new_view()
        other.note_progress(back_at, back_at + minutes * MINUTE)
        assert other.backlog(back_at + minutes * MINUTE).drained_to_at == LONG_AGO
    assert new_view().backlog(back_at + 21 * MINUTE).drained_to_at == back_at


def test_after_a_note_that_failed_messages_of_any_time_may_come(
    aws: Aws, new_view: Callable[[], UsageQueueView], monkeypatch: pytest.MonkeyPatch
) -> None:
    drain_for_long(new_view())
    drain = new_view()
    drain.note_progress(NOW, NOW)
    with monkeypatch.context() as patch:
        patch.setattr(aws.dynamodb, "put_item", _refuse)
        drain.retry_soon([QueueMessage("m1", "{}", NOW - HOUR, "receipt", 1)], NOW + MINUTE)

    drain.note_progress(NOW, NOW + 2 * MINUTE)

    assert new_view().backlog(NOW + 21 * MINUTE).drained_to_at == LONG_AGO
    drain.note_progress(NOW + 22 * MINUTE, NOW + 22 * MINUTE)
    assert new_view().backlog(NOW + 23 * MINUTE).drained_to_at == NOW + 22 * MINUTE


def test_messages_given_back_without_time_for_a_note_may_be_of_any_time(
    new_view: Callable[[], UsageQueueView],
) -> None:
    drain_for_long(new_view())
    drain = new_view()
    drain.note_progress(NOW, NOW)
    given_back = [QueueMessage("m1", "{}", NOW - HOUR, "receipt", 5)]
    drain.retry_soon(given_back, NOW + MINUTE, seconds_left=lambda: 50.0)

    drain.note_progress(NOW + 2 * MINUTE, NOW + 2 * MINUTE)

    assert new_view().backlog(NOW + 3 * MINUTE).drained_to_at == LONG_AGO


def test_a_table_that_hangs_takes_a_drain_no_more_than_one_accesss_time_for_its_note(
    aws: Aws, new_view: Callable[[], UsageQueueView], monkeypatch: pytest.MonkeyPatch
) -> None:
    left = 118.0

    def hang(**_: object) -> None:
        nonlocal left
        left -= 55
        raise EndpointConnectionError(endpoint_url="https://dynamodb.invalid")

    drain = new_view()
    monkeypatch.setattr(aws.dynamodb, "query", hang)
    monkeypatch.setattr(aws.dynamodb, "put_item", hang)
    for _ in range(2):
        with pytest.raises(StorageUnavailableError):
            drain.note_progress(NOW, NOW, seconds_left=lambda: left)

    assert left == 118 - 55


def _refuse(**_: object) -> None:
    raise EndpointConnectionError(endpoint_url="https://dynamodb.invalid")
