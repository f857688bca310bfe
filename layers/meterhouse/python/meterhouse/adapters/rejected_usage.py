"""The RejectedUsageQueue: what can never be billed as it is, whole, with a code and a sentence."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from meterhouse.domain.events import Rejection
from meterhouse.ports import Report

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# SendMessageBatch: at most 10 messages, and 1 MiB for one message and for all of them together.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
BATCH_MESSAGES_MAX = 10
BATCH_BYTES_MAX = 1_000_000
# A character can take six bytes as a JSON escape, and each part carries the reason along.
_PART_CHARACTERS = 150_000


@dataclass(frozen=True, slots=True)
class _Part:
    position: int
    body: str


class RejectedUsageQueue:
    """Implements `meterhouse.ports.RejectedUsage` on SQS."""

    def __init__(self, sqs: "SQSClient", queue_url: str, report: Report) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self._report = report

    def send(self, rejections: Sequence[Rejection]) -> list[bool]:
        """Send every rejection whole; return for each whether the queue took it.

        What exceeds one message goes out in numbered parts. A part that fails makes its rejection
        fail; it is sent again on redelivery, so parts may repeat.
        """
        taken = [True] * len(rejections)
        parts = (
            _Part(position, body)
            for position, rejection in enumerate(rejections)
            for body in rejection_bodies(rejection)
        )
        for batch in _batches(parts):
            for position in self._send_batch(batch):
                taken[position] = False
        return taken

    def _send_batch(self, batch: list[_Part]) -> set[int]:
        """Send one batch; return the positions of rejections that were not taken."""
        try:
            answer = self._sqs.send_message_batch(
                QueueUrl=self._queue_url,
                Entries=[
                    {"Id": str(index), "MessageBody": part.body} for index, part in enumerate(batch)
                ],
            )
        except (ClientError, BotoCoreError) as error:
            self._report.event("rejected_usage_not_sent", parts=len(batch), error=str(error))
            return {part.position for part in batch}
        return {batch[int(entry["Id"])].position for entry in answer.get("Failed", [])}


def rejection_bodies(rejection: Rejection) -> list[str]:
    """Return the messages that carry one rejection: one, unless its content is too large.

    `content` is the event as it was understood, or the raw body. Numbers other than integers are
    shown as texts, which an event may contain as well.
    """
    document = {
        "code": rejection.code,
        "reason": rejection.sentence,
        "message_id": rejection.message_id,
        "position": rejection.position,
    }
    body = json.dumps({**document, "content": rejection.content}, default=_show)
    if len(body) <= BATCH_BYTES_MAX:
        return [body]
    content = rejection.content
    raw = content if isinstance(content, str) else json.dumps(content, default=_show)
    pieces = [raw[at : at + _PART_CHARACTERS] for at in range(0, len(raw), _PART_CHARACTERS)]
    return [
        json.dumps({**document, "part": number, "parts": len(pieces), "content_part": piece})
        for number, piece in enumerate(pieces, start=1)
    ]


def _show(value: object) -> str:
    assert isinstance(value, Decimal)
    return str(value)


def _batches(parts: Iterator[_Part]) -> Iterator[list[_Part]]:
    batch: list[_Part] = []
    size = 0
    for part in parts:
        size += len(part.body)
        if batch and (len(batch) == BATCH_MESSAGES_MAX or size > BATCH_BYTES_MAX):
            yield batch
            batch, size = [], len(part.body)
        batch.append(part)
    if batch:
        yield batch
