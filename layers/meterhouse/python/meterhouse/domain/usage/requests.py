"""Usage over HTTP: one request has what one message to the usage queue has.

Whoever sends it learns at once what is wrong with it, so what is wrong goes nowhere. What is right
travels as it was written: the drain reads the same text, by the same rules.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from meterhouse.domain.strict_json import event_texts, is_whole, read_json
from meterhouse.domain.usage.envelopes import ENVELOPE_INVALID, open_envelope
from meterhouse.domain.usage.event_fields import Origin
from meterhouse.domain.usage.events import (
    CLOCK_SKEW,
    NO_EVENT,
    Rejection,
    Tags,
    UsageEvent,
    members_of,
    read_or_reject,
)
from meterhouse.errors import Fault, TooLargeError, UnreadableError

if TYPE_CHECKING:
    from meterhouse.domain.keys import RecordKey

# What SQS takes as one message is 1 MiB: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
REQUEST_BYTES_MAX = 1_000_000
# The answer tells what is wrong with each event, and Lambda's answers are at most 6 MB: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
REQUEST_EVENTS_MAX = 2_000
# JSON may have them in texts, and SQS puts another character in their place:
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
_NOT_FOR_SQS = {0xFFFE: "\\ufffe", 0xFFFF: "\\uffff"}
_TOO_LARGE = "body_too_large"
_ENVELOPED = (
    "SNS's and EventBridge's envelopes are opened in the usage queue only: send what they hold"
)
_REPEATED = Fault(
    "id_repeated",
    "another event of this request has this id, and another quantity or other tags",
)
_CLOUD_EVENT_INVALID = "cloud_event_invalid"
_TOO_DEEP = Fault(_CLOUD_EVENT_INVALID, "an attribute names a field twice, or is nested too deeply")

type _Said = tuple[Decimal, Tags]


@dataclass(frozen=True, slots=True)
class UsageRequest:
    """What a request has to say.

    Attributes:
        members: every event in order, understood or rejected on its own.
        message: those that are understood, as the body of one message; None if there are none.

    """

    members: tuple[UsageEvent | Rejection, ...]
    message: str | None

    @property
    def rejected(self) -> int:
        """How many events can never be billed as they are."""
        return sum(isinstance(member, Rejection) for member in self.members)


def read_request(text: str, *, now: datetime, late_max: timedelta) -> UsageRequest:
    """Read one event or many, each with an id and a time of its own.

    Without them a request that is sent again, because its answer was lost, would be other usage.
    Raises UnreadableError for what holds no events, and TooLargeError for too many.
    """
    text = text.translate(_NOT_FOR_SQS)
    if len(text.encode()) > REQUEST_BYTES_MAX:
        raise TooLargeError(_TOO_LARGE, f"a request has at most {REQUEST_BYTES_MAX:,} bytes")
    body = read_json(text)
    if open_envelope(body, text) is not None:
        raise UnreadableError(ENVELOPE_INVALID, _ENVELOPED)
    origin = Origin("", text, None, None, now - late_max, now + CLOCK_SKEW, late_max)
    found = members_of(body)
    if found is None:
        member = _read(body, origin, None)
        return UsageRequest((member,), text if isinstance(member, UsageEvent) else None)
    if not found:
        raise UnreadableError(*NO_EVENT)
    if len(found) > REQUEST_EVENTS_MAX:
        raise TooLargeError(_TOO_LARGE, f"a request has at most {REQUEST_EVENTS_MAX:,} events")
    members = _refuse_contradictions(
        [_read(member, origin, position) for position, member in enumerate(found)]
    )
    return UsageRequest(members, _message_of(text, members))


def _read(member: object, origin: Origin, position: int | None) -> UsageEvent | Rejection:
    """Read one event so that the drain can read it, too, whatever stands around it there."""
    read = read_or_reject(member, origin, position)
    if isinstance(member, dict) and "specversion" in member and isinstance(read, UsageEvent):
        # Of all events only CloudEvents may have attributes that nobody looks at.
        return read if is_whole(member) else Rejection("", position, (_TOO_DEEP,), None)
    return read


def _refuse_contradictions(
    members: list[UsageEvent | Rejection],
) -> tuple[UsageEvent | Rejection, ...]:
    """Reject events that say something else under the identity of one before them.

    An event that is there twice is only repeated, and counts once. Of two that differ only one
    could ever be billed.
    """
    said: dict[tuple[RecordKey, str], _Said] = {}
    for position, member in enumerate(members):
        if isinstance(member, UsageEvent):
            says = (member.quantity, member.tags)
            if said.setdefault((member.home, member.event_id), says) != says:
                members[position] = Rejection("", position, (_REPEATED,), None)
    return tuple(members)


def _message_of(text: str, members: tuple[UsageEvent | Rejection, ...]) -> str | None:
    """Return a body with the events that are understood, each as it was written."""
    right = [isinstance(member, UsageEvent) for member in members]
    if all(right):
        return text
    texts = [one for one, is_right in zip(event_texts(text), right, strict=True) if is_right]
    return f'{{"events":[{",".join(texts)}]}}' if texts else None
