"""Whole SQS batches of good and bad events, and what an independent reader makes of them."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from meterhouse.domain.usage.events import QueueMessage
from tests.fuzz import hostile, usage
from tests.fuzz.usage import Home, Member, Tags


@dataclass(frozen=True, slots=True)
class Message:
    """A body with its members; a body that is rejected as one has a single member without usage."""

    body: str
    members: tuple[Member, ...]
    is_packed: bool


@dataclass(slots=True)
class Expectation:
    """What must become of a batch.

    Attributes:
        usage: for each record and event id, every quantity and tag set that was written for it.
        rejected: the text of everything that must be rejected, by message and position.

    """

    usage: dict[tuple[Home, str], list[tuple[Decimal, Tags]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    rejected: dict[tuple[str, int | None], str] = field(default_factory=dict)


def batches(now_at: datetime) -> st.SearchStrategy[list[Message]]:
    """Return batches of one to six messages, most of them with good and bad neighbours."""
    return st.lists(_messages(now_at), min_size=1, max_size=6)


def _messages(now_at: datetime) -> st.SearchStrategy[Message]:
    good = usage.members(now_at)
    any_member = good | good | hostile.members()
    return st.one_of(
        st.lists(any_member, min_size=1, max_size=5).map(_pack),
        st.lists(any_member, min_size=1, max_size=5).map(_pack),
        any_member.map(lambda one: Message(one.text, (one,), is_packed=False)),
        st.sampled_from(hostile.BODIES).map(
            lambda body: Message(body, (Member(body, None),), is_packed=False)
        ),
    )


def _pack(members: list[Member]) -> Message:
    body = '{"events": [' + ", ".join(member.text for member in members) + "]}"
    return Message(body, tuple(members), is_packed=True)


def queue_messages(batch: list[Message], sent_at: datetime) -> list[QueueMessage]:
    """Return the batch as SQS delivers it."""
    return [QueueMessage(f"m{n}", message.body, sent_at) for n, message in enumerate(batch)]


def expect(batch: list[Message], sent_at: datetime) -> Expectation:
    """Say what must become of a batch, from what its events were built to mean."""
    expectation = Expectation()
    for number, message in enumerate(batch):
        for place, member in enumerate(message.members):
            position = place if message.is_packed else None
            message_id = f"m{number}"
            if member.usage is None:
                expectation.rejected[message_id, position] = member.text
                continue
            meant = member.usage
            moment = meant.occurred_at or sent_at
            home = (meant.subscription, meant.dimension, _hour_of(moment))
            default_id = message_id if position is None else f"{message_id}/{position}"
            event_id = default_id if meant.event_id is None else meant.event_id
            expectation.usage[home, event_id].append((meant.quantity, meant.tags))
    return expectation


def _hour_of(moment: datetime) -> datetime:
    return moment - timedelta(
        minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond
    )


def outline(value: object) -> object:
    """Return a JSON value with its names and texts, and with every number just as a number."""
    match value:
        case dict():
            return {name: outline(member) for name, member in value.items()}
        case list():
            return [outline(member) for member in value]
        case str() | bool() | None:
            return value
        case _:
            return "a number"


def outline_of_text(text: str) -> object:
    """Read a JSON text without asking what its numbers are."""
    return outline(json.loads(text, parse_int=_blind, parse_float=_blind, parse_constant=_blind))


def _blind(_text: str) -> int:
    return 0
