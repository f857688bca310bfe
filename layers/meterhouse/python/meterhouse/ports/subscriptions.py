"""What the use cases need of the SubscriptionsTable."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.registration import Contact
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer, Subscription


class SubscriptionKeeper(Protocol):
    """Who changes what is known of subscriptions besides AWS's word."""

    def note_stopped(self, key: SubscriptionKey, stopped_at: datetime) -> Subscription | None:
        """Store the seller's word that its product stopped; return the subscription as it is then.

        None if it is not known. The same word again changes nothing.
        """

    def refresh(self, now: datetime) -> None:
        """Move on what moves by time alone, such as the phase of a final hour that is over."""


class SubscriptionBook(Protocol):
    """The SubscriptionsTable."""

    def find(self, keys: Sequence[SubscriptionKey]) -> dict[SubscriptionKey, Subscription]:
        """Return the known subscriptions among `keys`."""

    def ending(self, now: datetime) -> tuple[Subscription, ...]:
        """Return the subscriptions that ended and of which AWS still takes records.

        It may miss what has changed within the last seconds.
        """

    def upsert(
        self, subscription: Subscription, customer: ResolvedCustomer, *, trial: bool, now: datetime
    ) -> None:
        """Make a subscription known; never takes away lifecycle state or contact details."""

    def add_reference(
        self, digest: str, keys: Sequence[SubscriptionKey], expires_at: datetime
    ) -> None:
        """Store a registration reference by its digest."""

    def redeem_reference(
        self, digest: str, contact: Contact, now: datetime
    ) -> tuple[SubscriptionKey, ...]:
        """Use a reference up and return what it stands for.

        The same details may be sent again while the reference lives; anything else raises
        ReferenceInvalidError.
        """

    def set_contact(self, key: SubscriptionKey, contact: Contact, now: datetime) -> str:
        """Store contact details; empty ones never replace earlier ones. Return the status."""
