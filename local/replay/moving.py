"""Moving a log to hours that AWS still takes usage for; pure.

AWS takes a record for 24 hours from the start of its hour, and last month's records until 06:00 UTC
on the 1st (BatchMeterUsage: UsageRecord, Timestamp).
"""

from datetime import datetime, timedelta, tzinfo

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
        hours = int((newest - oldest_hour(now)) / _HOUR) + 1
        raise ReplayError(
            f"{_describe_excess(first_at + shift, newest, now)}: {_way_out(first_at, hours)}"
        )
    return shift


def check_window(
    first_at: datetime, last_at: datetime, *, now: datetime, assumed_zone: tzinfo | None = None
) -> None:
    """Raise a ReplayError unless AWS would still take all usage between the two moments.

    `assumed_zone` is that of times which did not say theirs.
    """
    if last_at > now:
        zone = (
            f", or --time-zone: times without an offset were read as {assumed_zone}"
            if assumed_zone is not None
            else ""
        )
        raise ReplayError(
            f"the log ends in the future, at {last_at:%Y-%m-%d %H:%M} UTC: use --move-to-recent"
            f"{zone}"
        )
    oldest = oldest_hour(now)
    if first_at < oldest:
        newer = f", or --since {_option(oldest)} to leave the rest out" if last_at >= oldest else ""
        raise ReplayError(
            f"{_describe_excess(first_at, last_at, now)}: use --move-to-recent{newer}"
        )


def _way_out(first_at: datetime, hours: int) -> str:
    if hours < 1:
        return "no closed hour can be sent now, for last month's are past and this month's settle"
    first_end = _option(_floor(first_at) + hours * _HOUR)
    return (
        f"replay it in parts of at most {hours} hours, first with --until {first_end}, then "
        f"with --since {first_end} and an --until of its own, and so on"
    )


def _option(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%MZ}"


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
