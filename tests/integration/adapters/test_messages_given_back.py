"""Messages that a drain gives back to SQS: until when they count, and how many come back late."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from meterhouse.adapters.usage_queue import UsageQueueView
from meterhouse.domain.usage.events import QueueMessage
from tests.integration.adapters.backends import Aws
from tests.integration.adapters.table_items import items_of
from tests.unit.domain.builders import HOUR, MINUTE, NOON_AT

NOW = NOON_AT


@pytest.fixture
def table_name(aws: Aws) -> str:
    return aws.create_table("UsageTable")


@pytest.fixture
def new_view(aws: Aws, table_name: str) -> Callable[[], UsageQueueView]:
    """Return a maker of views of one queue, each in a process of its own."""
    url = aws.create_queue()
    return lambda: UsageQueueView(aws.sqs, url, aws.dynamodb, table_name)


def test_the_message_that_comes_back_last_says_until_when_all_of_them_count(
    new_view: Callable[[], UsageQueueView],
) -> None:
    drain = new_view()
    drain.retry_soon(
        [
            QueueMessage("m1", "{}", NOW - MINUTE, "receipt", 1),
            QueueMessage("m2", "{}", NOW - HOUR, "receipt", 6),
        ],
        NOW,
    )

    assert new_view().backlog(NOW + 30 * MINUTE).drained_to_at == NOW - HOUR


def test_older_messages_that_are_given_back_in_the_same_minute_are_noted_too(
    new_view: Callable[[], UsageQueueView],
) -> None:
    drain = new_view()
    drain.retry_soon([QueueMessage("m1", "{}", NOW - MINUTE, "receipt", 1)], NOW)
    drain.retry_soon([QueueMessage("m2", "{}", NOW - HOUR, "receipt", 1)], NOW)

    assert new_view().backlog(NOW).drained_to_at == NOW - HOUR


def test_messages_that_sqs_does_not_hasten_are_counted(
    aws: Aws, new_view: Callable[[], UsageQueueView], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = [QueueMessage(f"m{n}", "{}", NOW, f"receipt {n}", 1) for n in range(12)]

    def hasten_all_but_one(**request: Any) -> Any:
        return {"Failed": request["Entries"][:1]}

    def fall_silent(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://sqs.invalid")

    monkeypatch.setattr(aws.sqs, "change_message_visibility_batch", hasten_all_but_one)
    assert new_view().retry_soon(kept, NOW) == 2

    monkeypatch.setattr(aws.sqs, "change_message_visibility_batch", fall_silent)
    assert new_view().retry_soon(kept, NOW) == 12


def test_notes_that_no_longer_count_are_left_to_the_tables_ttl(
    aws: Aws, table_name: str, new_view: Callable[[], UsageQueueView]
) -> None:
    drain = new_view()
    drain.note_progress(NOW, NOW)
    drain.retry_soon([QueueMessage("m1", "{}", NOW, "receipt", 1)], NOW)

    notes = items_of(aws, table_name).values()

    assert len(notes) == 3
    for note in notes:
        assert int(note["expires_at"]["N"]) > int(note["counts_until"]["N"])
