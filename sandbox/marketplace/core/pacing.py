"""AWS's quota of BatchMeterUsage calls, per account and region (section 1.5, DOC).

https://docs.aws.amazon.com/marketplace/latest/APIReference/metering-service-quotas.html names 10
calls a second and no more. The sandbox counts as AWS describes its other API limits, in a bucket:
one second's worth of calls fits into it, and it fills up evenly (INF).
"""

from datetime import datetime, timedelta

CALLS_PER_SECOND_AT_AWS = 10
CALLS_PER_SECOND_MAX = 10_000  # a limit of the sandbox
_SECOND = timedelta(seconds=1)


def book_call(
    booked_to: datetime | None, *, calls_per_second: int, now: datetime
) -> datetime | None:
    """Return up to when this call books the quota, or None if it goes beyond it.

    Each call books an even share of a second; no more than the coming second can be booked.
    """
    if booked_to is None or booked_to > now + _SECOND:
        booked_to = now  # the first call, or the clock was turned back since the last one
    end_at = max(booked_to, now) + _SECOND // calls_per_second
    return end_at if end_at <= now + _SECOND else None
