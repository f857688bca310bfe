"""When AWS accepts a usage record: so far back, the month's end, hardly into the future."""

from datetime import UTC, datetime, timedelta

from sandbox.marketplace.core.errors import ErrorCode, ServiceError
from sandbox.marketplace.core.instants import format_iso, hour_of
from sandbox.marketplace.core.readings import Readings, UsageAge, UsageAgeFrom

# Section 0, C1: the model says 24 hours; older text said six, a code example's comment says one.
AGE_MAX_OF = {
    UsageAge.DAY: timedelta(hours=24),
    UsageAge.SIX_HOURS: timedelta(hours=6),
    UsageAge.HOUR: timedelta(hours=1),
}
# Section 1.2, MODEL: the previous month is accepted until 06:00 UTC on the 1st.
MONTH_CLOSES_AFTER = timedelta(hours=6)
# Section 1.2, INF: AWS does not document the future. Five minutes is the clock skew that AWS's
# request signing tolerates, so a caller within it is plausible and one beyond it is wrong.
CLOCK_SKEW_MAX = timedelta(minutes=5)
_AN_HOUR = timedelta(hours=1)
_LONGER_THAN_A_MONTH = timedelta(days=32)
_DEFAULT = Readings()


def check_usage_time(
    used_at: datetime,
    *,
    now: datetime,
    readings: Readings = _DEFAULT,
    age_max: timedelta | None = None,
) -> None:
    """Raise TimestampOutOfBoundsException unless usage of this moment may be metered now.

    How old usage may be, and from where that is measured, follow the readings (section 0, C1);
    `age_max` takes the place of the first for an operation with an age of its own (section 4).
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


def month_of(moment: datetime) -> str:
    """Name the billing month of a moment, as 2026-11; months are UTC's (section 1.2, MODEL)."""
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


def _is_too_old(
    used_at: datetime, age_max: timedelta, measured_from: UsageAgeFrom, *, now: datetime
) -> bool:
    """Measure the age by the reading of C1.

    MODEL: "aren't accepted 24 hours or more after an event", which is the record's own time. OBS:
    the older lower bound was the start of the current hour minus six hours.
    """
    match measured_from:
        case UsageAgeFrom.RECORD:
            return now - used_at >= age_max
        case UsageAgeFrom.HOUR_START:
            return used_at < hour_of(now) - age_max
