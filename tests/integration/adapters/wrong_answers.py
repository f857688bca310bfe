"""Words for the tests that say where an emulator is wrong."""

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def is_refused(call: Callable[[], object]) -> bool:
    """Tell whether AWS, or what stands in for it, finds a request wrong."""
    try:
        call()
    except ClientError:
        return True
    return False


def item_key(name: str) -> dict[str, Any]:
    return {"pk": {"S": name}, "sk": {"S": "any"}}


def adding_one(table_name: str, name: str) -> dict[str, Any]:
    """Return the action that adds one to the number of an item."""
    return {
        "Update": {
            "TableName": table_name,
            "Key": item_key(name),
            "UpdateExpression": "ADD amount :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }


def putting(table_name: str, name: str, **attributes: Any) -> dict[str, Any]:
    """Return the action that writes an item."""
    return {"Put": {"TableName": table_name, "Item": {**item_key(name), **attributes}}}


def amount_of(client: "DynamoDBClient", table_name: str, name: str) -> Decimal:
    """Return the number of an item."""
    answer = client.get_item(TableName=table_name, Key=item_key(name), ConsistentRead=True)
    return Decimal(answer["Item"]["amount"]["N"])


def sum_of_31_digits(client: "DynamoDBClient", table_name: str) -> Decimal:
    """Add a tenth to a number of 30 digits in the table."""
    client.put_item(TableName=table_name, Item={**item_key("sum"), "amount": {"N": "9" * 30}})
    client.update_item(
        TableName=table_name,
        Key=item_key("sum"),
        UpdateExpression="ADD amount :tenth",
        ExpressionAttributeValues={":tenth": {"N": "0.1"}},
    )
    return amount_of(client, table_name, "sum")
