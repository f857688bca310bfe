"""References of registrations and what buyers told, in dictionaries."""

from collections.abc import Sequence
from datetime import datetime

from meterhouse.domain.subscriptions.facts import FolderKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.registration import Contact
from meterhouse.domain.subscriptions.state import State
from meterhouse.errors import ReferenceInvalidError


class InMemoryReferences:
    """Implements `ports.subscriptions.ReferenceBook` over the states of a SubscriptionsTable."""

    def __init__(self) -> None:
        self.states: dict[FolderKey, tuple[int, State]] = {}
        self.listed: set[FolderKey] = set()
        self.contacts: dict[SubscriptionKey, Contact] = {}
        self._references: dict[str, tuple[tuple[SubscriptionKey, ...], datetime]] = {}
        self._redeemed: dict[str, str] = {}
        self._lettered: set[str] = set()

    def add_reference(
        self, digest: str, keys: Sequence[SubscriptionKey], expires_at: datetime
    ) -> None:
        self._references[digest] = (tuple(keys), expires_at)

    def has_others(self, account_id: str, keys: Sequence[SubscriptionKey]) -> bool:
        return any(
            (state.account_id, state.registered_at is None) == (account_id, False)
            and folder in self.listed
            and folder not in {*map(str, keys)}
            for folder, (_, state) in self.states.items()
        )

    def redeem_reference(
        self, digest: str, used_for: str, now: datetime
    ) -> tuple[SubscriptionKey, ...]:
        keys, expires_at = self._references.get(digest, ((), now))
        if now >= expires_at or self._redeemed.setdefault(digest, used_for) != used_for:
            raise ReferenceInvalidError("unknown, expired or used reference")
        return keys

    def state_of(self, digest: str, now: datetime) -> State:
        keys, expires_at = self._references.get(digest, ((), now))
        if now >= expires_at:
            raise ReferenceInvalidError("unknown or expired reference")
        return self.states[FolderKey(keys[0])][1]

    def claim_letter(self, digest: str) -> bool:
        is_first = digest in self._references and digest not in self._lettered
        self._lettered.add(digest)
        return is_first

    def set_contact(self, key: SubscriptionKey, contact: Contact, now: datetime) -> State:
        del now
        if FolderKey(key) not in self.states:
            raise ReferenceInvalidError("the subscription is gone")
        before = self.contacts.get(key)
        if before is not None:
            contact = Contact(
                contact.email, contact.company or before.company, contact.name or before.name
            )
        self.contacts[key] = contact
        return self.states[FolderKey(key)][1]
