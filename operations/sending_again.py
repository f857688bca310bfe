"""Sending rejected events again, or deleting them: what is meant, shown first, then done."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from operations.errors import OperationError
from operations.held_queue import UsageDoor
from operations.mending import read_mended
from operations.rejected_queue import RejectedEvent, RejectedMessage, RejectedQueue

type Held = tuple[RejectedMessage, RejectedEvent]
"""An event, and the message of the queue that holds it."""


class Sent(NamedTuple):
    """An event as it is sent again: its name in the queue, of which record it becomes usage."""

    name: str
    record: str
    id: str
    event: dict[str, Any]


def find_events(messages: Sequence[RejectedMessage], names: Iterable[str]) -> list[Held]:
    """Return what is named, each once; raises OperationError if anything is not there."""
    there = {one.name: (message, one) for message in messages for one in message.events}
    absent = [name for name in names if name not in there]
    if absent:
        raise OperationError(
            f"no such event: {', '.join(absent)}; name it as `meterhouse rejected list` does. "
            "Somebody else may look at it right now: try again in some minutes"
        )
    return [there[name] for name in dict.fromkeys(names)]


def plan_sending(
    found: Iterable[Held], mend_one: Callable[[RejectedEvent], dict[str, Any]], now: datetime
) -> list[Sent]:
    """Return what would be sent; raises OperationError with what is still wrong with an event."""
    return [_read_sent(event, mend_one(event), now) for _, event in found]


def send_events(
    door: UsageDoor, queue: RejectedQueue, found: Sequence[Held], sent: Iterable[Sent]
) -> None:
    """Send what was planned, and take it out of the queue."""
    for one in sent:
        door.send(json.dumps(one.event))
    # What is taken out is in the other queue: whatever interrupts it, at worst both have it.
    delete_events(queue, found)


def delete_events(queue: RejectedQueue, found: Sequence[Held]) -> None:
    """Take events out of the queue for good."""
    for message, some in _by_message(found):
        queue.settle(message, {one.name for one in some})


def read_value(text: str) -> object:
    """Read what somebody typed as a field: an object or a list as JSON, all else as a text."""
    return read_json(text) if text[:1] in {"{", "["} else text


def read_json(text: str | bytes) -> object:
    """Read JSON with every digit; raises OperationError."""
    try:
        return json.loads(text, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise OperationError(f"this is no JSON: {error}") from error


def _read_sent(event: RejectedEvent, again: dict[str, Any], now: datetime) -> Sent:
    try:
        read = read_mended(again, now)
    except OperationError as error:
        raise OperationError(f"{event.name}: {error}") from error
    return Sent(event.name, str(read.home), read.event_id, again)


def _by_message(found: Sequence[Held]) -> Iterator[tuple[RejectedMessage, list[RejectedEvent]]]:
    for message in {message.id: message for message, _ in found}.values():
        yield message, [one for other, one in found if other is message]
