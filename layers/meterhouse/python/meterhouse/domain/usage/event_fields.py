"""The fields of a usage event, each read so that it cannot be wrong; its home is `event_home`."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from meterhouse.domain.faults import Faults
from meterhouse.domain.quantity import read_quantity
from meterhouse.domain.strict_json import DUPLICATE_FIELD, DUPLICATE_KEY
from meterhouse.domain.usage.event_home import EVENT_ID_LENGTH_MAX, check_text, read_time
from meterhouse.errors import UnreadableError

TAGS_MAX = 5
_FIELDS_NAMED_MAX = 5
# Tag$Key and Tag$Value in the service model, where ` -=` is written as a range but means three
# characters, and `\/` means a slash: https://docs.aws.amazon.com/marketplace/latest/APIReference/API_marketplace-metering_Tag.html
_TAG_KEY = re.compile(r"[a-zA-Z0-9+ \-=._:/@]{1,100}")
_TAG_VALUE = re.compile(r"[a-zA-Z0-9+ \-=._:/@]{1,256}")
_ID_MISSING = "id is missing: over HTTP it tells a request that is sent again from other usage"
_TIME_MISSING = "time is missing: over HTTP it says of which hour the usage is, whenever it is sent"
# Tag sets that are checked once; few enough to stay small at their greatest length.
_TAG_SETS_KEPT = 2_048


class Origin(NamedTuple):
    """What the events of a message have from it.

    Attributes:
        message_id: SQS's.
        text: what they stand in.
        event_id: for those without one; None if each must have its own.
        sent_at: for those without a time; None if each must have its own.
        first_at: those from before it come too late, which is `late_max` before SQS took it.
        last_at: those from after it have not happened.

    """

    message_id: str
    text: str
    event_id: str | None
    sent_at: datetime | None
    first_at: datetime
    last_at: datetime
    late_max: timedelta


def read_moment(written: object, origin: Origin) -> datetime:
    """Return when an event happened; raises UnreadableError."""
    moment = origin.sent_at if written is None else read_time(written)
    if moment is None:
        raise UnreadableError("time_missing", _TIME_MISSING)
    if moment > origin.last_at:
        raise UnreadableError("time_in_future", "time lies over an hour in the future")
    if moment < origin.first_at:
        days = origin.late_max.days
        sentence = f"time lies over {days} days (LateUsageDaysMax) before SQS took the message"
        raise UnreadableError("time_too_old", sentence)
    return moment


def refuse_unknown(fields: Mapping[str, object], known: frozenset[str]) -> None:
    """Raise UnreadableError for fields that may be misspelt, or that are given twice."""
    if known.issuperset(fields):
        return
    faults = Faults()
    if DUPLICATE_KEY in fields:
        faults.note(DUPLICATE_FIELD, "a field is given twice")
    unknown = sorted(fields.keys() - known - {DUPLICATE_KEY})
    if unknown:
        names = ", ".join(f"{name[:40]!a}" for name in unknown[:_FIELDS_NAMED_MAX])
        left = len(unknown) - _FIELDS_NAMED_MAX
        names += f" and {left} more" if left > 0 else ""
        noun, verb = ("field", "is") if len(unknown) == 1 else ("fields", "are")
        faults.note("field_unknown", f"{noun} {names} {verb} not part of a usage event")
    faults.raise_any()


def read_id(value: object, origin: Origin, position: int | None) -> str:
    """Return an event's own id, or what its message has for it; raises UnreadableError."""
    if value is None:
        if origin.event_id is None:
            raise UnreadableError("id_missing", _ID_MISSING)
        return origin.event_id if position is None else f"{origin.event_id}/{position}"
    if not isinstance(value, str) or not value:
        raise UnreadableError("id_invalid", "id must be a text that is not empty")
    if len(value) > EVENT_ID_LENGTH_MAX:
        raise UnreadableError("id_invalid", "id has over 128 characters")
    return check_text(value, "id")


def read_quantity_of(fields: Mapping[str, object]) -> Decimal:
    """Return the quantity among an event's fields; raises UnreadableError."""
    if "quantity" not in fields:
        raise UnreadableError("quantity_missing", "quantity is missing")
    return read_quantity(fields["quantity"])


def read_tags(value: object) -> tuple[tuple[str, str], ...]:
    """Return tags sorted by key; raises UnreadableError."""
    if not value and (value is None or value == {}):
        return ()
    if not isinstance(value, dict):
        raise UnreadableError("tags_invalid", "tags must be an object of texts")
    if not all(isinstance(text, str) for text in value.values()):
        _refuse_tags(value)
    return _sort_tags(tuple(value.items()))


@lru_cache(maxsize=_TAG_SETS_KEPT)
def _sort_tags(tags: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    _refuse_tags(dict(tags))
    return tuple(sorted(tags))


def _refuse_tags(tags: Mapping[str, object]) -> None:
    """Raise UnreadableError with everything that is wrong with tags."""
    faults = Faults()
    if DUPLICATE_KEY in tags:
        faults.note(DUPLICATE_FIELD, "a tag is given twice")
    names = tags.keys() - {DUPLICATE_KEY}
    if len(names) > TAGS_MAX:
        faults.note("tags_invalid", "at most 5 tags are allowed")
    if any(_TAG_KEY.fullmatch(name) is None for name in names):
        faults.note("tags_invalid", "a tag's key is not what AWS allows")
    values = [tags[name] for name in names]
    if not all(isinstance(text, str) and _TAG_VALUE.fullmatch(text) for text in values):
        faults.note("tags_invalid", "a tag's value is not what AWS allows")
    faults.raise_any()
