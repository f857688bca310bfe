"""AWS's quotas of calls, per operation, account and region.

AWS's pages of quotas name 10 calls a second for BatchMeterUsage and for MeterUsage
(`quota.batch`), 5 for RegisterUsage (`quota.resources`), 20 for GetEntitlements
(`quota.entitlements`), 5 or 10 for operations of the Agreement API (`quota.agreements`), and none
for the others. The sandbox counts as AWS describes its other API limits, in a bucket: one second's
worth of calls fits into it, and it fills up evenly (INF).
"""

from datetime import datetime, timedelta

from marketplace_sandbox.core.model.operation import Operation
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.protocol.call import Call

CALLS_PER_SECOND_AT_AWS = 10
CALLS_PER_SECOND_MAX = 10_000  # a limit of the sandbox
BUCKETS_KEPT_MAX = 1_000  # a limit of the sandbox; only those in use matter
_SECOND = timedelta(seconds=1)


def quota_of(operation: Operation, *, metering_calls_per_second: int | None) -> int | None:
    """Return how many calls a second are admitted; None where there is no quota.

    The number is that of the two metering operations; the others have their multiple of it, at
    least 1.
    """
    share = operation.about.quota
    if metering_calls_per_second is None or share is None:
        return None
    return max(1, int(metering_calls_per_second * share))


def admit_call(state: MarketplaceState, call: Call) -> bool:
    """Tell whether a call is within its quota, and let it use the quota if so.

    A throttled call uses none of it, so that a caller who backs off gets through.
    """
    rate = quota_of(call.operation, metering_calls_per_second=state.metering_calls_per_second)
    if rate is None:
        return True
    buckets = state.quota_booked_to
    bucket = f"{call.operation}/{call.caller.account_id}/{call.caller.region}"
    booked_to = book_call(buckets.get(bucket), calls_per_second=rate, now=call.at)
    if booked_to is None:
        return False
    if bucket not in buckets and len(buckets) >= BUCKETS_KEPT_MAX:
        _empty_buckets(buckets, now=call.at)
    buckets[bucket] = booked_to
    return True


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


def _empty_buckets(buckets: dict[str, datetime], *, now: datetime) -> None:
    """Forget the buckets that are full again; if all are in use, forget them all."""
    in_use = {name: at for name, at in buckets.items() if now < at <= now + _SECOND}
    buckets.clear()
    if len(in_use) < BUCKETS_KEPT_MAX:
        buckets.update(in_use)
