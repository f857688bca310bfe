"""Which hours a subscription pays for: a pure function of its times."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from meterhouse.domain.hours import HOUR
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.records.record import MeteringRecord
from meterhouse.domain.subscriptions.identity import SubscriptionKey, is_tenant
from meterhouse.domain.subscriptions.subscription import Subscription


def why_uncovered(
    subscription: Subscription | None, hour_at: datetime, *, is_carried: bool
) -> Reason | None:
    """Tell why usage of an hour may not be billed on a subscription, or None if it may.

    AWS bills by the hour, and clocks differ: an hour that begins before the end and ends after the
    start is covered whole. A time that nobody told bounds nothing. `is_carried` tells that earlier
    hours carried the usage in: if they were covered, it is billed after the end, too, as long as
    AWS takes it; before the start there is no hour that was.
    """
    if subscription is None:
        return None
    starts_at, ended_at = subscription.starts_at, subscription.ended_at
    if starts_at is not None and hour_at + HOUR <= starts_at:
        return Reason.BEFORE_START
    if ended_at is not None and hour_at >= ended_at and not is_carried:
        return Reason.AFTER_END
    return None


def why_stranger(keys: Iterable[SubscriptionKey]) -> Reason:
    """Tell why nobody is known who would pay for the usage of those keys."""
    if all(is_tenant(key) for key in keys):
        return Reason.TENANT_UNLINKED
    return Reason.SUBSCRIPTION_UNKNOWN


def why_record_uncovered(
    record: MeteringRecord, known: Mapping[SubscriptionKey, Subscription]
) -> Reason | None:
    """Tell the same of what was frozen in a record, by what is known of its subscription now."""
    subscription = known.get(record.key.subscription)
    is_carried = record.sealed.is_carried
    return why_uncovered(subscription, record.key.hour_at, is_carried=is_carried)
