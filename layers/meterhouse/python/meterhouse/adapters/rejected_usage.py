"""The RejectedUsageQueue: what can never be billed as it is, whole, with a code and a sentence."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import inf
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from meterhouse.adapters.usage_queue import CALL_SECONDS_MAX
from meterhouse.domain.packing import pack
from meterhouse.domain.usage.events import Rejection
from meterhouse.ports.process import Report

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from meterhouse.errors import Fault

# SendMessageBatch: at most 10 messages, and 1 MiB for one message and for all of them together.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
BATCH_MESSAGES_MAX = 10
BATCH_BYTES_MAX = 1_040_000
# Leaves room in a message for what stands around its rejections.
BODY_BYTES_MAX = 1_000_000
# A character can take twelve bytes as a JSON escape, and each part carries the reason along.
_PART_CHARACTERS = 75_000
# What stands around contents: faults, and a position for each of them.
_CONTENT_BYTES_MAX, _POSITION_BYTES = 990_000, 12


@dataclass(frozen=True, slots=True)
class _Part:
    message_id: str
    body: str


class RejectedUsageQueue:
    """Implements `ports.queues.RejectedUsage` on SQS."""

    def __init__(self, sqs: "SQSClient", queue_url: str, report: Report) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self._report = report

    def send(
        self,
        rejections: Mapping[str, Sequence[Rejection]],
        *,
        seconds_left: Callable[[], float] = lambda: inf,
    ) -> set[str]:
        """Send every message's rejections; return the messages that the queue did not take.

        What is not taken, or has no time, is sent again on redelivery, so rejections may repeat.
        """
        refused: set[str] = set()
        parts = (
            _Part(message_id, body)
            for message_id, of_message in rejections.items()
            for body in rejection_bodies(message_id, of_message)
        )
        batches = pack(
            parts,
            lambda part: len(part.body),
            weight_max=BATCH_BYTES_MAX,
            count_max=BATCH_MESSAGES_MAX,
        )
        for batch in batches:
            if seconds_left() < CALL_SECONDS_MAX:
                refused |= {part.message_id for part in batch}
            else:
                refused |= self._send_batch(batch)
        return refused

    def _send_batch(self, batch: list[_Part]) -> set[str]:
        """Send one batch; return the messages whose rejections were not taken."""
        try:
            answer = self._sqs.send_message_batch(
                QueueUrl=self._queue_url,
                Entries=[
                    {"Id": str(index), "MessageBody": part.body} for index, part in enumerate(batch)
                ],
            )
        except (ClientError, BotoCoreError) as error:
            self._report.failure("rejected_usage_not_sent", bodies=len(batch), error=str(error))
            return {part.message_id for part in batch}
        return {batch[int(entry["Id"])].message_id for entry in answer.get("Failed", [])}


def rejection_bodies(message_id: str, rejections: Sequence[Rejection]) -> Iterator[str]:
    """Yield the bodies that carry a message's rejections, as many together as fit.

    A body is `{"message_id", "rejections": [{"code", "reason", "faults", "position", "content"}]}`.
    `faults` are all that the event has, each with its `code` and `reason`, and those above are the
    first one's. `content` is the event as it was read, or its text; numbers other than integers are
    shown as texts, which an event may contain as well. Events with the same faults stand together,
    with `positions` and `contents` in their order, so that a body is not much longer than the
    message.
    Content that exceeds a body comes alone, in numbered parts: `part`, `parts` and `content_part`
    in place of `content`. Where an event lacks its id or its time, `lent` has the `id` and `time`
    that the drain took from the message or its envelope.
    """
    lent = next((one.lent for one in rejections if one.lent is not None), None)
    kinds: dict[tuple[Fault, ...], list[Rejection]] = {}
    for rejection in rejections:
        kinds.setdefault(rejection.faults, []).append(rejection)
    head: dict[str, object] = {"message_id": message_id}
    if lent is not None:
        head["lent"] = {"id": lent[0], "time": lent[1].isoformat()}
    told = json.dumps(head).removesuffix("}")
    members = (member for faults, some in kinds.items() for member in _members(faults, some))
    for packed in pack(members, lambda member: len(member) + 2, weight_max=BODY_BYTES_MAX):
        yield f'{told}, "rejections": [{", ".join(packed)}]}}'


def _members(faults: "Sequence[Fault]", rejections: Sequence[Rejection]) -> Iterator[str]:
    """Yield what stands in bodies for events with the same faults."""
    told = [{"code": fault.code, "reason": fault.sentence} for fault in faults]
    reason = {**told[0], "faults": told}
    whole: list[tuple[int | None, str]] = []
    for rejection in rejections:
        written = json.dumps(rejection.content, default=_show)
        if len(written) > _CONTENT_BYTES_MAX:
            yield from _parts(reason, rejection)
        else:
            whole.append((rejection.position, written))
    shares = pack(whole, lambda one: len(one[1]) + _POSITION_BYTES, weight_max=_CONTENT_BYTES_MAX)
    yield from (_member(reason, share) for share in shares)


def _member(reason: dict[str, Any], share: list[tuple[int | None, str]]) -> str:
    opened = json.dumps(reason).removesuffix("}")
    if len(share) == 1:
        ((position, content),) = share
        return f'{opened}, "position": {json.dumps(position)}, "content": {content}}}'
    positions = json.dumps([position for position, _ in share])
    contents = ", ".join(content for _, content in share)
    return f'{opened}, "positions": {positions}, "contents": [{contents}]}}'


def _parts(reason: dict[str, Any], rejection: Rejection) -> Iterator[str]:
    content = rejection.content
    raw = content if isinstance(content, str) else json.dumps(content, default=_show)
    pieces = [raw[at : at + _PART_CHARACTERS] for at in range(0, len(raw), _PART_CHARACTERS)]
    document = {**reason, "position": rejection.position}
    for number, piece in enumerate(pieces, start=1):
        yield json.dumps({**document, "part": number, "parts": len(pieces), "content_part": piece})


def _show(value: object) -> str:
    assert isinstance(value, Decimal)
    return str(value)
