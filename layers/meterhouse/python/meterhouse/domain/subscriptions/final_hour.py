"""The final hour: when the last usage of a subscription that ends is sealed. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from meterhouse.domain.hours import HOUR
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.subscription import Subscription

# AWS takes the last records of an agreement for about an hour. Whether `Purchase Agreement Ended`
# or `License Deprovisioned` opens that hour its documents do not agree on: nothing is put off
# beyond the earlier reading, and nothing is given up before the later one is over.
# https://docs.aws.amazon.com/marketplace/latest/userguide/saas-eventbridge-integration.html
FINAL_WINDOW = timedelta(hours=1)
# The unfinished hour is sealed so long before the end at the latest: time for a few runs.
FINAL_MARGIN = timedelta(minutes=20)
FINAL_USAGE_MAX = FINAL_WINDOW - FINAL_MARGIN


@dataclass(frozen=True, slots=True)
class FinalUsage:
    """A subscription whose usage is billed before its hours settle.

    Attributes:
        subscription: whose usage it is.
        complete_at: until when its usage is waited for.
        ended_at: hours that were over by then need not wait for `complete_at`.
        latest_at: from then on no queue is waited for; None to wait as long as it takes.

    """

    subscription: SubscriptionKey
    complete_at: datetime
    ended_at: datetime
    latest_at: datetime | None = None

    def is_ready(
        self, hour_at: datetime, now: datetime, is_drained: Callable[[datetime], bool]
    ) -> bool:
        """Tell whether its usage of an hour is to be sealed.

        `is_drained` tells whether no message that was sent before a moment waits in the queue. An
        hour that went on after the end stays open until `complete_at`, also when it is over by
        then: usage that is sent until that moment belongs to it.
        """
        is_over = hour_at + HOUR <= self.ended_at
        sent_before = min(self.ended_at, self.complete_at) if is_over else self.complete_at
        is_late = self.latest_at is not None and now >= self.latest_at
        return is_late or (now >= sent_before and is_drained(sent_before))


def final_usage_of(
    subscription: Subscription, now: datetime, final_usage: timedelta
) -> FinalUsage | None:
    """Return how an ending subscription is billed, or None unless its final hour runs.

    `final_usage` is how long after the end its usage is waited for, unless the seller says that its
    product has stopped.
    """
    ended_at = subscription.ended_at
    if ended_at is None or now < ended_at or is_closed(subscription, now):
        return None
    latest_at = final_alarm_time_of(ended_at)
    complete_at = min(ended_at + final_usage, latest_at)
    if subscription.stopped_at is not None:
        complete_at = min(complete_at, subscription.stopped_at)
    return FinalUsage(subscription.key, complete_at, ended_at, latest_at)


def final_alarm_time_of(ended_at: datetime) -> datetime:
    """Return the moment by which all that a subscription used should be billed."""
    return ended_at + FINAL_WINDOW - FINAL_MARGIN


def is_closed(subscription: Subscription, now: datetime) -> bool:
    """Tell whether AWS surely takes no record of a subscription any more."""
    ended_at, closes_at = subscription.ended_at, subscription.closes_at
    if closes_at is None:
        return ended_at is not None and now >= ended_at + FINAL_WINDOW
    return now >= closes_at
