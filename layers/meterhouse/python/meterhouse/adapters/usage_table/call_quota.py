"""The account's budget of BatchMeterUsage calls, shared by all functions through one counter.

AWS allows 10 calls a second per account and region:
https://docs.aws.amazon.com/marketplace/latest/APIReference/metering-service-quotas.html
Time is cut into places, one call each; a caller takes the next free place and waits for it.
"""

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from meterhouse.adapters.dynamodb import call, query_between
from meterhouse.adapters.usage_table.items import LAST, number, reading, text
from meterhouse.errors import ConditionFailedError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PARTITION = "QUOTA"
_OPERATION = "BatchMeterUsage#"


class SharedCallQuota:
    """Implements `ports.marketplace.CallQuota` with a counter in the UsageTable."""

    def __init__(self, client: "DynamoDBClient", table_name: str, *, calls_per_second: int) -> None:
        self._client = client
        self._table_name = table_name
        self._calls_per_second = calls_per_second
        # Places of different lengths cannot be compared, so every rate has a counter of its own.
        sort_key = text(f"{_OPERATION}{calls_per_second}")
        self._key = {"pk": text(_PARTITION), "sk": sort_key}

    def reserve(self, now: datetime) -> datetime:
        """Take the next free place and return its time, at or after `now`.

        A place whose caller never called is lost, which costs time and nothing else.
        """
        first = int(now.timestamp() * self._calls_per_second)
        place = self._take_next()
        if place < first:
            # If somebody else was faster the counter stands at the present or beyond.
            place = first if self._skip_to(first) else self._take_next()
        assert place >= first
        return max(datetime.fromtimestamp(place / self._calls_per_second, UTC), now)

    def _take_next(self) -> int:
        answer = call(
            partial(
                self._client.update_item,
                TableName=self._table_name,
                Key=self._key,
                UpdateExpression="ADD place :one",
                ExpressionAttributeValues={":one": number(1)},
                ReturnValues="UPDATED_NEW",
            )
        )
        return int(answer["Attributes"]["place"]["N"])

    def _skip_to(self, first: int) -> bool:
        """Nobody called for a while: move the counter to the present, unless somebody else did."""
        try:
            call(
                partial(
                    self._client.update_item,
                    TableName=self._table_name,
                    Key=self._key,
                    UpdateExpression="SET place = :first",
                    ConditionExpression="place < :first",
                    ExpressionAttributeValues={":first": number(first)},
                )
            )
        except ConditionFailedError:
            return False
        return True


def read_places(client: "DynamoDBClient", table_name: str) -> dict[int, datetime]:
    """Return for every number of calls a second that was ever set the last place that was taken."""
    items = query_between(client, table_name, _PARTITION, first=_OPERATION, last=_OPERATION + LAST)
    found: dict[int, datetime] = {}
    for item in items:
        with reading(item):
            rate = int(item["sk"]["S"].removeprefix(_OPERATION))
            found[rate] = datetime.fromtimestamp(int(item["place"]["N"]) / rate, UTC)
    return found
