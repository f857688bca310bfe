"""A queue as an operator sees it, and a door by which messages go into another one.

SQS has no way to look: what is read is received, hidden for a moment, and given back.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from itertools import batched
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from operations.remedies import told_plainly
from operations.showing import waiting

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_RECEIVED_MAX = 10
# How long what is read is hidden from others at most, while somebody makes up his mind about it.
_HIDDEN_SECONDS = 600
# An answer may be empty although there are messages; so many in a row say that there are none.
_EMPTY_ANSWERS = 2
_WAIT_SECONDS = 1
DEPTHS: "Sequence[QueueAttributeNameType]" = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
)


class HeldMessage(NamedTuple):
    """A message of a queue that nobody else sees for the moment."""

    id: str
    receipt: str
    body: str
    sent_at: datetime


class HeldQueue:
    """A queue; what AWS refuses is an OperationError."""

    kind: ClassVar[str]

    def __init__(self, client: "SQSClient", name: str) -> None:
        self.name = name
        self._client = client
        self._held: dict[str, HeldMessage] = {}

    @contextmanager
    def held(self, count_max: int) -> "Iterator[list[HeldMessage]]":
        """Hold messages while a block runs, and give back what it did not delete."""
        try:
            with waiting("Reading messages") as show:
                found = self._hold(count_max, show)
            yield sorted(found)
        finally:
            self._give_back()

    def depth(self) -> int:
        """Return about how many messages wait, those that somebody holds included; none is read."""
        with self._told_plainly():
            attributes = self._client.get_queue_attributes(
                QueueUrl=self.name, AttributeNames=[*DEPTHS]
            )["Attributes"]
        return sum(int(attributes[name]) for name in DEPTHS)

    def send(self, body: str) -> None:
        """Put a message into the queue; raises OperationError when it was not taken."""
        with self._told_plainly():
            self._client.send_message(QueueUrl=self.name, MessageBody=body)

    def delete(self, message: HeldMessage) -> None:
        """Take a message out of the queue."""
        with self._told_plainly():
            self._client.delete_message(QueueUrl=self.name, ReceiptHandle=message.receipt)
        del self._held[message.id]

    def _hold(self, count_max: int, show: Callable[[object], None]) -> list[HeldMessage]:
        """Receive messages; those that others hold are not seen."""
        empty = 0
        while len(self._held) < count_max and empty < _EMPTY_ANSWERS:
            received = self._receive(min(_RECEIVED_MAX, count_max - len(self._held)))
            empty = 0 if received else empty + 1
            for one in received:
                sent_at = datetime.fromtimestamp(
                    int(one["Attributes"]["SentTimestamp"]) / 1000, UTC
                )
                message = HeldMessage(one["MessageId"], one["ReceiptHandle"], one["Body"], sent_at)
                self._held[message.id] = message
            show(len(self._held))
        return [*self._held.values()]

    def _give_back(self) -> None:
        for some in batched(self._held.values(), _RECEIVED_MAX, strict=False):
            entries: Any = [
                {"Id": str(n), "ReceiptHandle": one.receipt, "VisibilityTimeout": 0}
                for n, one in enumerate(some)
            ]
            with self._told_plainly():
                self._client.change_message_visibility_batch(QueueUrl=self.name, Entries=entries)
        self._held.clear()

    def _receive(self, count: int) -> "Sequence[MessageTypeDef]":
        with self._told_plainly():
            return self._client.receive_message(
                QueueUrl=self.name,
                MaxNumberOfMessages=count,
                VisibilityTimeout=_HIDDEN_SECONDS,
                WaitTimeSeconds=_WAIT_SECONDS,
                MessageSystemAttributeNames=["SentTimestamp"],
            ).get("Messages", [])

    def _told_plainly(self) -> AbstractContextManager[None]:
        return told_plainly(f"queue {self.name}: ")


class UsageDoor(HeldQueue):
    """The UsageQueue, into which usage is sent."""

    kind: ClassVar = "UsageQueue"
