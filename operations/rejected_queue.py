"""The RejectedUsageQueue as an operator sees it: events that can never be billed as they are."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

from operations.held_queue import HeldMessage, HeldQueue


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
        lent: `id` and `time` of its message or envelope, where an event of the message lacks one.

    """

    name: str
    message_id: str
    position: int | None
    faults: tuple[tuple[str, str], ...]
    content: object
    part: str | None = None
    lent: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RejectedMessage:
    """A message of the queue, received and hidden; `document` is its body."""

    held: HeldMessage
    document: dict[str, Any]

    @property
    def id(self) -> str:
        """SQS's, in this queue."""
        return self.held.id

    @property
    def events(self) -> tuple[RejectedEvent, ...]:
        """Its events; several with the same faults stand together in the body."""
        found: list[RejectedEvent] = []
        lent = {name: str(self.document["lent"][name]) for name in self.document.get("lent", ())}
        for one in self.document["rejections"]:
            faults = tuple((fault["code"], fault["reason"]) for fault in one["faults"])
            part = f"{one['part']} of {one['parts']}" if "part" in one else None
            for position, content in _members(one):
                name = f"{self.id}/{len(found)}"
                source = self.document["message_id"]
                found.append(RejectedEvent(name, source, position, faults, content, part, lent))
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


class RejectedQueue(HeldQueue):
    """The queue, and its messages as events."""

    kind: ClassVar = "RejectedUsageQueue"

    @contextmanager
    def rejections(self, count_max: int) -> Iterator[list[RejectedMessage]]:
        """Hold messages while a block runs, and give back what it did not settle."""
        with self.held(count_max) as messages:
            yield [_read(one) for one in messages]

    def settle(self, message: RejectedMessage, names: set[str]) -> None:
        """Take events out of the queue; what else their message holds is put there anew first."""
        others = message.without(names)
        if others is not None:
            self.send(json.dumps(others))
        self.delete(message.held)


def _read(message: HeldMessage) -> RejectedMessage:
    try:
        read = RejectedMessage(message, json.loads(message.body))
        if read.events:
            return read
    except (ValueError, KeyError, TypeError):
        pass
    # Not of Meterhouse's making: it is shown as it came, and can be discarded.
    fault = {"code": "not_a_rejection", "reason": "this message is none of Meterhouse's"}
    content = {"position": None, "content": message.body, "faults": [fault], **fault}
    document = {"message_id": message.id, "rejections": [content]}
    return RejectedMessage(message, document)
