"""What buyers told of themselves, apart from what the books need."""

from datetime import datetime
from typing import Protocol

from meterhouse.domain.subscriptions.identity import SubscriptionKey


class ContactBook(Protocol):
    """The contact details in the SubscriptionsTable, under every name of a subscription."""

    def read(self, key: SubscriptionKey) -> dict[str, str]:
        """Return `email`, `company` and `name` as far as they are kept, and since when.

        Empty if nothing is.
        """

    def forget(self, key: SubscriptionKey, *, by: str, at: datetime) -> tuple[str, ...]:
        """Delete what is kept, and say which details that were.

        A line stays for good that says when, by whom, and which, and none of the details. Where
        nothing is kept, nothing is written.
        """
