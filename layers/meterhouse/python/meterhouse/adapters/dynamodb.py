"""What all calls to DynamoDB share: which failures pass, and how to wait for them to pass."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from meterhouse.errors import (
    ConditionFailedError,
    RequestRefusedError,
    StorageUnavailableError,
    TransactionCancelledError,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, QueryInputTypeDef

    Item = Mapping[str, AttributeValueTypeDef]

CONFLICT_ATTEMPTS_MAX = 10
CONFLICT_PAUSE_SECONDS = 0.02
CONFLICT_PAUSE_SECONDS_MAX = 1.0

# BatchGetItem: at most 100 keys, and what exceeds 16 MB comes back unprocessed.
BATCH_GET_KEYS_MAX = 100
BATCH_GET_ATTEMPTS_MAX = 10

CONDITION_FAILED = "ConditionalCheckFailed"
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html, Errors
_CONFLICT_CODES = frozenset(
    {
        "TransactionConflictException",
        "TransactionInProgressException",
        "ReplicatedWriteConflictException",
    }
)


def call[Answer](operation: Callable[[], Answer]) -> Answer:
    """Make one call; what passes is retried, so what is left is an error of `meterhouse.errors`.

    Raises ConditionFailedError, TransactionCancelledError, RequestRefusedError or
    StorageUnavailableError.
    """
    attempt = 0
    while True:
        try:
            return operation()
        except ClientError as error:
            # A single write that meets a transaction on its item is not retried by the SDK.
            if _code(error) not in _CONFLICT_CODES or attempt == CONFLICT_ATTEMPTS_MAX:
                raise _error_of(error) from error
            pause_after_conflict(attempt)
            attempt += 1
        except BotoCoreError as error:
            raise StorageUnavailableError(f"no answer from DynamoDB: {error}") from error


def _code(error: ClientError) -> str:
    return error.response["Error"]["Code"]


def _error_of(error: ClientError) -> Exception:
    details: dict[str, Any] = dict(error.response)
    match _code(error):
        case "ConditionalCheckFailedException":
            return ConditionFailedError(details.get("Item"))
        case "TransactionCanceledException":
            return TransactionCancelledError(details.get("CancellationReasons", []))
        case "ValidationException" as code:
            return RequestRefusedError(f"{error.operation_name}: {code}")
        case code:
            return StorageUnavailableError(f"{error.operation_name}: {code}")


def pause_after_conflict(attempt: int) -> None:
    """Wait with full jitter, longer with every attempt."""
    ceiling = min(CONFLICT_PAUSE_SECONDS * 2**attempt, CONFLICT_PAUSE_SECONDS_MAX)
    time.sleep(random.uniform(0, ceiling))  # noqa: S311 - spreads retries, guards nothing


def get_item(client: "DynamoDBClient", table_name: str, key: "Item") -> "Item | None":
    """Return the item under a key, strongly consistent, or None when there is none."""
    read = partial(client.get_item, TableName=table_name, Key=key, ConsistentRead=True)
    return call(read).get("Item")


def batch_get(
    client: "DynamoDBClient", table_name: str, keys: "Sequence[Item]"
) -> "Iterator[Item]":
    """Yield the items that exist under `keys`, strongly consistent; keys must not repeat."""
    for start in range(0, len(keys), BATCH_GET_KEYS_MAX):
        wanted = [dict(key) for key in keys[start : start + BATCH_GET_KEYS_MAX]]
        for attempt in range(BATCH_GET_ATTEMPTS_MAX):
            answer = call(
                partial(
                    client.batch_get_item,
                    RequestItems={table_name: {"Keys": wanted, "ConsistentRead": True}},
                )
            )
            yield from answer["Responses"].get(table_name, [])
            unprocessed = answer["UnprocessedKeys"].get(table_name)
            if not unprocessed:
                break
            wanted = [dict(key) for key in unprocessed["Keys"]]
            pause_after_conflict(attempt)
        else:
            raise StorageUnavailableError("DynamoDB left keys unprocessed until attempts ran out")


def query_between(
    client: "DynamoDBClient",
    table_name: str,
    partition: str,
    *,
    first: str,
    last: str,
    page_items: int | None = None,
) -> "Iterator[Item]":
    """Yield a partition's items whose sort keys lie from `first` to `last`, in their order.

    Whoever may stop early says how many `page_items` are read at a time, instead of a megabyte.
    """
    request: QueryInputTypeDef = {
        "TableName": table_name,
        "ConsistentRead": True,
        "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
        "ExpressionAttributeValues": {
            ":pk": {"S": partition},
            ":first": {"S": first},
            ":last": {"S": last},
        },
    }
    if page_items is not None:
        request["Limit"] = page_items
    return query(client, request)


def query(client: "DynamoDBClient", request: "QueryInputTypeDef") -> "Iterator[Item]":
    """Yield the items of a query; `Limit` in the request is the size of a page."""
    while True:
        answer = call(partial(client.query, **request))
        yield from answer["Items"]
        last_key = answer.get("LastEvaluatedKey")
        if not last_key:
            return
        request["ExclusiveStartKey"] = last_key
