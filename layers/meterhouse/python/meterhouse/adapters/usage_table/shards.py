"""How many shards the hours of a table have, for good."""

from functools import partial
from typing import TYPE_CHECKING

from meterhouse.adapters.dynamodb_calls import ConditionFailedError, call
from meterhouse.adapters.usage_table.items import number, text
from meterhouse.errors import SettingsError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEY = {"pk": text("LAYOUT"), "sk": text("shards")}


def hold_shards(client: "DynamoDBClient", table_name: str, shards: int) -> None:
    """Remember the number of shards at first use; raises SettingsError for another one.

    A subscription's shard follows from the number. With another one an event that comes again would
    stand in another log than before, and be billed twice.
    """
    item = {**_KEY, "count": number(shards)}
    condition = "attribute_not_exists(pk) OR #count = :count"
    try:
        call(
            partial(
                client.put_item,
                TableName=table_name,
                Item=item,
                ConditionExpression=condition,
                ExpressionAttributeNames={"#count": "count"},
                ExpressionAttributeValues={":count": item["count"]},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        )
    except ConditionFailedError as error:
        held = error.item["count"]["N"] if error.item else "another number"
        raise SettingsError(
            f"JOURNAL_SHARDS is {shards}, but the usage table was laid out with {held}: "
            "set it back, or begin with a new table"
        ) from error
