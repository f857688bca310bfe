"""The RejectedUsageQueue as an operator sees it: events that can never be billed as they are.

SQS has no way to look: what is read is received, hidden for a moment, and given back.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any, ClassVar

from botocore.exceptions import BotoCoreError, ClientError

from operations.errors import OperationError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_RECEIVED_MAX = 10
# How long what is read is hidden from others at most, while somebody makes up his mind about it.
_HIDDEN_SECONDS = 600
# An answer may be empty although there are messages; so many in a row say that there are none.
_EMPTY_ANSWERS = 2
_WAIT_SECONDS = 1


@dataclass(frozen=True, slots=True)
class RejectedEvent:
    """One event of a message of the queue.

    Attributes:
        name: the message's id in this queue, and the event's place among its events.
        message_id: the id of the message that brought it to the UsageQueue.
        position: its place in that message; None if it was the only event.
        faults: everything that is wrong with it, as pairs of a code and a sentence.
        content: the event as it was read, or its text; None of a part.
        part: which part of a content that was too long for one message, such as `1 of 3`.

    """

    name: str
    message_id: str
    position: int | None
    faults: tuple[tuple[str, str], ...]
    content: object
    part: str | None = None


@dataclass(frozen=True, slots=True)
class RejectedMessage:
    """A message of the queue, received and hidden; `document` is its body."""

    id: str
    receipt: str
    document: dict[str, Any]

    @property
    def events(self) -> tuple[RejectedEvent, ...]:
        """Its events; several with the same faults stand together in the body."""
        found: list[RejectedEvent] = []
        for one in self.document["rejections"]:
            faults = tuple((fault["code"], fault["reason"]) for fault in one["faults"])
            part = f"{one['part']} of {one['parts']}" if "part" in one else None
            for position, content in _members(one):
                name = f"{self.id}/{len(found)}"
                source = self.document["message_id"]
                found.append(RejectedEvent(name, source, position, faults, content, part))
        return tuple(found)

    def without(self, names: set[str]) -> dict[str, Any] | None:
        """Return a body that holds the other events, or None if there are none."""
        left, at = [], 0
        for one in self.document["rejections"]:
            members = [*_members(one)]
            kept = [member for n, member in enumerate(members, at) if f"{self.id}/{n}" not in names]
            at += len(members)
            if len(kept) == len(members):
                left.append(one)
            elif kept:
                told = {name: one[name] for name in ("code", "reason", "faults")}
                positions, contents = zip(*kept, strict=True)
                left.append({**told, "positions": positions, "contents": contents})
        return {**self.document, "rejections": left} if left else None


def _members(rejection: dict[str, Any]) -> list[tuple[int | None, object]]:
    if "contents" in rejection:
        return [*zip(rejection["positions"], rejection["contents"], strict=True)]
    return [(rejection["position"], rejection.get("content"))]


class RejectedQueue:
    """The queue; what AWS refuses is an OperationError."""

    kind: ClassVar = "RejectedUsageQueue"

    def __init__(self, client: "SQSClient", name: str) -> None:
        self.name = name
        self._client = client
        self._held: dict[str, RejectedMessage] = {}

    @contextmanager
    def held(self, count_max: int) -> "Iterator[list[RejectedMessage]]":
        """Hold messages while a block runs, and give back what it did not settle."""
        try:
            yield sorted(self._hold(count_max), key=lambda one: one.id)
        finally:
            self._give_back()

    def settle(self, message: RejectedMessage, names: set[str]) -> None:
        """Take events out of the queue; what else their message holds is put there anew first."""
        others = message.without(names)
        with _told_plainly(self.name):
            if others is not None:
                body = json.dumps(others)
                self._client.send_message(QueueUrl=self.name, MessageBody=body)
            self._client.delete_message(QueueUrl=self.name, ReceiptHandle=message.receipt)
        del self._held[message.id]

    def _hold(self, count_max: int) -> list[RejectedMessage]:
        """Receive messages; those that others hold are not seen."""
        empty = 0
        while len(self._held) < count_max and empty < _EMPTY_ANSWERS:
            received = self._receive(min(_RECEIVED_MAX, count_max - len(self._held)))
            empty = 0 if received else empty + 1
            for one in received:
                self._held[one["MessageId"]] = _read(one)
        return [*self._held.values()]

    def _give_back(self) -> None:
        for some in batched(self._held.values(), _RECEIVED_MAX, strict=False):
            entries: Any = [
                {"Id": str(n), "ReceiptHandle": one.receipt, "VisibilityTimeout": 0}
                for n, one in enumerate(some)
            ]
            with _told_plainly(self.name):
                self._client.change_message_visibility_batch(QueueUrl=self.name, Entries=entries)
        self._held.clear()

    def _receive(self, count: int) -> "Sequence[MessageTypeDef]":
        with _told_plainly(self.name):
            return self._client.receive_message(
                QueueUrl=self.name,
                MaxNumberOfMessages=count,
                VisibilityTimeout=_HIDDEN_SECONDS,
                WaitTimeSeconds=_WAIT_SECONDS,
            ).get("Messages", [])


class UsageDoor:
    """The UsageQueue, into which usage is sent."""

    kind: ClassVar = "UsageQueue"

    def __init__(self, client: "SQSClient", name: str) -> None:
        self.name = name
        self._client = client

    def send(self, event: object) -> None:
        """Send an event; raises OperationError when the queue did not take it."""
        with _told_plainly(self.name):
            self._client.send_message(QueueUrl=self.name, MessageBody=json.dumps(event))


def _read(message: "MessageTypeDef") -> RejectedMessage:
    try:
        read = RejectedMessage(
            message["MessageId"], message["ReceiptHandle"], json.loads(message["Body"])
        )
        if read.events:
            return read
    except (ValueError, KeyError, TypeError):
        pass
    # Not of Meterhouse's making: it is shown as it came, and can be discarded.
    fault = {"code": "not_a_rejection", "reason": "this message is none of Meterhouse's"}
    content = {"position": None, "content": message["Body"], "faults": [fault], **fault}
    document = {"message_id": message["MessageId"], "rejections": [content]}
    return RejectedMessage(message["MessageId"], message["ReceiptHandle"], document)


@contextmanager
def _told_plainly(queue_url: str) -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise OperationError(f"queue {queue_url}: {error}") from error
