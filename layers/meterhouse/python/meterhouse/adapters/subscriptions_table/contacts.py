"""What buyers told on the registration page, and the lines that stay when it is deleted."""

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from meterhouse.adapters.dynamodb import batch_get, call, query
from meterhouse.adapters.subscriptions_table.folders import READER
from meterhouse.adapters.usage_table.items import text
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.errors import TransactionCancelledError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from meterhouse.adapters.usage_table.items import Item, Value

# What a buyer wrote, by the names of the form and of the item's attributes; and when.
CONTACT_ATTRIBUTES = {"email": "email", "company": "company", "name": "contact_name"}
GIVEN_AT = "contact_at"
_CONTACT, _FORGOTTEN = "contact", "forgotten#"
# A buyer who came before AWS named a license, or has two names, stands under its account as well.
_ACCOUNT = "account#"


class ContactsTable:
    """Implements `ports.contacts.ContactBook` on DynamoDB."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def read(self, key: SubscriptionKey) -> dict[str, str]:
        """Return what is kept of a buyer; see the port."""
        kept: dict[str, str] = {}
        for item in self._items(key).values():
            kept = _read(item) | kept
        return kept

    def forget(self, key: SubscriptionKey, *, by: str, at: datetime) -> tuple[str, ...]:
        """Delete what is kept of a buyer; see the port."""
        deleted: set[str] = set()
        for name, item in self._items(key).items():
            details = _read(item).keys() & CONTACT_ATTRIBUTES.keys()
            if self._delete(name, sorted(details), by, at):
                deleted |= details
        return tuple(name for name in CONTACT_ATTRIBUTES if name in deleted)

    def _items(self, key: SubscriptionKey) -> "dict[SubscriptionKey, Item]":
        """Return the items of a subscription under each of its names; its own first."""
        readers = query(
            self._client,
            {
                "TableName": self._table_name,
                "ConsistentRead": True,
                "KeyConditionExpression": "pk = :pk AND begins_with(sk, :reader)",
                "ExpressionAttributeValues": {":pk": text(key), ":reader": text(READER + _ACCOUNT)},
            },
        )
        names = [key, *(SubscriptionKey(one["sk"]["S"].removeprefix(READER)) for one in readers)]
        wanted = [contact_key(name) for name in names]
        found = {one["pk"]["S"]: one for one in batch_get(self._client, self._table_name, wanted)}
        return {name: found[name] for name in names if name in found}

    def _delete(self, name: SubscriptionKey, details: list[str], by: str, at: datetime) -> bool:
        """Delete one item and write the line in its place; False if somebody else did."""
        line = {
            "pk": text(name),
            "sk": text(_FORGOTTEN + at.isoformat()),
            "forgotten_by": text(by),
            "details": {"L": [text(one) for one in details]},
        }
        try:
            call(
                partial(
                    self._client.transact_write_items,
                    TransactItems=[
                        {
                            "Delete": {
                                "TableName": self._table_name,
                                "Key": contact_key(name),
                                "ConditionExpression": "attribute_exists(pk)",
                            }
                        },
                        {"Put": {"TableName": self._table_name, "Item": line}},
                    ],
                )
            )
        except TransactionCancelledError:
            return False
        return True


def contact_key(key: SubscriptionKey) -> "dict[str, Value]":
    """Return the key of what a buyer told."""
    return {"pk": text(key), "sk": text(_CONTACT)}


def _read(item: "Item") -> dict[str, str]:
    named = {**CONTACT_ATTRIBUTES, "given_at": GIVEN_AT}
    return {name: item[one]["S"] for name, one in named.items() if one in item}
