"""The home of a usage event: when it happened, and the metering record of that hour.

A drain's events share few records and times, so both are worked out once and then looked up. What
is kept between drains is bounded in number and length: no producer can fill the memory.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.subscriptions.identity import (
    REFERENCE_LENGTH_KEPT,
    SubscriptionKey,
    named_key,
    read_subscription,
)
from meterhouse.errors import UnreadableError

EVENT_ID_LENGTH_MAX = 128
# AWS counts characters; counted in bytes, every name fits into a table key.
DIMENSION_BYTES_MAX = 255
# A thousand customers with ten dimensions, and their last hour too.
_RECORDS_KEPT = 20_000
# Every second of two hours.
_TIMES_KEPT = 8_192
_TIME_LENGTH_KEPT = 40
_HOURS_KEPT = 64
_TIME_SENTENCE = "time must be RFC 3339 with an offset, such as 2026-11-22T18:04:05Z"


def read_home(fields: Mapping[str, object], occurred_at: datetime) -> RecordKey:
    """Return the record that an event's fields and its UTC time name; raises what is wrong."""
    reference, dimension = fields.get("subscription"), fields.get("dimension")
    if not isinstance(dimension, str):
        dimension = ""  # Refused just like it, once the subscription is known to be right.
    # Asking a moment for its day and hour costs less than asking it for its hash.
    day, hour = occurred_at.toordinal(), occurred_at.hour
    if isinstance(reference, str) and len(reference) <= REFERENCE_LENGTH_KEPT:
        return _home_of_name(reference, dimension, day, hour)
    return _home_of(read_subscription(reference), dimension, day, hour)


@lru_cache(maxsize=_RECORDS_KEPT)
def _home_of_name(reference: str, dimension: str, day: int, hour: int) -> RecordKey:
    # One look-up for the commonest reference, where its key and then its record would be two.
    return RecordKey(named_key(reference), read_dimension(dimension), _hour_of(day, hour))


@lru_cache(maxsize=_RECORDS_KEPT)
def _home_of(subscription: SubscriptionKey, dimension: str, day: int, hour: int) -> RecordKey:
    return RecordKey(subscription, read_dimension(dimension), _hour_of(day, hour))


@lru_cache(maxsize=_HOURS_KEPT)
def _hour_of(day: int, hour: int) -> datetime:
    """Return a UTC hour of a day, counted from the year 1.

    It is one object for all records of the hour: a moment remembers its hash, which is dear.
    """
    return datetime.fromordinal(day).replace(hour=hour, tzinfo=UTC)


def read_dimension(value: object) -> str:
    """Return a dimension that a table key can hold; raises UnreadableError."""
    if not isinstance(value, str) or not value:
        raise UnreadableError("dimension_invalid", "dimension must be a text, not empty")
    dimension = check_text(value, "dimension")
    if len(dimension.encode()) > DIMENSION_BYTES_MAX:
        raise UnreadableError("dimension_invalid", "dimension has over 255 bytes")
    return dimension


def read_time(value: object) -> datetime:
    """Return the UTC moment of an RFC 3339 time; raises UnreadableError."""
    if isinstance(value, str):
        if len(value) <= _TIME_LENGTH_KEPT:
            return _parse_time(value)
        return _parse_time.__wrapped__(value)
    raise UnreadableError("time_invalid", _TIME_SENTENCE)


@lru_cache(maxsize=_TIMES_KEPT)
def _parse_time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.upper())
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise UnreadableError("time_invalid", _TIME_SENTENCE)


def check_text(value: str, field: str) -> str:
    """Return a text that UTF-8 can express, as a table key must; raises UnreadableError."""
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        sentence = f"{field} has half of a surrogate pair"
        raise UnreadableError(f"{field}_invalid", sentence) from None
    return value
