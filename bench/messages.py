"""Usage on its way: events, packed into messages, which Lambda is given in batches."""

import json
import random
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import batched

from meterhouse.domain.events import QueueMessage

type EventFields = dict[str, object]

PACKED = 100
"""Events that a producer usually puts into one message."""
# Lambda's limit of an invocation, with room for what surrounds the records:
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LAMBDA_EVENT_BYTES_MAX = 5_900_000
# What SQS adds to a body: message id, receipt handle, attributes, digest, queue.
LAMBDA_RECORD_BYTES = 900
DRAIN_MESSAGES_MAX = 10_000
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
_MESSAGE_BYTES_MAX = 1_048_576


class Chance:
    """Random choices that are the same in every run; they guard nothing."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - measurements, not secrets

    def below(self, count: int) -> int:
        """Return a whole number from 0, less than `count`."""
        return self._random.randrange(count)

    def event(self, license_arn: str, dimension: str, occurred_at: datetime) -> EventFields:
        """Return a usage event as a producer writes it."""
        return {
            "id": str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
            "subscription": license_arn,
            "dimension": dimension,
            "quantity": self._random.randrange(1, 1_000),
            "time": occurred_at.isoformat(),
        }


def pack_messages(
    events: Iterable[EventFields], sent_at: datetime, *, packed: int = PACKED
) -> Iterator[QueueMessage]:
    """Yield messages of `packed` events each."""
    for share in batched(events, packed, strict=False):
        body = json.dumps({"events": share}, separators=(",", ":"))
        if len(body) > _MESSAGE_BYTES_MAX:
            raise ValueError(f"SQS takes no message of {len(body):,} bytes")
        first_id = str(share[0]["id"])
        yield QueueMessage(f"{first_id}/{len(share)}", body, sent_at)


def lambda_batches(
    messages: Iterable[QueueMessage], *, count_max: int = DRAIN_MESSAGES_MAX
) -> Iterator[tuple[QueueMessage, ...]]:
    """Cut messages into what one invocation is given: 10,000 messages, and 6 MB of JSON."""
    batch: list[QueueMessage] = []
    size_bytes = 0
    for message in messages:
        # The body stands in the invocation's event as a JSON text.
        message_bytes = len(json.dumps(message.body)) + LAMBDA_RECORD_BYTES
        is_full = size_bytes + message_bytes > LAMBDA_EVENT_BYTES_MAX
        if batch and (is_full or len(batch) == count_max):
            yield tuple(batch)
            batch, size_bytes = [], 0
        batch.append(message)
        size_bytes += message_bytes
    yield tuple(batch)
