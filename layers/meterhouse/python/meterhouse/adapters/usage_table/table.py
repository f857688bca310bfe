"""The requests that the parts of the ledger make of their table."""

import hashlib
import re
from functools import partial
from typing import TYPE_CHECKING

from meterhouse.adapters.dynamodb import (
    CONDITION_FAILED,
    CONFLICT_ATTEMPTS_MAX,
    batch_get,
    call,
    pause_after_conflict,
    query,
    query_between,
)
from meterhouse.adapters.usage_table.items import DUE_SHARD, number, present, text
from meterhouse.errors import (
    ConditionFailedError,
    StorageUnavailableError,
    TransactionCancelledError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        QueryInputTypeDef,
        TransactWriteItemTypeDef,
        UpdateTypeDef,
    )

    from meterhouse.adapters.usage_table.items import Attributes, Item, Value

DUE_INDEX = "due"
_ABSENT = "attribute_not_exists(pk)"
_DUE_PAGE_ITEMS = 2_500
# Whoever looks at a screenful stops early.
_SHOWN_PAGE_ITEMS = 100
# A request token has at most 36 characters.
_TOKEN_LENGTH = 32
_ATTRIBUTE = re.compile(r"#\w+")


def token_of(actions: "Sequence[TransactWriteItemTypeDef]") -> str:
    """Return a request token that is the same for the same actions, and no others."""
    return hashlib.sha256(repr(actions).encode()).hexdigest()[:_TOKEN_LENGTH]


class Table:
    """One table of DynamoDB; all reads are strongly consistent, but that of the index."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def put(self, item: "Item") -> None:
        """Write an item, whatever stands there."""
        call(partial(self._client.put_item, TableName=self._name, Item=item))

    def put_first(self, item: "Item") -> "Item | None":
        """Write an item if there is none; return the one that stands there otherwise."""
        try:
            call(
                partial(
                    self._client.put_item,
                    TableName=self._name,
                    Item=item,
                    ConditionExpression=_ABSENT,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            )
        except ConditionFailedError as error:
            standing = error.item or self.get({"pk": item["pk"], "sk": item["sk"]})
            if standing is None:
                raise StorageUnavailableError("an item is there, and cannot be read") from error
            return standing
        return None

    def update(self, key: "Item", attributes: "Attributes", *, only_if: str, given: "Item") -> None:
        """Set attributes and remove those without a value; raises ConditionFailedError.

        Conditions write attributes as `#name`, because many names are words of the language.
        """
        request = self.updating_if(key, attributes, only_if, given)
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        call(partial(self._client.update_item, **request))

    def get(self, key: "Item") -> "Item | None":
        """Return an item, or None when there is none."""
        answer = call(
            partial(self._client.get_item, TableName=self._name, Key=key, ConsistentRead=True)
        )
        return answer.get("Item")

    def get_each(self, keys: "Sequence[Item]") -> "Iterator[Item]":
        """Yield the items that exist, in no order; keys must not repeat."""
        return batch_get(self._client, self._name, keys)

    def between(
        self, partition: str, first: str, last: str, page_items: int | None = None
    ) -> "Iterator[Item]":
        """Yield a partition's items whose sort keys lie from `first` to `last`, in their order."""
        return query_between(
            self._client, self._name, partition, first=first, last=last, page_items=page_items
        )

    def due(self, until: "Value | None", shard: str = DUE_SHARD) -> "Iterator[Item]":
        """Yield what a part of the index holds, the oldest first."""
        values = {":shard": text(shard)}
        request: QueryInputTypeDef = {
            "TableName": self._name,
            "IndexName": DUE_INDEX,
            "KeyConditionExpression": "due_shard = :shard",
            "ExpressionAttributeValues": values,
            "Limit": _DUE_PAGE_ITEMS,
        }
        if until is not None:
            request["KeyConditionExpression"] = "due_shard = :shard AND due_at <= :until"
            values[":until"] = until
        return query(self._client, request)

    def due_back(self, shard: str, first: "Value", last: "Value") -> "Iterator[Item]":
        """Yield what a part of the index holds from `first` to `last`, the latest first."""
        request: QueryInputTypeDef = {
            "TableName": self._name,
            "IndexName": DUE_INDEX,
            "KeyConditionExpression": "due_shard = :shard AND due_at BETWEEN :first AND :last",
            "ExpressionAttributeValues": {":shard": text(shard), ":first": first, ":last": last},
            "ScanIndexForward": False,
            "Limit": _SHOWN_PAGE_ITEMS,
        }
        return query(self._client, request)

    def transact(self, actions: "Sequence[TransactWriteItemTypeDef]", token: str) -> None:
        """Write all or nothing, once for each token; raises TransactionCancelledError."""
        call(
            partial(
                self._client.transact_write_items,
                TransactItems=actions,
                ClientRequestToken=token,
            )
        )

    def write_together(self, actions: "Sequence[TransactWriteItemTypeDef]") -> None:
        """Write all or nothing, over conflicts; raises TransactionCancelledError.

        The same actions are written once, so that they may be repeated when an answer was lost.
        """
        token = token_of(actions)
        for attempt in range(CONFLICT_ATTEMPTS_MAX):
            try:
                return self.transact(actions, token)
            except TransactionCancelledError as error:
                if CONDITION_FAILED in error.codes:
                    raise
            pause_after_conflict(attempt)
        raise StorageUnavailableError("a transaction met conflicts until its attempts ran out")

    def updating(
        self, key: "Item", attributes: "Attributes", version: int
    ) -> "TransactWriteItemTypeDef":
        """Return the action that writes a version of an item, if the one before it stands."""
        given = {":before": number(version - 1)}
        return {"Update": self.updating_if(key, attributes, "#version = :before", given)}

    def updating_if(
        self, key: "Item", attributes: "Attributes", only_if: str, given: "Item"
    ) -> "UpdateTypeDef":
        """Return the request that sets attributes, and removes those without a value."""
        kept = present(attributes)
        gone = [f"#{name}" for name, value in attributes.items() if value is None]
        sets = "SET " + ", ".join(f"#{name} = :{name}" for name in kept) if kept else ""
        removes = "REMOVE " + ", ".join(gone) if gone else ""
        expression = f"{sets} {removes}".strip()
        words = _ATTRIBUTE.findall(f"{expression} {only_if}")
        return {
            "TableName": self._name,
            "Key": key,
            "UpdateExpression": expression,
            "ConditionExpression": only_if,
            "ExpressionAttributeNames": {word: word[1:] for word in words},
            "ExpressionAttributeValues": {
                **{f":{name}": value for name, value in kept.items()},
                **given,
            },
        }

    def putting(self, item: "Item") -> "TransactWriteItemTypeDef":
        """Return the action that writes an item, whatever stands there."""
        return {"Put": {"TableName": self._name, "Item": item}}

    def putting_first(self, item: "Item") -> "TransactWriteItemTypeDef":
        """Return the action that writes an item if there is none."""
        return {"Put": {"TableName": self._name, "Item": item, "ConditionExpression": _ABSENT}}

    def requiring(self, key: "Item", name: str, value: "Value") -> "TransactWriteItemTypeDef":
        """Return the action that demands a value of an attribute, and writes nothing."""
        return {
            "ConditionCheck": {
                "TableName": self._name,
                "Key": key,
                "ConditionExpression": "#name = :value",
                "ExpressionAttributeNames": {"#name": name},
                "ExpressionAttributeValues": {":value": value},
            }
        }


class TablePart:
    """A part of the ledger that knows how one kind of item stands in the table."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._table = Table(client, name)
