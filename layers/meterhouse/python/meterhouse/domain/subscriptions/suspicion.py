"""Suspected suspensions: what AWS's answers to metering say of subscriptions. Pure.

AWS tells nobody that it suspended a buyer's account. It refuses his records:
`CustomerNotSubscribed` has three causes, an unknown customer, no active agreement, and a suspended
account. Source: UsageRecordResult$Status in the service model.
"""

from dataclasses import dataclass
from datetime import datetime

from meterhouse.domain.subscriptions.subscription import Subscription


@dataclass(frozen=True, slots=True)
class Suspicion:
    """AWS refused a subscription's record at a moment or, if it is not raised, took one.

    `subscription` is what was known when the record was sent.
    """

    subscription: Subscription
    at: datetime
    is_raised: bool

    @property
    def is_news(self) -> bool:
        """Whether it changes what is known."""
        known = self.subscription
        if not self.is_raised:
            return known.is_suspected
        return not known.is_suspected and is_unexplained(self.at, known.starts_at, known.ended_at)


def is_unexplained(
    refused_at: datetime, starts_at: datetime | None, ended_at: datetime | None
) -> bool:
    """Tell whether a subscription ran when AWS refused its record, as far as its times are known.

    Otherwise that it had not begun, or had ended, is why.
    """
    has_begun = starts_at is None or starts_at <= refused_at
    return has_begun and (ended_at is None or refused_at < ended_at)
