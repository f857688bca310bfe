"""Moving a log to hours that AWS still takes usage for; pure.

AWS takes a record for 24 hours from the start of its hour, and last month's records until 06:00 UTC
on the 1st (BatchMeterUsage: UsageRecord, Timestamp).
"""

from datetime import datetime, timedelta

from local.replay.errors import ReplayError

_HOUR = timedelta(hours=1)
_WINDOW = timedelta(hours=24)
_MONTH_CLOSE = timedelta(hours=6)
# Time to drain and meter what is sent last.
_ROOM = timedelta(minutes=30)


def shift_to_recent(
    first_at: datetime, last_at: datetime, *, now: datetime, settle: timedelta
) -> timedelta:
    """Return by how much to move a log so that its last hour is the newest that is settled.

    Whole hours, so that minutes stay. A ReplayError when the log is longer than AWS's window.
    """
    newest = _floor(now - settle) - _HOUR
    shift = newest - _floor(last_at)
    if first_at + shift < oldest_hour(now):
        raise ReplayError(
            f"{_describe_excess(first_at + shift, newest, now)}: replay a part of the log"
        )
    return shift


def check_window(first_at: datetime, last_at: datetime, *, now: datetime) -> None:
    """Raise a ReplayError unless AWS would still take all usage between the two moments."""
    if last_at > now:
        raise ReplayError(
            f"the log ends in the future, at {last_at:%Y-%m-%d %H:%M} UTC: use --move-to-recent"
        )
    if first_at < oldest_hour(now):
        raise ReplayError(f"{_describe_excess(first_at, last_at, now)}: use --move-to-recent")


def _describe_excess(first_at: datetime, last_at: datetime, now: datetime) -> str:
    oldest = oldest_hour(now)
    hours = int((_floor(last_at) - _floor(first_at)) / _HOUR) + 1
    available = max(0, int((_floor(now) - oldest) / _HOUR))
    return (
        f"the log spans {hours} hours and would start at {first_at:%Y-%m-%d %H:%M} UTC, but AWS "
        f"takes usage from {oldest:%Y-%m-%d %H:%M} on ({available} closed hours)"
    )


def oldest_hour(now: datetime) -> datetime:
    """Return the start of the oldest hour whose records AWS still takes, with room to send them."""
    latest = now + _ROOM
    oldest = _floor(latest - _WINDOW) + _HOUR
    month_start = _floor(now).replace(day=1, hour=0)
    if latest >= month_start + _MONTH_CLOSE:
        oldest = max(oldest, month_start)
    return oldest


def _floor(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
