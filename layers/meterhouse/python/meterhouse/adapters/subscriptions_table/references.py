"""One-time references of registrations, and what buyers tell on the registration page."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from meterhouse.adapters.dynamodb import call, get_item, query
from meterhouse.adapters.subscriptions_table.contacts import (
    CONTACT_ATTRIBUTES,
    GIVEN_AT,
    contact_key,
)
from meterhouse.adapters.subscriptions_table.states import ACCOUNT_INDEX, read_state, state_key
from meterhouse.adapters.usage_table.items import epoch_number, text
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.registration import Contact
from meterhouse.domain.subscriptions.state import State
from meterhouse.errors import ConditionFailedError, ReferenceInvalidError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from meterhouse.adapters.usage_table.items import Value

_REFERENCE_PREFIX = "reference#"


class ReferencesTable:
    """Implements `ports.subscriptions.ReferenceBook` on DynamoDB."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def add_reference(
        self, digest: str, keys: Sequence[SubscriptionKey], expires_at: datetime
    ) -> None:
        """Store a registration reference by its digest."""
        item: dict[str, Value] = {
            **_reference_key(digest),
            "subscriptions": {"L": [text(key) for key in keys]},
            "expires_at": epoch_number(expires_at),
        }
        call(partial(self._client.put_item, TableName=self._table_name, Item=item))

    def has_others(self, account_id: str, keys: Sequence[SubscriptionKey]) -> bool:
        """Tell whether an account registered another subscription; see the port."""
        items = query(
            self._client,
            {
                "TableName": self._table_name,
                "IndexName": ACCOUNT_INDEX,
                "KeyConditionExpression": f"{ACCOUNT_INDEX} = :account",
                "ExpressionAttributeValues": {":account": text(account_id)},
            },
        )
        return any("registered_at" in one and one["pk"]["S"] not in keys for one in items)

    def redeem_reference(
        self, digest: str, used_for: str, now: datetime
    ) -> tuple[SubscriptionKey, ...]:
        """Use a reference up; see the port."""
        try:
            answer = call(
                partial(
                    self._client.update_item,
                    TableName=self._table_name,
                    Key=_reference_key(digest),
                    UpdateExpression="SET redeemed_with = :form",
                    # DynamoDB's TTL deletes late, so the time is checked as well. The same form may
                    # come twice: a double click, or a lost answer.
                    ConditionExpression=(
                        "expires_at > :now AND "
                        "(attribute_not_exists(redeemed_with) OR redeemed_with = :form)"
                    ),
                    ExpressionAttributeValues={
                        ":form": text(used_for),
                        ":now": epoch_number(now),
                    },
                    ReturnValues="ALL_NEW",
                )
            )
        except ConditionFailedError as error:
            raise ReferenceInvalidError("unknown, expired or used reference") from error
        keys = answer["Attributes"]["subscriptions"]["L"]
        return tuple(SubscriptionKey(key["S"]) for key in keys)

    def state_of(self, digest: str, now: datetime) -> State:
        """Return the state of what a reference stands for; see the port."""
        item = get_item(self._client, self._table_name, _reference_key(digest))
        if item is None or int(item["expires_at"]["N"]) <= now.timestamp():
            raise ReferenceInvalidError("unknown or expired reference")
        return self._state(item["subscriptions"]["L"][0]["S"])

    def claim_letter(self, digest: str) -> bool:
        """Mark that a letter is sent for a reference; see the port."""
        mark = partial(
            self._client.update_item,
            TableName=self._table_name,
            Key=_reference_key(digest),
            UpdateExpression="SET has_letter = :yes",
            # Without the first, a reference that TTL deleted would come to be again, for ever.
            ConditionExpression="attribute_exists(pk) AND attribute_not_exists(has_letter)",
            ExpressionAttributeValues={":yes": {"BOOL": True}},
        )
        try:
            call(mark)
        except ConditionFailedError:
            return False
        return True

    def _state(self, key: str) -> State:
        item = get_item(self._client, self._table_name, state_key(key))
        if item is None:
            raise ReferenceInvalidError("the subscription is gone")
        return read_state(item)

    def set_contact(self, key: SubscriptionKey, contact: Contact, now: datetime) -> State:
        """Store contact details; see the port."""
        state = self._state(key)
        values = (contact.email, contact.company, contact.name, now.isoformat())
        details = zip((*CONTACT_ATTRIBUTES.values(), GIVEN_AT), values, strict=True)
        given = {name: text(value) for name, value in details if value}
        update = partial(
            self._client.update_item,
            TableName=self._table_name,
            Key=contact_key(key),
            UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in given),
            ExpressionAttributeValues={f":{name}": value for name, value in given.items()},
        )
        call(update)
        return state


def _reference_key(digest: str) -> "dict[str, Value]":
    return {"pk": text(_REFERENCE_PREFIX + digest), "sk": text("reference")}
