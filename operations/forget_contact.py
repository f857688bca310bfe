"""`forget-contact`: delete what a buyer told of itself, and keep what the books need."""

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from meterhouse.adapters.dynamodb import batch_get, call
from meterhouse.adapters.subscriptions_table.references import CONTACT_ATTRIBUTES, contact_key
from meterhouse.adapters.subscriptions_table.states import STATE, state_key
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from operations.answers import ForgottenAnswer
from operations.errors import OperationError
from operations.options import IsAgreed, SubscriptionName, agree, answering

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class ContactBook:
    """The contact details in a SubscriptionsTable."""

    kind: ClassVar = "SubscriptionsTable"

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self.name = table_name
        self._client = client

    def kept_of(self, key: SubscriptionKey) -> tuple[str, ...]:
        """Return which contact details of a subscription are kept; raises OperationError."""
        wanted = [state_key(key), contact_key(key)]
        found = {one["sk"]["S"]: one for one in batch_get(self._client, self.name, wanted)}
        if STATE not in found:
            raise OperationError(f"table {self.name} knows no subscription {key}")
        return tuple(name for name in CONTACT_ATTRIBUTES if name in found.get("contact", {}))

    def forget(self, key: SubscriptionKey) -> None:
        """Delete the contact details of a subscription."""
        call(partial(self._client.delete_item, TableName=self.name, Key=contact_key(key)))


@answering
def forget_contact(
    book: ContactBook, name: SubscriptionName, *, yes: IsAgreed = False
) -> ForgottenAnswer:
    """Delete a buyer's contact details; its subscription, usage and records stay as they are."""
    kept = book.kept_of(name)
    if kept:
        agree(f"Delete {', '.join(kept)} of {name}, for good?", is_agreed=yes)
        book.forget(name)
    return ForgottenAnswer(subscription=name, deleted=kept)
