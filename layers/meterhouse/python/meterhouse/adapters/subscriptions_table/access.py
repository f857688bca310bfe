"""What the adapters of the SubscriptionsTable share: guarded writes, and reading by phase."""

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from meterhouse.adapters.dynamodb import call, query
from meterhouse.adapters.subscriptions_table.states import PHASE_INDEX, VERSION, read_state
from meterhouse.adapters.usage_table.items import text
from meterhouse.domain.hours import format_moment
from meterhouse.domain.subscriptions.state import Phase, State
from meterhouse.errors import ConditionFailedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

    from meterhouse.adapters.usage_table.items import Item, Value
    from meterhouse.ports.process import Report


def put_over(
    client: "DynamoDBClient", table_name: str, item: "dict[str, Value]", version: int
) -> bool:
    """Write an item if the one that stands there has `version`, or with 0 if none does.

    Tell whether it was written.
    """
    put = partial(client.put_item, TableName=table_name, Item=item)
    if version:
        put = partial(
            put,
            ConditionExpression="#version = :version",
            ExpressionAttributeNames={"#version": VERSION},
            ExpressionAttributeValues={":version": {"N": str(version)}},
        )
    else:
        put = partial(put, ConditionExpression="attribute_not_exists(pk)")
    try:
        call(put)
    except ConditionFailedError:
        return False
    return True


def in_phase(
    client: "DynamoDBClient",
    table_name: str,
    phase: Phase,
    *,
    until: datetime | None = None,
    after: datetime | None = None,
) -> "Iterator[Item]":
    """Yield the listed states of a phase, or those whose phase ends `until` or `after` a moment.

    The index may miss what has changed within the last seconds.
    """
    condition, values = "phase = :phase", {":phase": text(phase)}
    for comparison, at in (("<= :until", until), ("> :after", after)):
        if at is not None:
            condition += f" AND phase_at {comparison}"
            values[comparison.split()[1]] = text(format_moment(at))
    return query(
        client,
        {
            "TableName": table_name,
            "IndexName": PHASE_INDEX,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
        },
    )


def read_states(items: "Iterable[Item]", report: "Report") -> "Iterator[State]":
    """Yield the states that can be read; of each other one say so in the log."""
    for item in items:
        state = read_or_report(item, report)
        if state is not None:
            yield state


def read_or_report(item: "Item", report: "Report") -> State | None:
    """Read a state; say so in the log, and return None, if it cannot be read."""
    try:
        return read_state(item)
    except (KeyError, ValueError) as error:
        report.failure("subscription_corrupt", key=item["pk"]["S"], error=repr(error))
        return None
