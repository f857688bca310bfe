"""Packing events into messages and messages into requests, up to the limits of SQS.

A message and a whole SendMessageBatch request hold at most 1 MiB (1,048,576 bytes) each, and a
request at most ten messages: SendMessageBatch in the service model.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from meterhouse.domain.packing import pack

MESSAGE_BYTES_MAX = 1_048_576
REQUEST_BYTES_MAX = 1_048_576
REQUEST_MESSAGES_MAX = 10
_ENVELOPE_BYTES = len('{"events":[]}')


class EventTooLargeError(ValueError):
    """One event alone does not fit into a message."""


def pack_events(
    events: Iterable[dict[str, Any]], *, bytes_max: int = MESSAGE_BYTES_MAX
) -> Iterator[str]:
    """Yield message bodies `{"events":[…]}` that hold as many events as fit, in order."""
    # Each event but the last has a comma behind it.
    room = bytes_max - _ENVELOPE_BYTES + 1
    texts = (_written(event, room - 1) for event in events)
    for packed in pack(texts, lambda text: len(text) + 1, weight_max=room):
        yield '{"events":[' + ",".join(packed) + "]}"


def group_into_requests(bodies: Iterable[str]) -> Iterator[list[str]]:
    """Return groups of message bodies that fit into one SendMessageBatch request, in order."""
    return pack(
        bodies,
        lambda body: len(body.encode()),
        weight_max=REQUEST_BYTES_MAX,
        count_max=REQUEST_MESSAGES_MAX,
    )


def _written(event: dict[str, Any], bytes_max: int) -> str:
    text = json.dumps(event, separators=(",", ":"), ensure_ascii=True)  # a byte a character
    if len(text) > bytes_max:
        raise EventTooLargeError(f"an event of {len(text)} bytes does not fit into a message")
    return text
