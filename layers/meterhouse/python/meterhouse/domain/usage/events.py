"""Usage events: what the seller's product reports, parsed so that it cannot be wrong.

A message body is one event, `{"events": [...]}` or `[...]` with many, or a CloudEvents 1.0 event in
its JSON format; SNS or EventBridge may have put their envelopes around it. What can never become
right is a `Rejection` with every fault that it has; its neighbours go on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from meterhouse.domain.faults import Faults
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.strict_json import event_texts, is_whole, read_json
from meterhouse.domain.subscriptions.identity import read_subscription
from meterhouse.domain.usage.cloud_events import check_version, read_fields, read_identity
from meterhouse.domain.usage.envelopes import open_envelope
from meterhouse.domain.usage.event_fields import (
    Origin,
    read_id,
    read_moment,
    read_quantity_of,
    read_tags,
    refuse_unknown,
)
from meterhouse.domain.usage.event_home import read_dimension, read_home
from meterhouse.errors import Fault, UnreadableError

# Clocks may differ by this much: usage that is early waits in its hour's log until that is over.
CLOCK_SKEW = timedelta(hours=1)

_DATA_FIELDS = frozenset({"subscription", "dimension", "quantity", "time", "tags"})
_EVENT_FIELDS = _DATA_FIELDS | {"id"}
_FAULTS_KEPT = 1_024
NO_EVENT = Fault("events_empty", "events must hold an event")
_NO_OBJECT = Fault("not_an_object", "an event must be a JSON object")
# What the constructor of a NamedTuple does, without a call of Python's own for every event.
_new_tuple = tuple.__new__

Tags = tuple[tuple[str, str], ...]
"""Sorted by key, so that equal tag sets are equal values. Empty means untagged."""


class UsageEvent(NamedTuple):
    """One fact reported by the seller's product; a tuple, because a drain makes 100,000 of them.

    Attributes:
        event_id: unique within its subscription, dimension and home hour, for ever.
        home: the metering record that its own time belongs to.
        quantity: non-negative, at most 10 integer and 6 fraction digits.
        occurred_at: UTC.
        tags: become usage allocations.

    """

    event_id: str
    home: RecordKey
    quantity: Decimal
    occurred_at: datetime
    tags: Tags


@dataclass(frozen=True, slots=True)
class Rejection:
    """What can never be billed as it is, with why.

    Attributes:
        message_id: SQS's; empty over HTTP.
        position: of an event among those of its message; None for a single one, or all of it.
        faults: every one that was found, at least one.
        content: the event as it was read, or its text where reading took something away.
        lent: the id and the time of its message or envelope, for an event that lacks one of them.

    """

    message_id: str
    position: int | None
    faults: tuple[Fault, ...]
    content: object
    # The same event is the same whatever brought it.
    lent: tuple[str, datetime] | None = field(default=None, compare=False)

    @property
    def code(self) -> str:
        """The reason code of its first fault."""
        return self.faults[0].code

    @property
    def sentence(self) -> str:
        """What its first fault is."""
        return self.faults[0].sentence


@dataclass(frozen=True, slots=True)
class QueueMessage:
    """One SQS message; `sent_at` is its SentTimestamp, equal on every redelivery.

    `receipt` is SQS's handle of this delivery, the `receives`-th one.
    """

    message_id: str
    body: str
    sent_at: datetime
    receipt: str = ""
    receives: int = 1


def read_message(
    message: QueueMessage, *, now: datetime, late_max: timedelta
) -> Iterator[UsageEvent | Rejection]:
    """Yield every event of a message, each either understood or rejected on its own.

    An event may have happened up to `late_max` before SQS took its message. That is the same on
    every redelivery, so that however long a message waits, its events meet the same bound.
    """
    text, event_id, sent_at = message.body, message.message_id, message.sent_at
    try:
        body = read_json(text)
        if (delivery := open_envelope(body, text)) is not None:
            body, text, event_id, sent_at = delivery
    except UnreadableError as error:
        yield Rejection(message.message_id, None, error.faults, message.body)
        return
    first_at = message.sent_at - late_max
    # SQS's clock counts too: a host whose own is slow must not reject what has just happened.
    last_at = max(now, message.sent_at) + CLOCK_SKEW
    origin = Origin(message.message_id, text, event_id, sent_at, first_at, last_at, late_max)
    members = members_of(body)
    if members is None:
        yield read_or_reject(body, origin, None)
        return
    if not members:
        yield Rejection(message.message_id, None, (NO_EVENT,), body)
    for position, member in enumerate(members):
        yield read_or_reject(member, origin, position)


def members_of(body: object) -> list[object] | None:
    """Return the events of `{"events": [...]}` or `[...]`; None for what can only be one event."""
    members = body.get("events") if isinstance(body, dict) and len(body) == 1 else body
    return members if isinstance(members, list) else None


def read_or_reject(member: object, origin: Origin, position: int | None) -> UsageEvent | Rejection:
    """Read one event, or say everything that is wrong with it."""
    try:
        return _read_event(member, origin, position)
    except UnreadableError:
        faults = _faults_in(member, origin, position)
    content = member if is_whole(member) else _text_of(origin.text, position)
    return Rejection(origin.message_id, position, faults, content, _lent_to(member, origin))


def _lent_to(member: object, origin: Origin) -> tuple[str, datetime] | None:
    if not isinstance(member, dict) or None not in (member.get("id"), member.get("time")):
        return None
    if origin.event_id is None or origin.sent_at is None:
        return None
    return origin.event_id, origin.sent_at


def _text_of(text: str, position: int | None) -> str:
    """Return an event as the text that it came as."""
    return text if position is None else event_texts(text)[position]


def _read_event(member: object, origin: Origin, position: int | None) -> UsageEvent:
    """Read one event; raises UnreadableError for the first fault, as `_faults_in` finds them all.

    An absent `id` or `time` falls back to what is the same on every redelivery of the message.
    """
    if not isinstance(member, dict):
        raise UnreadableError(*_NO_OBJECT)
    if "specversion" in member:
        check_version(member)
        fields, event_id = read_fields(member), read_identity(member)
        refuse_unknown(fields, _DATA_FIELDS)
    else:
        fields, event_id = member, read_id(member.get("id"), origin, position)
        refuse_unknown(fields, _EVENT_FIELDS)
    occurred_at = read_moment(fields.get("time"), origin)
    home = read_home(fields, occurred_at)
    quantity, tags = read_quantity_of(fields), read_tags(fields.get("tags"))
    return _new_tuple(UsageEvent, (event_id, home, quantity, occurred_at, tags))


def _faults_in(member: object, origin: Origin, position: int | None) -> tuple[Fault, ...]:
    """Return every fault of what `_read_event` cannot read, by the same rules and in their order.

    Of a CloudEvent whose data cannot be read nobody can say what else is wrong in there.
    """
    if not isinstance(member, dict):
        return (_NO_OBJECT,)
    faults = Faults()
    fields: Mapping[str, object] | None = member
    known = _EVENT_FIELDS
    if "specversion" in member:
        faults.reading(check_version, member)
        fields, known = faults.reading(read_fields, member), _DATA_FIELDS
        faults.reading(read_identity, member)
    else:
        faults.reading(read_id, member.get("id"), origin, position)
    if fields is None:
        faults.reading(read_moment, member.get("time"), origin)
    else:
        faults.reading(refuse_unknown, fields, known)
        faults.reading(read_moment, fields.get("time"), origin)
        faults.reading(read_subscription, fields.get("subscription"))
        faults.reading(read_dimension, fields.get("dimension"))
        faults.reading(read_quantity_of, fields)
        faults.reading(read_tags, fields.get("tags"))
    assert faults, member
    return _shared(tuple(faults))


@lru_cache(maxsize=_FAULTS_KEPT)
def _shared(faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """Return one object for equal faults: a message may hold 100,000 events with the same ones."""
    return faults
