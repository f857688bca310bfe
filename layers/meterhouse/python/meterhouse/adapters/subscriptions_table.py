"""The SubscriptionsTable: who is registered, and the one-time references of registrations.

A subscription stands under its key, a reference under `reference#<digest>` until its TTL.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from meterhouse.adapters.dynamodb_calls import ConditionFailedError, call, pause_after_conflict
from meterhouse.adapters.usage_items import epoch_number, read_identity, text, write_identity
from meterhouse.domain.identity import SubscriptionKey
from meterhouse.domain.registration import Contact
from meterhouse.domain.subscriptions import ResolvedCustomer, Subscription
from meterhouse.errors import ReferenceInvalidError, StorageUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from meterhouse.adapters.usage_items import Item, Value

REGISTERED = "registered"
_REFERENCE_PREFIX = "reference#"
_BATCH_GET_MAX = 100
_BATCH_GET_ATTEMPTS_MAX = 10


class SubscriptionsTable:
    """Implements `meterhouse.ports.SubscriptionBook` on DynamoDB."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def find(self, keys: Sequence[SubscriptionKey]) -> dict[SubscriptionKey, Subscription]:
        """Return the known subscriptions among `keys`."""
        found: dict[SubscriptionKey, Subscription] = {}
        for start in range(0, len(keys), _BATCH_GET_MAX):
            wanted = [{"pk": text(key)} for key in keys[start : start + _BATCH_GET_MAX]]
            for item in self._batch_get(wanted):
                subscription = _read_subscription(item)
                found[subscription.key] = subscription
        return found

    def _batch_get(self, keys: "list[dict[str, Value]]") -> "list[Item]":
        items: list[Item] = []
        wanted = keys
        for attempt in range(_BATCH_GET_ATTEMPTS_MAX):
            answer = call(
                partial(
                    self._client.batch_get_item,
                    RequestItems={self._table_name: {"Keys": wanted, "ConsistentRead": True}},
                )
            )
            items.extend(answer["Responses"].get(self._table_name, []))
            unprocessed = answer["UnprocessedKeys"].get(self._table_name)
            if not unprocessed:
                return items
            wanted = [dict(key) for key in unprocessed["Keys"]]
            pause_after_conflict(attempt)
        raise StorageUnavailableError("DynamoDB left keys unprocessed until attempts ran out")

    def upsert(
        self, subscription: Subscription, customer: ResolvedCustomer, *, trial: bool, now: datetime
    ) -> None:
        """Make a subscription known; see the port."""
        facts = {
            "product_code": subscription.product_code,
            "identity": write_identity(subscription.identity),
            "license_arn": customer.license_arn,
            "customer_identifier": customer.customer_identifier,
            "customer_aws_account_id": customer.customer_aws_account_id,
            "agreement_id": customer.agreement_id,
            "offer_type": "free-trial" if trial else None,
            "last_visit_at": now.isoformat(),
        }
        known = {name: text(value) for name, value in facts.items() if value is not None}
        sets = [f"#{name} = :{name}" for name in known]
        # What the life cycle and earlier visits wrote is never taken back by a later visit.
        sets.append("#status = if_not_exists(#status, :registered)")
        sets.append("registered_at = if_not_exists(registered_at, :last_visit_at)")
        call(
            partial(
                self._client.update_item,
                TableName=self._table_name,
                Key={"pk": text(subscription.key)},
                UpdateExpression="SET " + ", ".join(sets),
                ExpressionAttributeNames={
                    **{f"#{name}": name for name in known},
                    "#status": "status",
                },
                ExpressionAttributeValues={
                    **{f":{name}": value for name, value in known.items()},
                    ":registered": text(REGISTERED),
                },
            )
        )

    def add_reference(
        self, digest: str, keys: Sequence[SubscriptionKey], expires_at: datetime
    ) -> None:
        """Store a registration reference by its digest."""
        item: dict[str, Value] = {
            "pk": text(_REFERENCE_PREFIX + digest),
            "subscriptions": {"L": [text(key) for key in keys]},
            "expires_at": epoch_number(expires_at),
        }
        call(partial(self._client.put_item, TableName=self._table_name, Item=item))

    def redeem_reference(
        self, digest: str, contact: Contact, now: datetime
    ) -> tuple[SubscriptionKey, ...]:
        """Use a reference up; see the port."""
        try:
            answer = call(
                partial(
                    self._client.update_item,
                    TableName=self._table_name,
                    Key={"pk": text(_REFERENCE_PREFIX + digest)},
                    UpdateExpression="SET redeemed_with = :contact",
                    # DynamoDB's TTL deletes late, so the time is checked as well. The same form may
                    # come twice: a double click, or a lost answer.
                    ConditionExpression=(
                        "expires_at > :now AND "
                        "(attribute_not_exists(redeemed_with) OR redeemed_with = :contact)"
                    ),
                    ExpressionAttributeValues={
                        ":contact": text(contact.digest),
                        ":now": epoch_number(now),
                    },
                    ReturnValues="ALL_NEW",
                )
            )
        except ConditionFailedError as error:
            raise ReferenceInvalidError("unknown, expired or used reference") from error
        keys = answer["Attributes"]["subscriptions"]["L"]
        return tuple(SubscriptionKey(key["S"]) for key in keys)

    def set_contact(self, key: SubscriptionKey, contact: Contact, now: datetime) -> str:
        """Store contact details; see the port."""
        details = {
            "email": contact.email,
            "company": contact.company,
            "contact_name": contact.name,
            "contact_at": now.isoformat(),
        }
        given = {name: text(value) for name, value in details.items() if value}
        answer = call(
            partial(
                self._client.update_item,
                TableName=self._table_name,
                Key={"pk": text(key)},
                UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in given),
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues={f":{name}": value for name, value in given.items()},
                ReturnValues="ALL_NEW",
            )
        )
        return answer["Attributes"]["status"]["S"]


def _read_subscription(item: "Item") -> Subscription:
    ended_at = item.get("ended_at")
    return Subscription(
        key=SubscriptionKey(item["pk"]["S"]),
        product_code=item["product_code"]["S"],
        identity=read_identity(item["identity"]["S"]),
        ended_at=(
            None if ended_at is None else datetime.fromisoformat(ended_at["S"]).astimezone(UTC)
        ),
    )
