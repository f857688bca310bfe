"""Usage on its way: events, packed into messages, which Lambda is given in batches."""

import json
import random
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import batched

from meterhouse.domain.usage.events import QueueMessage

type EventFields = dict[str, object]

PACKED = 100
"""Events that a producer usually puts into one message."""
# Lambda's limit of an invocation, with room for what surrounds the records:
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LAMBDA_EVENT_BYTES_MAX = 5_900_000
# What SQS adds to a body: message id, receipt handle, attributes, digest, queue.
_RECORD_BYTES = 900
# The template's default batch.
_DRAIN_MESSAGES_MAX = 10_000
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
_MESSAGE_BYTES_MAX = 1_048_576


class Chance(random.Random):
    """Random choices that are the same in every run; they guard nothing."""

    def event(self, license_arn: str, dimension: str, occurred_at: datetime) -> EventFields:
        """Return a usage event as a producer writes it."""
        return {
            "id": str(uuid.UUID(int=self.getrandbits(128), version=4)),
            "subscription": license_arn,
            "dimension": dimension,
            "quantity": self.randrange(1, 1_000),
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
        yield QueueMessage(f"{share[0]['id']}/{len(share)}", body, sent_at)


def lambda_batches(messages: Iterable[QueueMessage]) -> Iterator[tuple[QueueMessage, ...]]:
    """Cut messages into what one invocation is given: 10,000 messages, and 6 MB of JSON."""
    batch: list[QueueMessage] = []
    size_bytes = 0
    for message in messages:
        # The body stands in the invocation's event as a JSON text, its quotes escaped.
        message_bytes = len(message.body) + message.body.count('"') + 2 + _RECORD_BYTES
        is_full = size_bytes + message_bytes > LAMBDA_EVENT_BYTES_MAX
        if batch and (is_full or len(batch) == _DRAIN_MESSAGES_MAX):
            yield tuple(batch)
            batch, size_bytes = [], 0
        batch.append(message)
        size_bytes += message_bytes
    yield tuple(batch)
