"""Whole SQS batches of good and bad events, and what an independent reader makes of them."""

import json
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from hypothesis import strategies as st

from meterhouse.domain.usage.events import QueueMessage
from tests.fuzz import hostile, usage
from tests.fuzz.usage import Home, Member, Tags


@dataclass(frozen=True, slots=True)
class Message:
    """A body with its members; a body that is rejected as one has a single member without usage.

    `stamps` are the id and the time that its envelope lends, where it has one.
    """

    body: str
    members: tuple[Member, ...]
    is_packed: bool
    stamps: tuple[str, datetime] | None = None


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
    packed = st.lists(any_member, min_size=1, max_size=5).map(_pack)
    batched = st.lists(any_member, min_size=1, max_size=5).map(_batch)
    alone = any_member.map(_alone)
    enveloped = st.builds(
        _envelop, packed | batched | alone, st.sampled_from(list(Way)), usage.moments(now_at)
    )
    return st.one_of(
        packed,
        packed,
        batched,
        alone,
        enveloped,
        st.sampled_from(hostile.BODIES).map(
            lambda body: Message(body, (Member(body, None),), is_packed=False)
        ),
    )


def _pack(members: list[Member]) -> Message:
    body = '{"events": [' + ", ".join(member.text for member in members) + "]}"
    return Message(body, tuple(members), is_packed=True)


def _batch(members: list[Member]) -> Message:
    body = "[" + ",\n".join(member.text for member in members) + " ]"
    return Message(body, tuple(members), is_packed=True)


def _alone(member: Member) -> Message:
    if member.text.startswith("[") and member.text != "[]":
        inner = Member(member.text.removeprefix("[").removesuffix("]"), None)
        return Message(member.text, (inner,), is_packed=True)
    return Message(member.text, (member,), is_packed=False)


class Way(StrEnum):
    """How a body comes into the queue."""

    SNS = "by SNS"
    EVENT_BRIDGE = "by EventBridge"
    BOTH = "by EventBridge and then SNS"


def _envelop(message: Message, way: Way, moment: tuple[str, datetime]) -> Message:
    """Put a body into an envelope; all that it names beside the event must change nothing."""
    text, sent_at = moment
    event_id, body = f"envelope of {way.name}".replace(" ", "-"), message.body
    if way is not Way.SNS:
        body = usage.write_object(
            [
                *(("id", json.dumps(event_id)), ("quantity", "99"), ("detail-type", '"Usage"')),
                *(("time", json.dumps(text)), ("detail", body), ("subscription", '"nobody"')),
            ]
        )
    if way is not Way.EVENT_BRIDGE:
        stamped = event_id if way is Way.SNS else "another"
        body = json.dumps(
            {
                "Type": "Notification",
                "TopicArn": "arn:aws:sns:::usage",
                "Subject": "e1",
                "MessageId": stamped,
                "Timestamp": text,
                "Message": body,
                "quantity": 99,
            }
        )
    return replace(message, body=body, stamps=(event_id, sent_at))


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
            lent_id, lent_time = message.stamps or (message_id, sent_at)
            home = (meant.subscription, meant.dimension, _hour_of(meant.occurred_at or lent_time))
            default_id = lent_id if position is None else f"{lent_id}/{position}"
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
