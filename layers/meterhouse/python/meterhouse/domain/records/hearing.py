"""What AWS's answers about records say of their subscriptions: pure."""

from collections.abc import Iterable
from datetime import datetime

from meterhouse.domain.records.answers import Accepted, NotSubscribed, RecordAnswer
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.domain.subscriptions.suspicion import Suspicion


def hear(
    answers: Iterable[tuple[Subscription | None, RecordAnswer]], at: datetime
) -> dict[SubscriptionKey, Suspicion]:
    """Return what the answers to one call say of each known subscription.

    One record that AWS took says more than all that it refused: it takes none of an account that is
    suspended.
    """
    heard: dict[SubscriptionKey, Suspicion] = {}
    for subscription, answer in answers:
        if subscription is None:
            continue
        if isinstance(answer, Accepted):
            heard[subscription.key] = Suspicion(subscription, at, is_raised=False)
        elif isinstance(answer, NotSubscribed):
            heard.setdefault(subscription.key, Suspicion(subscription, at, is_raised=True))
    return heard
