"""Who can be billed, as the metering functions read it."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from meterhouse.adapters.dynamodb import batch_get, query
from meterhouse.adapters.subscriptions_table.states import PHASE_INDEX, read_state, state_key
from meterhouse.adapters.usage_table.items import text
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.state import Phase
from meterhouse.domain.subscriptions.subscription import Subscription

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from meterhouse.adapters.usage_table.items import Item
    from meterhouse.ports.process import Report


class SubscriptionsTable:
    """Implements `ports.subscriptions.SubscriptionBook` on DynamoDB."""

    def __init__(self, client: "DynamoDBClient", table_name: str, report: "Report") -> None:
        self._client = client
        self._table_name = table_name
        self._report = report

    def find(self, keys: Sequence[SubscriptionKey]) -> dict[SubscriptionKey, Subscription]:
        """Return the known subscriptions among `keys`."""
        wanted = [state_key(key) for key in dict.fromkeys(keys)]
        found = map(self._read, batch_get(self._client, self._table_name, wanted))
        return {one.key: one for one in found if one is not None}

    def ending(self, now: datetime) -> tuple[Subscription, ...]:
        """Return the subscriptions whose last hour runs; see the port."""
        items = query(
            self._client,
            {
                "TableName": self._table_name,
                "IndexName": PHASE_INDEX,
                "KeyConditionExpression": "phase = :ending AND phase_at > :now",
                "ExpressionAttributeValues": {
                    ":ending": text(Phase.ENDING),
                    ":now": text(now.isoformat()),
                },
            },
        )
        return tuple(one for one in map(self._read, items) if one is not None)

    def _read(self, item: "Item") -> Subscription | None:
        try:
            return read_state(item).subscription
        except (KeyError, ValueError) as error:
            # Its usage is held like that of an unknown subscription; all other usage goes on.
            self._report.failure("subscription_corrupt", key=item["pk"]["S"], error=repr(error))
            return None
