"""When AWS accepts a usage record: so far back, the month's end, hardly into the future."""

from datetime import datetime, timedelta

from marketplace_sandbox.core.model.errors import ErrorCode, ServiceError
from marketplace_sandbox.core.model.instants import format_iso, hour_of
from marketplace_sandbox.core.model.months import month_closes_at
from marketplace_sandbox.core.model.readings import Readings, UsageAge, UsageAgeFrom

# `usage_age`: the model says 24 hours; older text said six, a code example's comment says one.
AGE_MAX_OF = {
    UsageAge.DAY: timedelta(hours=24),
    UsageAge.SIX_HOURS: timedelta(hours=6),
    UsageAge.HOUR: timedelta(hours=1),
}
# `time.future`: AWS does not document it (INF). Five minutes is the clock skew that AWS's request
# signing tolerates, so a caller within it is plausible and one beyond it is wrong.
CLOCK_SKEW_MAX = timedelta(minutes=5)
_AN_HOUR = timedelta(hours=1)
_DEFAULT = Readings()


def check_usage_time(
    used_at: datetime,
    *,
    now: datetime,
    readings: Readings = _DEFAULT,
    age_max: timedelta | None = None,
) -> None:
    """Raise TimestampOutOfBoundsException unless usage of this moment may be metered now.

    It is young enough (`time.age-max`), does not lie ahead (`time.future`), and its month is open
    (`time.month-end`); each of the limits holds, whatever the others say (`time.both-limits`).

    How old usage may be, and from where that is measured, is as `usage_age` and `usage_age_from`
    are read; `age_max` takes the place of the first for an operation with an age of its own
    (`meter.window`).
    """
    age_max = AGE_MAX_OF[readings.usage_age] if age_max is None else age_max
    if used_at > now + CLOCK_SKEW_MAX:
        reason = "lies in the future"
    elif _is_too_old(used_at, age_max, readings.usage_age_from, now=now):
        is_whole = age_max % _AN_HOUR == timedelta()
        hours = f"{age_max // _AN_HOUR} hours old"
        reason = f"is {hours} or older" if is_whole else f"is more than {hours}"
    elif now >= month_closes_at(used_at):
        reason = "belongs to the previous month, which closed at 06:00 UTC on the 1st"
    else:
        return
    raise ServiceError(
        ErrorCode.TIMESTAMP_OUT_OF_BOUNDS,
        f"Timestamp {format_iso(used_at)} {reason}; the marketplace's clock shows "
        f"{format_iso(now)}.",
    )


def _is_too_old(
    used_at: datetime, age_max: timedelta, measured_from: UsageAgeFrom, *, now: datetime
) -> bool:
    """Measure the age as `usage_age_from` is read.

    MODEL: "aren't accepted 24 hours or more after an event", which is the record's own time. OBS:
    the older lower bound was the start of the current hour minus six hours.
    """
    match measured_from:
        case UsageAgeFrom.RECORD:
            return now - used_at >= age_max
        case UsageAgeFrom.HOUR_START:
            return used_at < hour_of(now) - age_max
