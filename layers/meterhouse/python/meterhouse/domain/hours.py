"""UTC hours, and the last moment at which AWS takes a record for one."""

from datetime import UTC, datetime, timedelta

HOUR = timedelta(hours=1)
# BatchMeterUsage takes records for 24 hours, and records of the previous month until 06:00 UTC on
# the 1st (UsageRecord$Timestamp in the service model). Counted from the start of the hour, which is
# the stricter reading: whether AWS floors its own bound is not documented.
SUBMISSION_WINDOW = timedelta(hours=24)
MONTH_CLOSE = timedelta(hours=6)
# The last call that can still be answered in time.
SEND_MARGIN = timedelta(minutes=5)
# The last run but one of the default schedule that can still send.
LAST_TRY_MARGIN = SEND_MARGIN + timedelta(minutes=10)
# A record leaves its hour open no longer than this before the deadline, so that retries have room.
SEAL_MARGIN = timedelta(hours=2)
# After a pause the heartbeat makes up for this many hours; nobody needs to hear of older ones.
IDLE_HOURS_MAX = 6
# A month and a day: from the first of a month it leads into the next one.
_INTO_NEXT_MONTH = timedelta(days=32)


def floor_to_hour(moment: datetime) -> datetime:
    """Return the start of the UTC hour that holds `moment`."""
    assert moment.tzinfo is not None
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def format_hour(hour_at: datetime) -> str:
    """Return the hour as it stands in keys and segments: `2026-11-22T18`."""
    return hour_at.isoformat()[:13]


def read_hour(text: str) -> datetime:
    """Read what `format_hour` wrote."""
    return datetime.fromisoformat(f"{text}:00:00+00:00")


def format_moment(moment: datetime) -> str:
    """Return a moment in UTC as announcements, the seller's API and subscriptions have it."""
    return moment.astimezone(UTC).isoformat()


def next_month_of(hour_at: datetime) -> datetime:
    """Return when the month of a UTC hour is over."""
    return (hour_at.replace(day=1, hour=0) + _INTO_NEXT_MONTH).replace(day=1)


def deadline_of(hour_at: datetime) -> datetime:
    """Return the last moment at which AWS accepts a record for the hour starting at `hour_at`."""
    return min(hour_at + SUBMISSION_WINDOW, next_month_of(hour_at) + MONTH_CLOSE)


def is_sendable(hour_at: datetime, now: datetime) -> bool:
    """Tell whether a call made now would still be answered before the deadline."""
    return now < deadline_of(hour_at) - SEND_MARGIN


def quiet_time_of(hour_at: datetime, written_at: datetime, quiet: timedelta) -> datetime:
    """Return when an hour that took usage at `written_at` counts as complete.

    Usage in arrears comes in several messages: sealing at the first would move the others to
    another hour. What comes after AWS's window is carried in any case and can wait, too.
    """
    for margin in (SEAL_MARGIN, LAST_TRY_MARGIN):
        if written_at < deadline_of(hour_at) - margin:
            return min(written_at + quiet, deadline_of(hour_at) - margin)
    return written_at + quiet


def seal_time_of(hour_at: datetime, settle: timedelta) -> datetime:
    """Return when an hour stops taking stragglers: once settled, or in time before the deadline."""
    return min(hour_at + HOUR + settle, deadline_of(hour_at) - SEAL_MARGIN)


def hours_taken(now: datetime) -> list[datetime]:
    """Return the hours that AWS still takes, and the next one, to which late usage may go."""
    current_at = floor_to_hour(now)
    return [current_at + HOUR * hour for hour in range(-(SUBMISSION_WINDOW // HOUR), 2)]


def closed_hours(now: datetime, settle: timedelta) -> list[datetime]:
    """Return the last hours that are over and settled, oldest first."""
    last_at = floor_to_hour(now - settle) - HOUR
    return [last_at - HOUR * ago for ago in reversed(range(IDLE_HOURS_MAX))]
