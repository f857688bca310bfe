"""States as the seller's API reads them: one, or page by page."""

from functools import partial
from typing import TYPE_CHECKING

from meterhouse.adapters.dynamodb import call, get_item
from meterhouse.adapters.subscriptions_table.access import read_or_report, read_states
from meterhouse.adapters.subscriptions_table.states import (
    ACCOUNT_INDEX,
    NEWS,
    PHASE_INDEX,
    STATE,
    asked_for,
    is_listed,
    state_key,
)
from meterhouse.adapters.usage_table.items import text
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.state import Phase, State
from meterhouse.errors import ConditionFailedError
from meterhouse.ports.subscriptions import StatePage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from meterhouse.adapters.usage_table.items import Value
    from meterhouse.ports.process import Report

# What the place of an item in an index is made of, besides the index's own hash and the sort key.
_PLACES: "Mapping[str, tuple[str, ...]]" = {
    PHASE_INDEX: ("pk", "phase_at"),
    ACCOUNT_INDEX: ("pk",),
}


class StatesTable:
    """Implements `ports.subscriptions.SubscriptionStates` on DynamoDB."""

    def __init__(self, client: "DynamoDBClient", table_name: str, report: "Report") -> None:
        self._client = client
        self._table_name = table_name
        self._report = report

    def read(self, key: SubscriptionKey) -> State | None:
        """Return the state of a subscription; see the port."""
        item = get_item(self._client, self._table_name, state_key(key))
        if item is None or not is_listed(item):
            return None
        return read_or_report(item, self._report)

    def in_phase(
        self, phase: Phase, *, count_max: int, after: tuple[str, ...] | None = None
    ) -> StatePage:
        """Return subscriptions of a phase; see the port."""
        return self._page(PHASE_INDEX, phase, count_max, after)

    def of_account(
        self, account_id: str, *, count_max: int, after: tuple[str, ...] | None = None
    ) -> StatePage:
        """Return the subscriptions of an account; see the port."""
        return self._page(ACCOUNT_INDEX, account_id, count_max, after)

    def _page(
        self, index: str, value: str, count_max: int, after: tuple[str, ...] | None
    ) -> StatePage:
        # The hash of each index is the attribute after which it is named. Where a page begins is
        # said within that hash alone: whatever somebody made up reads nothing of another one.
        query = partial(
            self._client.query,
            TableName=self._table_name,
            IndexName=index,
            KeyConditionExpression="#hash = :value",
            ExpressionAttributeNames={"#hash": index},
            ExpressionAttributeValues={":value": text(value)},
            Limit=count_max,
        )
        if after is not None:
            start: dict[str, Value] = {index: text(value), "sk": text(STATE)}
            start |= {name: text(one) for name, one in zip(_PLACES[index], after, strict=True)}
            query = partial(query, ExclusiveStartKey=start)
        answer = call(query)
        last = answer.get("LastEvaluatedKey")
        return StatePage(
            tuple(read_states(answer["Items"], self._report)),
            tuple(last[name]["S"] for name in _PLACES[index]) if last else None,
        )


def ask_to_tell(client: "DynamoDBClient", table_name: str, key: str, asked_at: str) -> bool:
    """Have a state told as it stands, by the table's stream; tell whether it was not asked before.

    Whatever is written over it in the same moment has news of its own, and is told by itself.
    """
    ask = partial(
        client.update_item,
        TableName=table_name,
        Key=state_key(key),
        UpdateExpression="SET #news = :asked",
        # An item without the attribute has none that is equal.
        ConditionExpression="attribute_exists(pk) AND NOT #news = :asked",
        ExpressionAttributeNames={"#news": NEWS},
        ExpressionAttributeValues={":asked": asked_for(asked_at)},
    )
    try:
        call(ask)
    except ConditionFailedError:
        return False
    return True
