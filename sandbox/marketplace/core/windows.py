"""When AWS accepts a usage record: 24 hours back, the month's end, hardly into the future."""

from datetime import datetime, timedelta

from sandbox.marketplace.core.errors import ErrorCode, ServiceError
from sandbox.marketplace.core.instants import format_iso

# Section 1.2, MODEL: "aren't accepted 24 hours or more after an event". The stricter reading: the
# age is measured from the record's own time, not from the start of its hour.
USAGE_AGE_MAX = timedelta(hours=24)
# Section 1.2, MODEL: the previous month is accepted until 06:00 UTC on the 1st.
MONTH_CLOSES_AFTER = timedelta(hours=6)
# Section 1.2, INF: AWS does not document the future. Five minutes is the clock skew that AWS's
# request signing tolerates, so a caller within it is plausible and one beyond it is wrong.
CLOCK_SKEW_MAX = timedelta(minutes=5)


def check_usage_time(used_at: datetime, *, now: datetime) -> None:
    """Raise TimestampOutOfBoundsException unless usage of this moment may be metered now."""
    month_began_at = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    if used_at > now + CLOCK_SKEW_MAX:
        reason = "lies in the future"
    elif now - used_at >= USAGE_AGE_MAX:
        reason = "is 24 hours old or older"
    elif used_at < month_began_at and now >= month_began_at + MONTH_CLOSES_AFTER:
        reason = "belongs to the previous month, which closed at 06:00 UTC on the 1st"
    else:
        return
    raise ServiceError(
        ErrorCode.TIMESTAMP_OUT_OF_BOUNDS, f"Timestamp {format_iso(used_at)} {reason}."
    )
