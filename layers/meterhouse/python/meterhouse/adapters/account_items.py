"""All items of one account, hour after hour, as the UsageTable holds them."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from meterhouse.adapters.dynamodb_calls import query_between
from meterhouse.adapters.usage_items import partition_of
from meterhouse.domain.hours import format_hour
from meterhouse.domain.keys import AccountKey

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from meterhouse.adapters.usage_items import Item


class AccountItems:
    """Reads the headers or the page items of accounts, strongly consistent."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def read(self, account: AccountKey, prefix: str, since: datetime | None) -> Iterator["Item"]:
        """Yield the items whose sort keys begin with `prefix`, of the hours from `since` on."""
        return query_between(
            self._client,
            self._table_name,
            partition_of(account),
            first=prefix if since is None else prefix + format_hour(since),
            last=prefix + "~",
        )
