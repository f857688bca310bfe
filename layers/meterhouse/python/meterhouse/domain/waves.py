"""Waves: records that are claimed, sent and persisted together, formed so that calls are full."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from meterhouse.domain.hours import deadline_of
from meterhouse.domain.identity import LicenseIdentity, SubscriptionKey
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.payload import RECORDS_PER_CALL_MAX
from meterhouse.domain.subscriptions import Subscription

# Two full calls: a claim is not long without its call, and several waves go on at a time.
WAVE_RECORDS_MAX = 2 * RECORDS_PER_CALL_MAX


def form_waves(
    keys: Iterable[RecordKey], known: Mapping[SubscriptionKey, Subscription]
) -> list[list[RecordKey]]:
    """Cut records into waves of one product and mode each, the soonest deadline first.

    A call of BatchMeterUsage takes one product, so a wave of several would end in calls that are
    not full.
    """
    by_product: dict[tuple[str, bool] | None, list[RecordKey]] = {}
    for key in sorted(keys, key=_urgency):
        by_product.setdefault(_product_of(known.get(key.subscription)), []).append(key)
    waves = [
        group[start : start + WAVE_RECORDS_MAX]
        for group in by_product.values()
        for start in range(0, len(group), WAVE_RECORDS_MAX)
    ]
    return sorted(waves, key=lambda wave: _urgency(wave[0]))


def _product_of(subscription: Subscription | None) -> tuple[str, bool] | None:
    if subscription is None:
        return None
    return subscription.product_code, isinstance(subscription.identity, LicenseIdentity)


def _urgency(key: RecordKey) -> tuple[datetime, RecordKey]:
    return deadline_of(key.hour_at), key
