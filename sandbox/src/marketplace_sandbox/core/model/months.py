"""Months as AWS bills them, in UTC."""

from datetime import UTC, datetime, timedelta

# The previous month is accepted until 06:00 UTC on the 1st (`time.month-end`).
MONTH_CLOSES_AFTER = timedelta(hours=6)


_LONGER_THAN_A_MONTH = timedelta(days=32)


def month_of(moment: datetime) -> str:
    """Name the billing month of a moment, as 2026-11; months are UTC's (MODEL)."""
    return f"{moment.year:04d}-{moment.month:02d}"


def month_begins_at(moment: datetime) -> datetime:
    """Return the first moment of a moment's month."""
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month_begins_at(moment: datetime) -> datetime:
    """Return the first moment of the month after a moment's."""
    return month_begins_at(month_begins_at(moment) + _LONGER_THAN_A_MONTH)


def month_closes_at(used_at: datetime) -> datetime:
    """Return from when on usage of this moment's month is refused: 06:00 UTC on the next 1st."""
    return next_month_begins_at(used_at) + MONTH_CLOSES_AFTER


def month_named(month: str) -> datetime:
    """Return the first moment of a month that is written as 2026-11."""
    return datetime(int(month[:4]), int(month[5:]), 1, tzinfo=UTC)
