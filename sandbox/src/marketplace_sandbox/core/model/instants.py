"""Instants as text and as AWS JSON's epoch seconds; always UTC, and read without a float."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

EPOCH_AT = datetime(1970, 1, 1, tzinfo=UTC)
# Far outside any accepted usage, well inside what a datetime can hold.
_EPOCH_SECONDS_MAX = 10**11
_YEAR_MIN, _YEAR_MAX = 1970, 2999  # hours can be added and taken without leaving the calendar
_MICROSECONDS_PER_SECOND = 10**6


def parse_epoch_seconds(number: int | Decimal) -> datetime | None:
    """Turn AWS JSON's timestamp, which may be fractional, into an instant; None if absurd."""
    if not -_EPOCH_SECONDS_MAX < number < _EPOCH_SECONDS_MAX:
        return None
    return EPOCH_AT + timedelta(microseconds=int(number * _MICROSECONDS_PER_SECOND))


def to_epoch_seconds(instant: datetime) -> int | Decimal:
    """Turn an instant into AWS JSON's timestamp, exactly."""
    microseconds = (instant - EPOCH_AT) // EPOCH_AT.resolution
    seconds = Decimal(microseconds) / _MICROSECONDS_PER_SECOND
    return int(seconds) if microseconds % _MICROSECONDS_PER_SECOND == 0 else seconds


def parse_iso(text: str) -> datetime | None:
    """Read an ISO 8601 instant of a plausible year that names its offset; None if it is not one."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    if instant.tzinfo is None or not _YEAR_MIN <= instant.year <= _YEAR_MAX:
        return None
    return instant.astimezone(UTC)


def format_iso(instant: datetime) -> str:
    """Write an instant as `2026-11-22T18:00:00Z`, with a fraction only where there is one."""
    assert instant.tzinfo is not None, "the sandbox knows aware instants only"
    return instant.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def hour_of(instant: datetime) -> datetime:
    """Return the start of the UTC hour in which usage is billed (`key.license`, `key.legacy`)."""
    return instant.replace(minute=0, second=0, microsecond=0)
