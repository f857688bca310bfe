"""Who can be billed, as the metering functions read it."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from meterhouse.adapters.dynamodb import batch_get
from meterhouse.adapters.subscriptions_table.access import in_phase, read_states
from meterhouse.adapters.subscriptions_table.states import state_key
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.state import Phase
from meterhouse.domain.subscriptions.subscription import Subscription

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
        found = self._read(batch_get(self._client, self._table_name, wanted))
        return {one.key: one for one in found}

    def ending(self, now: datetime) -> tuple[Subscription, ...]:
        """Return the subscriptions whose last hour runs; see the port."""
        items = in_phase(self._client, self._table_name, Phase.ENDING, after=now)
        return tuple(self._read(items))

    def _read(self, items: "Iterable[Item]") -> "Iterator[Subscription]":
        # Usage of what cannot be read is held like that of an unknown one; all other usage goes on.
        for state in read_states(items, self._report):
            if state.subscription is not None:
                yield state.subscription
