"""The UsageQueue's backlog, and how far the drains have come.

SQS does not say how old its messages are. So every drain notes when the messages were sent that it
works on, at most once a minute, and whoever closes an hour compares.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from meterhouse.adapters.dynamodb_calls import call
from meterhouse.adapters.usage_items import epoch_number, text
from meterhouse.domain.events import QueueMessage
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports import Backlog

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

NOTE_INTERVAL = timedelta(minutes=1)
# A note of an older drain says nothing about a queue that fills while no drain runs.
NOTE_LIFETIME = timedelta(minutes=10)
RETRY_SECONDS_MIN = 30
RETRY_SECONDS_MAX = 900
_RETRY_DOUBLINGS_MAX = 5
_BATCH_MESSAGES_MAX = 10
_NOTE_KEY = {"pk": text("DRAIN"), "sk": text("PROGRESS")}


class UsageQueueView:
    """Implements `meterhouse.ports.UsageQueue` with SQS and a note in the UsageTable."""

    def __init__(
        self, sqs: "SQSClient", queue_url: str, dynamodb: "DynamoDBClient", table_name: str
    ) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self._dynamodb = dynamodb
        self._table_name = table_name
        self._noted_at: datetime | None = None
        self._own: tuple[datetime, datetime] | None = None

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
            drained_to_at=self._drained_to(now),
        )

    def retry_soon(self, messages: Sequence[QueueMessage]) -> None:
        """Shorten the visibility timeout of kept messages, less with every delivery.

        The timeout of the queue is longer than the settle time: usage that failed once would miss
        its hour. What fails here is only slower: the message comes back all the same.
        """
        for start in range(0, len(messages), _BATCH_MESSAGES_MAX):
            batch = messages[start : start + _BATCH_MESSAGES_MAX]
            with suppress(ClientError, BotoCoreError):
                self._sqs.change_message_visibility_batch(
                    QueueUrl=self._queue_url,
                    Entries=[
                        {
                            "Id": str(index),
                            "ReceiptHandle": message.receipt,
                            "VisibilityTimeout": retry_pause_seconds(message.receives),
                        }
                        for index, message in enumerate(batch)
                    ],
                )

    def note_progress(self, sent_at: datetime, now: datetime) -> None:
        """Remember that drains have come to messages sent at `sent_at`."""
        self._own = (sent_at, now)
        if self._noted_at is not None and now - self._noted_at < NOTE_INTERVAL:
            return
        item = {**_NOTE_KEY, "sent_at": epoch_number(sent_at), "noted_at": epoch_number(now)}
        call(partial(self._dynamodb.put_item, TableName=self._table_name, Item=item))
        self._noted_at = now

    def _drained_to(self, now: datetime) -> datetime | None:
        if self._own is not None and now - self._own[1] < NOTE_INTERVAL:
            return self._own[0]
        answer = call(partial(self._dynamodb.get_item, TableName=self._table_name, Key=_NOTE_KEY))
        item = answer.get("Item")
        if item is None:
            return None
        noted_at = datetime.fromtimestamp(int(item["noted_at"]["N"]), UTC)
        if now - noted_at > NOTE_LIFETIME:
            return None
        return datetime.fromtimestamp(int(item["sent_at"]["N"]), UTC)


def retry_pause_seconds(receives: int) -> int:
    """Return how long a message waits after its `receives`-th failed delivery."""
    doublings = min(receives - 1, _RETRY_DOUBLINGS_MAX)
    return min(RETRY_SECONDS_MIN << doublings, RETRY_SECONDS_MAX)
