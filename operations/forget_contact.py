"""`forget-contact`: delete what a buyer told of itself, and keep what the books need."""

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from meterhouse.adapters.dynamodb import call
from meterhouse.adapters.subscriptions_table import CONTACT_ATTRIBUTES
from meterhouse.adapters.usage_table.items import text
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.errors import ConditionFailedError
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
        read = partial(
            self._client.get_item, TableName=self.name, Key={"pk": text(key)}, ConsistentRead=True
        )
        item = call(read).get("Item")
        if item is None:
            raise OperationError(f"table {self.name} knows no subscription {key}")
        return tuple(name for name in CONTACT_ATTRIBUTES if name in item)

    def forget(self, key: SubscriptionKey) -> None:
        """Delete the contact details of a subscription; raises OperationError if it is gone."""
        remove = partial(
            self._client.update_item,
            TableName=self.name,
            Key={"pk": text(key)},
            UpdateExpression="REMOVE " + ", ".join(CONTACT_ATTRIBUTES),
            ConditionExpression="attribute_exists(pk)",
        )
        try:
            call(remove)
        except ConditionFailedError as error:
            raise OperationError(f"subscription {key} is there no more") from error


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
