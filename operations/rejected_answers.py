"""What `rejected` shows of events that could not be billed."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from operations.answers import Answer
from operations.rejected_queue import RejectedEvent, RejectedMessage

_FIELDS = ("id", "subscription", "dimension", "quantity", "time")
_SHOWN_MAX = 80


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A rejected event in a list: its codes, and what could be read of it."""

    name: str
    codes: str
    id: str
    subscription: str
    dimension: str
    quantity: str
    time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedListAnswer(Answer):
    """The rejected events."""

    events: tuple[RejectedRow, ...]

    @property
    def sentences(self) -> Iterator[str]:
        """Say what to do, or that there is nothing."""
        if self.events:
            yield (
                "`meterhouse rejected show EVENT` has each whole, `meterhouse explain CODE` what "
                "a code means."
            )
        else:
            yield "There are no rejected events."


@dataclass(frozen=True, slots=True)
class FaultRow:
    """One thing that is wrong with an event."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedEventAnswer(Answer):
    """One rejected event, whole; `content` is JSON, or the text that it came as."""

    name: str
    message_id: str
    position: int | None
    part: str | None
    faults: tuple[FaultRow, ...]
    content: str

    @property
    def sentences(self) -> Iterator[str]:
        """Say what to do."""
        yield (
            f"Mend it and send it again: meterhouse rejected mend {self.name} --set FIELD=VALUE. "
            "It keeps its id, so nothing is billed twice."
        )


def list_answer(messages: Sequence[RejectedMessage], limit: int) -> RejectedListAnswer:
    """Return the events of messages of which one more than `limit` was asked for."""
    rows = (row_of(one) for message in messages[:limit] for one in message.events)
    return RejectedListAnswer(is_whole=len(messages) <= limit, events=tuple(rows))


def event_answer(event: RejectedEvent) -> RejectedEventAnswer:
    """Return an event whole."""
    content = event.content
    return RejectedEventAnswer(
        name=event.name,
        message_id=event.message_id,
        position=event.position,
        part=event.part,
        faults=tuple(FaultRow(*one) for one in event.faults),
        content=content if isinstance(content, str) else json.dumps(content, ensure_ascii=False),
    )


def row_of(event: RejectedEvent) -> RejectedRow:
    """Return an event as a list shows it; what cannot be read stays empty."""
    content = event.content if isinstance(event.content, dict) else {}
    # Of a CloudEvent its data says the rest.
    data = content.get("data")
    told = {**(data if isinstance(data, dict) else {}), **content}
    if "specversion" in content:
        told["subscription"] = content.get("subject")
    shown = {name: _short(told.get(name)) for name in _FIELDS}
    codes = ", ".join(dict.fromkeys(code for code, _ in event.faults))
    return RejectedRow(name=event.name, codes=codes, **shown)


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return "" if value is None else text[:_SHOWN_MAX]
