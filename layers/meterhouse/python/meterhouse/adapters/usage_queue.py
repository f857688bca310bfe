"""The UsageQueue: its backlog, and messages that are to come back soon."""

import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from math import inf
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from meterhouse.adapters.usage_table.drain_notes import DrainNotes
from meterhouse.domain.usage.backlog import Backlog
from meterhouse.domain.usage.events import QueueMessage
from meterhouse.errors import StorageUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import ChangeMessageVisibilityBatchRequestEntryTypeDef

# One call of SQS, or write to the table, that hangs; see `runtime.wiring`.
CALL_SECONDS_MAX, NOTE_SECONDS_MAX = 16.0, 55.0
# What follows a note, the writing of usage, needs as much again.
PROGRESS_SECONDS_MIN = 2 * NOTE_SECONDS_MAX
RETRY_SECONDS_MIN = 30
RETRY_SECONDS_MAX = 900
_RETRY_DOUBLINGS_MAX = 5
_BATCH_MESSAGES_MAX = 10


class UsageQueueView:
    """Implements `ports.queues.UsageQueue` with SQS and notes in the UsageTable."""

    def __init__(
        self,
        sqs: "SQSClient",
        queue_url: str,
        dynamodb: "DynamoDBClient",
        table_name: str,
        *,
        process: str | None = None,
    ) -> None:
        """Look at a queue; `process` names this one among the drains, by chance if not given."""
        self._sqs = sqs
        self._queue_url = queue_url
        self._notes = DrainNotes(dynamodb, table_name, process or uuid.uuid4().hex)

    def backlog(self, now: datetime) -> Backlog:
        """Return what waits in the queue, approximately."""
        try:
            counts = self._sqs.get_queue_attributes(
                QueueUrl=self._queue_url,
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesDelayed",
                    "ApproximateNumberOfMessagesNotVisible",
                ],
            )["Attributes"]
        except (ClientError, BotoCoreError) as error:
            raise StorageUnavailableError(f"the usage queue does not answer: {error}") from error
        return Backlog(
            waiting=int(counts["ApproximateNumberOfMessages"])
            + int(counts.get("ApproximateNumberOfMessagesDelayed", "0")),
            in_flight=int(counts["ApproximateNumberOfMessagesNotVisible"]),
            drained_to_at=self._notes.drained_to(now),
        )

    def retry_soon(
        self,
        messages: Sequence[QueueMessage],
        now: datetime,
        *,
        seconds_left: Callable[[], float] = lambda: inf,
    ) -> int:
        """Shorten the visibility timeout of kept messages, less with every delivery.

        The timeout of the queue is longer than the settle time: usage that failed once would miss
        its hour. What fails here, or has no time, is only slower: the message comes back all the
        same. Return how many do.
        """
        slow = 0
        if not messages:
            return 0
        pause_seconds = max(retry_pause_seconds(message.receives) for message in messages)
        oldest_at = min(message.sent_at for message in messages)
        if seconds_left() < NOTE_SECONDS_MAX:
            self._notes.miss()
        else:
            with suppress(StorageUnavailableError):
                self._notes.note_kept(oldest_at, now + timedelta(seconds=pause_seconds), now)
        for start in range(0, len(messages), _BATCH_MESSAGES_MAX):
            batch = messages[start : start + _BATCH_MESSAGES_MAX]
            slow += len(batch) if seconds_left() < CALL_SECONDS_MAX else self._hasten(batch)
        return slow

    def _hasten(self, batch: Sequence[QueueMessage]) -> int:
        """Let at most ten messages come back soon; return how many will not."""
        entries: list[ChangeMessageVisibilityBatchRequestEntryTypeDef] = [
            {
                "Id": str(index),
                "ReceiptHandle": message.receipt,
                "VisibilityTimeout": retry_pause_seconds(message.receives),
            }
            for index, message in enumerate(batch)
        ]
        try:
            answer = self._sqs.change_message_visibility_batch(
                QueueUrl=self._queue_url, Entries=entries
            )
        except (ClientError, BotoCoreError):
            return len(batch)
        return len(answer.get("Failed", []))

    def note_progress(
        self, sent_at: datetime, now: datetime, *, seconds_left: Callable[[], float] = lambda: inf
    ) -> None:
        """Remember that a drain works on messages sent at `sent_at`; see the port."""
        self._notes.note(sent_at, now, lambda: seconds_left() >= PROGRESS_SECONDS_MIN)


def retry_pause_seconds(receives: int) -> int:
    """Return how long a message waits after its `receives`-th failed delivery."""
    doublings = min(receives - 1, _RETRY_DOUBLINGS_MAX)
    return min(RETRY_SECONDS_MIN << doublings, RETRY_SECONDS_MAX)
