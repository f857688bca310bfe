"""Usage events: what the seller's product reports, parsed so that it cannot be wrong.

A message body is one event, `{"events": [...]}` with many, or a CloudEvents 1.0 event in its JSON
format. What can never become right is a `Rejection` with a reason code; its neighbours go on.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.quantity import read_quantity
from meterhouse.domain.strict_json import DUPLICATE_KEY, event_texts, is_whole, read_json
from meterhouse.domain.usage.event_home import check_text, read_home, read_time
from meterhouse.errors import UnreadableError

EVENT_ID_LENGTH_MAX = 128
TAGS_MAX = 5
DUPLICATE_FIELD = "duplicate_field"
# Clocks may differ by this much: usage that is early waits in its hour's log until that is over.
CLOCK_SKEW = timedelta(hours=1)

_EVENT_FIELDS = frozenset({"id", "subscription", "dimension", "quantity", "time", "tags"})
_DATA_FIELDS = frozenset({"subscription", "dimension", "quantity", "time", "tags"})
# Tag$Key and Tag$Value in the service model, where ` -=` is written as a range but means three
# characters, and `\/` means a slash: https://docs.aws.amazon.com/marketplace/latest/APIReference/API_marketplace-metering_Tag.html
_TAG_KEY = re.compile(r"[a-zA-Z0-9+ \-=._:/@]{1,100}")
_TAG_VALUE = re.compile(r"[a-zA-Z0-9+ \-=._:/@]{1,256}")
# Tag sets that are checked once; few enough to stay small at their greatest length.
_TAG_SETS_KEPT = 2_048
# What the constructor of a NamedTuple does, without a call of Python's own for every event.
_new_tuple = tuple.__new__
_TAG_VALUE_SENTENCE = "a tag's value is not what AWS allows"

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

    `content` is the event as it was read, or its text where reading took something away.
    """

    message_id: str
    position: int | None
    code: str
    sentence: str
    content: object


class _Times(NamedTuple):
    """The first and the last time that an event of a message may have, and what comes too late."""

    first_at: datetime
    last_at: datetime
    late_max: timedelta


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
    try:
        body = read_json(message.body)
    except UnreadableError as error:
        yield Rejection(message.message_id, None, error.code, str(error), message.body)
        return
    # SQS's clock counts too: a host whose own is slow must not reject what has just happened.
    last_at = max(now, message.sent_at) + CLOCK_SKEW
    times = _Times(message.sent_at - late_max, last_at, late_max)
    members = body.get("events") if isinstance(body, dict) and len(body) == 1 else None
    if not isinstance(members, list):
        yield _read_or_reject(body, message, None, times)
        return
    if not members:
        yield Rejection(message.message_id, None, "events_empty", "events must hold an event", body)
    for position, member in enumerate(members):
        yield _read_or_reject(member, message, position, times)


def _read_or_reject(
    member: object, message: QueueMessage, position: int | None, times: _Times
) -> UsageEvent | Rejection:
    try:
        return _read_event(member, message, position, times)
    except UnreadableError as error:
        code, sentence = error.code, str(error)
    content = member if is_whole(member) else _text_of(message.body, position)
    return Rejection(message.message_id, position, code, sentence, content)


def _text_of(body: str, position: int | None) -> str:
    """Return an event as the text that it came as."""
    return body if position is None else event_texts(body)[position]


def _read_event(
    member: object, message: QueueMessage, position: int | None, times: _Times
) -> UsageEvent:
    """Read one event; raises UnreadableError, which says what is wrong.

    An absent `id` or `time` falls back to what is the same on every redelivery of the message.
    """
    if not isinstance(member, dict):
        raise UnreadableError("not_an_object", "an event must be a JSON object")
    if "specversion" in member:
        fields, event_id = _open_cloud_event(member)
    else:
        fields, written_id = member, member.get("id")
        event_id = _default_id(message, position) if written_id is None else _read_id(written_id)
        _refuse_unknown(fields, _EVENT_FIELDS)
    written_time = fields.get("time")
    occurred_at = message.sent_at if written_time is None else read_time(written_time)
    if occurred_at > times.last_at:
        raise UnreadableError("time_in_future", "time lies over an hour in the future")
    if occurred_at < times.first_at:
        days = times.late_max.days
        sentence = f"time lies over {days} days (LateUsageDaysMax) before SQS took the message"
        raise UnreadableError("time_too_old", sentence)
    home = read_home(fields, occurred_at)
    quantity, tags = _read_quantity(fields), _read_tags(fields.get("tags"))
    return _new_tuple(UsageEvent, (event_id, home, quantity, occurred_at, tags))


def _default_id(message: QueueMessage, position: int | None) -> str:
    return message.message_id if position is None else f"{message.message_id}/{position}"


def _open_cloud_event(envelope: Mapping[str, object]) -> tuple[Mapping[str, object], str]:
    """Unpack a CloudEvents 1.0 event: https://github.com/cloudevents/spec, JSON event format."""
    data, event_id, source = envelope.get("data"), envelope.get("id"), envelope.get("source")
    if envelope["specversion"] != "1.0":
        raise UnreadableError("cloud_event_invalid", "specversion must be 1.0")
    if DUPLICATE_KEY in envelope:
        raise UnreadableError(DUPLICATE_FIELD, "a field is given twice")
    if not isinstance(data, dict):
        raise UnreadableError("cloud_event_invalid", "data must be a JSON object")
    if not (isinstance(event_id, str) and event_id and isinstance(source, str) and source):
        raise UnreadableError("cloud_event_invalid", "id and source must be texts")
    _refuse_unknown(data, _DATA_FIELDS)
    if " " in source:
        raise UnreadableError("cloud_event_invalid", "source must be a URI reference")
    fields = dict(data)
    fields.setdefault("subscription", envelope.get("subject"))
    if envelope.get("time") is not None:
        fields["time"] = envelope["time"]
    # A URI has no space, so the two parts can be told apart and cannot collide.
    identity = check_text(f"{source} {event_id}", "id")
    if len(identity) > EVENT_ID_LENGTH_MAX:
        identity = hashlib.sha256(identity.encode()).hexdigest()
    return fields, identity


def _refuse_unknown(fields: Mapping[str, object], known: frozenset[str]) -> None:
    if known.issuperset(fields):
        return
    if DUPLICATE_KEY in fields:
        raise UnreadableError(DUPLICATE_FIELD, "a field is given twice")
    name = min(fields.keys() - known)[:40]
    raise UnreadableError("field_unknown", f"field {name!a} is not part of a usage event")


def _read_id(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise UnreadableError("id_invalid", "id must be a text that is not empty")
    if len(value) > EVENT_ID_LENGTH_MAX:
        raise UnreadableError("id_invalid", "id has over 128 characters")
    return check_text(value, "id")


def _read_quantity(fields: Mapping[str, object]) -> Decimal:
    if "quantity" not in fields:
        raise UnreadableError("quantity_missing", "quantity is missing")
    return read_quantity(fields["quantity"])


def _read_tags(value: object) -> Tags:
    if not value and (value is None or value == {}):
        return ()
    if not isinstance(value, dict):
        raise UnreadableError("tags_invalid", "tags must be an object of texts")
    if DUPLICATE_KEY in value:
        raise UnreadableError(DUPLICATE_FIELD, "a tag is given twice")
    if len(value) > TAGS_MAX:
        raise UnreadableError("tags_invalid", "at most 5 tags are allowed")
    if not all(isinstance(text, str) for text in value.values()):
        raise UnreadableError("tags_invalid", _TAG_VALUE_SENTENCE)
    return _sort_tags(tuple(value.items()))


@lru_cache(maxsize=_TAG_SETS_KEPT)
def _sort_tags(tags: Tags) -> Tags:
    for key, text in tags:
        if _TAG_KEY.fullmatch(key) is None:
            raise UnreadableError("tags_invalid", "a tag's key is not what AWS allows")
        if _TAG_VALUE.fullmatch(text) is None:
            raise UnreadableError("tags_invalid", _TAG_VALUE_SENTENCE)
    return tuple(sorted(tags))
