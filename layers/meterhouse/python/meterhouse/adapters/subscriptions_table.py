"""The SubscriptionsTable: who is registered, and the one-time references of registrations.

A subscription stands under its key, a reference under `reference#<digest>` until its TTL.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from meterhouse.adapters.billed_identities import read_identity, write_identity
from meterhouse.adapters.dynamodb import batch_get, call
from meterhouse.adapters.usage_table.items import epoch_number, text
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.registration import Contact
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer, Subscription
from meterhouse.errors import ConditionFailedError, ReferenceInvalidError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from meterhouse.adapters.usage_table.items import Item, Value
    from meterhouse.ports.process import Report

REGISTERED = "registered"
# What a buyer wrote, and when.
CONTACT_ATTRIBUTES = ("email", "company", "contact_name", "contact_at")
_REFERENCE_PREFIX = "reference#"


class SubscriptionsTable:
    """Implements `ports.subscriptions.SubscriptionBook` on DynamoDB."""

    def __init__(self, client: "DynamoDBClient", table_name: str, report: "Report") -> None:
        self._client = client
        self._table_name = table_name
        self._report = report

    def find(self, keys: Sequence[SubscriptionKey]) -> dict[SubscriptionKey, Subscription]:
        """Return the known subscriptions among `keys`."""
        found: dict[SubscriptionKey, Subscription] = {}
        wanted = [{"pk": text(key)} for key in dict.fromkeys(keys)]
        for item in batch_get(self._client, self._table_name, wanted):
            try:
                subscription = _read_subscription(item)
            except (KeyError, ValueError) as error:
                # Its usage is held like that of an unknown subscription; all other usage goes on.
                self._report.failure("subscription_corrupt", key=item["pk"]["S"], error=repr(error))
                continue
            found[subscription.key] = subscription
        return found

    def ending(self, now: datetime) -> tuple[Subscription, ...]:
        """Return none: nobody writes ends into a table of this layout."""
        del now
        return ()

    def note_stopped(self, key: SubscriptionKey, stopped_at: datetime) -> Subscription | None:
        """Store the seller's word; see the port."""
        update = partial(
            self._client.update_item,
            TableName=self._table_name,
            Key={"pk": text(key)},
            UpdateExpression="SET stopped_at = :stopped_at",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeValues={":stopped_at": text(stopped_at.isoformat())},
            ReturnValues="ALL_NEW",
        )
        try:
            return _read_subscription(call(update)["Attributes"])
        except ConditionFailedError:
            return None

    def refresh(self, now: datetime) -> None:
        """Do nothing: nothing in a table of this layout moves by time alone."""

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
        values = (contact.email, contact.company, contact.name, now.isoformat())
        details = zip(CONTACT_ATTRIBUTES, values, strict=True)
        given = {name: text(value) for name, value in details if value}
        update = partial(
            self._client.update_item,
            TableName=self._table_name,
            Key={"pk": text(key)},
            UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in given),
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeValues={f":{name}": value for name, value in given.items()},
            ReturnValues="ALL_NEW",
        )
        try:
            answer = call(update)
        except ConditionFailedError as error:
            raise ReferenceInvalidError("the subscription is gone") from error
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
