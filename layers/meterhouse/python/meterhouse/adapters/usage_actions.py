"""The parts of write requests that journal writes and changes of records share."""

from datetime import datetime
from typing import TYPE_CHECKING

from meterhouse.adapters.usage_items import (
    binary,
    due_shard_of,
    epoch_number,
    header_key,
    number,
    page_key,
    text,
)
from meterhouse.domain.journal import EncodedPage
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.lifecycle import RecordState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

OPEN = text(RecordState.OPEN.value)
CREATE_OPEN = (
    "#state = if_not_exists(#state, :open), "
    "#version = if_not_exists(#version, :zero) + :one, "
    # Usage that comes to a held record makes it due again; within its hour nothing changes here,
    # and what does not change costs the index nothing.
    "due_shard = :shard, "
    "due_at = :due_at"
)
HEADER_NAMES = {"#state": "state", "#version": "version"}


def touch_header(
    table_name: str, key: RecordKey, *, due_at: datetime, written_at: datetime, pages: int
) -> "TransactWriteItemTypeDef":
    """Return the action that creates an open header or counts `pages` more page items in it."""
    return {
        "Update": {
            "TableName": table_name,
            "Key": header_key(key),
            "UpdateExpression": (
                f"SET {CREATE_OPEN}, written_at = :written_at, "
                "page_items = if_not_exists(page_items, :zero) + :pages"
            ),
            # A record that is no longer open takes no more pages: its quantity is frozen.
            "ConditionExpression": "attribute_not_exists(#state) OR #state = :open",
            "ExpressionAttributeNames": HEADER_NAMES,
            "ExpressionAttributeValues": {
                ":open": OPEN,
                ":zero": number(0),
                ":one": number(1),
                ":pages": number(pages),
                ":shard": text(due_shard_of(key)),
                ":due_at": epoch_number(due_at),
                ":written_at": epoch_number(written_at),
            },
        }
    }


def page_put(
    table_name: str, key: RecordKey, page: EncodedPage, *, once: bool
) -> "TransactWriteItemTypeDef":
    """Return the action that writes a page item; `once` refuses a page that is there already."""
    item = {**page_key(key, page.digest), "blob": binary(page.blob)}
    if once:
        return {
            "Put": {
                "TableName": table_name,
                "Item": item,
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }
    return {"Put": {"TableName": table_name, "Item": item}}
