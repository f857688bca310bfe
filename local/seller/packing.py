"""Packing events into messages and messages into requests, up to the limits of SQS.

A message and a whole SendMessageBatch request hold at most 1 MiB (1,048,576 bytes) each, and a
request at most ten messages: SendMessageBatch in the service model.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

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
    packed: list[str] = []
    size = _ENVELOPE_BYTES
    for event in events:
        text = json.dumps(event, separators=(",", ":"), ensure_ascii=True)  # a byte a character
        if len(text) + _ENVELOPE_BYTES > bytes_max:
            raise EventTooLargeError(f"an event of {len(text)} bytes does not fit into a message")
        if packed and size + len(text) + 1 > bytes_max:
            yield _envelope(packed)
            packed, size = [], _ENVELOPE_BYTES
        packed.append(text)
        size += len(text) + 1
    if packed:
        yield _envelope(packed)


def group_into_requests(bodies: Iterable[str]) -> Iterator[list[str]]:
    """Yield groups of message bodies that fit into one SendMessageBatch request, in order."""
    group: list[str] = []
    size = 0
    for body in bodies:
        body_bytes = len(body.encode())
        if group and (len(group) == REQUEST_MESSAGES_MAX or size + body_bytes > REQUEST_BYTES_MAX):
            yield group
            group, size = [], 0
        group.append(body)
        size += body_bytes
    if group:
        yield group


def _envelope(events: list[str]) -> str:
    return '{"events":[' + ",".join(events) + "]}"
