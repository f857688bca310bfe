"""`forget-contact`: delete what a buyer told of itself, and keep what the books need."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from meterhouse.adapters.dynamodb import get_item
from meterhouse.adapters.subscriptions_table.contacts import ContactsTable
from meterhouse.adapters.subscriptions_table.states import state_key
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from operations.answers import Answer
from operations.errors import OperationError
from operations.options import IsAgreed, SubscriptionName, agree, answering

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgottenAnswer(Answer):
    """Which contact details of a subscription were deleted."""

    subscription: str
    deleted: tuple[str, ...]

    @property
    def sentences(self) -> Iterator[str]:
        """Say what was done, and where copies may still be."""
        if self.deleted:
            yield "Deleted. Point-in-time recovery of the table remembers them for 35 days."
        else:
            yield "No contact details of it are kept: nothing was done."


class ContactBook:
    """The contact details in a SubscriptionsTable."""

    kind: ClassVar = "SubscriptionsTable"

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self.name = table_name
        self.contacts = ContactsTable(client, table_name)
        self._client = client

    def kept_of(self, key: SubscriptionKey) -> dict[str, str]:
        """Return what is kept of a subscription; raises OperationError if nobody knows it."""
        if get_item(self._client, self.name, state_key(key)) is None:
            raise OperationError(f"table {self.name} knows no subscription {key}")
        return self.contacts.read(key)


@answering
def forget_contact(
    book: ContactBook, name: SubscriptionName, *, yes: IsAgreed = False, now: datetime, caller: str
) -> ForgottenAnswer:
    """Delete a buyer's contact details; its subscription, usage and records stay as they are."""
    kept = book.kept_of(name)
    deleted: tuple[str, ...] = ()
    if kept:
        details = ", ".join(one for one in kept if one != "given_at")
        agree(f"Delete {details} of {name}, for good?", is_agreed=yes)
        deleted = book.contacts.forget(name, by=caller, at=now)
    return ForgottenAnswer(subscription=name, deleted=deleted)
