"""How far the sweep of the Agreement API came, and what it compares with."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from meterhouse.adapters.dynamodb import get_item
from meterhouse.adapters.subscriptions_table.access import in_phase, put_over, read_states
from meterhouse.adapters.subscriptions_table.states import VERSION
from meterhouse.adapters.usage_table.items import text
from meterhouse.domain.hours import format_moment
from meterhouse.domain.subscriptions.state import Phase, State
from meterhouse.domain.subscriptions.sweeping import Cursor
from meterhouse.errors import SweepOvertakenError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from meterhouse.adapters.usage_table.items import Item, Value
    from meterhouse.ports.process import Report

_KEY: "Item" = {"pk": {"S": "sweep#"}, "sk": {"S": "cursor"}}
_TIMES, _FLAGS = ("after", "reached_at"), ("is_running", "is_whole")
_LIVING = (Phase.SCHEDULED, Phase.PENDING, Phase.ACTIVE)


class SweepsTable:
    """Implements `ports.agreements.SweepBook` on DynamoDB."""

    def __init__(self, client: "DynamoDBClient", table_name: str, report: "Report") -> None:
        self._client = client
        self._table_name = table_name
        self._report = report

    def cursor(self) -> Cursor:
        """Return how far the sweep came; see the port."""
        item = get_item(self._client, self._table_name, _KEY)
        return Cursor() if item is None else _read(item)

    def move(self, cursor: Cursor) -> Cursor:
        """Store how far it came; see the port."""
        moved = replace(cursor, version=cursor.version + 1)
        if not put_over(self._client, self._table_name, _written(moved), cursor.version):
            raise SweepOvertakenError
        return moved

    def living(self) -> Iterator[State]:
        """Yield what is not over; see the port."""
        for phase in _LIVING:
            items = in_phase(self._client, self._table_name, phase)
            yield from read_states(items, self._report)


def _written(cursor: Cursor) -> "dict[str, Value]":
    item: dict[str, Value] = {**_KEY, VERSION: {"N": str(cursor.version)}}
    item |= {name: {"BOOL": getattr(cursor, name)} for name in _FLAGS}
    for name in _TIMES:
        at: datetime | None = getattr(cursor, name)
        if at is not None:
            item[name] = text(format_moment(at))
    if cursor.token is not None:
        item["token"] = text(cursor.token)
    return item


def _read(item: "Item") -> Cursor:
    times = {name: datetime.fromisoformat(item[name]["S"]) for name in _TIMES if name in item}
    return Cursor(
        version=int(item[VERSION]["N"]),
        token=item["token"]["S"] if "token" in item else None,
        is_running=item["is_running"]["BOOL"],
        is_whole=item["is_whole"]["BOOL"],
        **times,
    )
