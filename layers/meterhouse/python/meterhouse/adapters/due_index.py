"""The sparse index of unfinished records: the longest overdue first, and never a scan."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from meterhouse.adapters.dynamodb_calls import query
from meterhouse.adapters.usage_items import (
    DUE_INDEX,
    DUE_SHARDS,
    number,
    record_key_of,
    text,
)
from meterhouse.domain.identity import SubscriptionKey
from meterhouse.domain.keys import RecordKey

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef

    from meterhouse.adapters.usage_items import Value

_PAGE_ITEMS = 2_500


class DueIndex:
    """Reads the index `due` of the UsageTable, which is eventually consistent."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def due_keys(
        self, *, now: datetime, count_max: int, skip: AbstractSet[RecordKey]
    ) -> list[RecordKey]:
        """Return due records but those to `skip`, the longest overdue first."""
        values = {":now": number(int(now.timestamp()))}
        condition = "due_shard = :shard AND due_at <= :now"
        return _soonest(
            (
                (one for one in self._query(shard, condition, values) if one.key not in skip)
                for shard in range(DUE_SHARDS)
            ),
            count_max,
        )

    def unfinished_keys(
        self, *, count_max: int, subscription: SubscriptionKey | None
    ) -> list[RecordKey]:
        """Return unfinished records, due or not; of one subscription if it is given."""
        return _soonest(
            (
                (
                    one
                    for one in self._query(shard, "due_shard = :shard", {})
                    if subscription in (None, one.key.subscription)
                )
                for shard in range(DUE_SHARDS)
            ),
            count_max,
        )

    def _query(self, shard: int, condition: str, values: "dict[str, Value]") -> "Iterator[_Due]":
        request: QueryInputTypeDef = {
            "TableName": self._table_name,
            "IndexName": DUE_INDEX,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": {**values, ":shard": text(f"due#{shard}")},
            "Limit": _PAGE_ITEMS,
        }
        for item in query(self._client, request):
            yield _Due(int(item["due_at"]["N"]), record_key_of(item))


class _Due(NamedTuple):
    """An entry of the index."""

    at: int
    key: RecordKey


def _soonest(shards: "Iterator[Iterator[_Due]]", count_max: int) -> list[RecordKey]:
    """Take an equal share of every shard, so that none of them is read to its end in vain."""
    share = -(-count_max // DUE_SHARDS)
    found = [one for shard in shards for one in islice(shard, share)]
    return [one.key for one in sorted(found, key=attrgetter("at"))]
