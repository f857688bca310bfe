"""Steps of metering records in the UsageTable: one atomic write each, guarded by the version."""

import uuid
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from meterhouse.adapters.dynamodb_calls import (
    CONDITION_FAILED,
    CONFLICT_ATTEMPTS_MAX,
    CancelledError,
    ConditionFailedError,
    call,
    pause_after_conflict,
)
from meterhouse.adapters.usage_actions import page_put, touch_header
from meterhouse.adapters.usage_items import header_key, number, record_attributes, text
from meterhouse.domain.journal import encode_page
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records import ABSENT_VERSION, Change
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports import CommitResult

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        TransactWriteItemTypeDef,
        UpdateItemInputTypeDef,
        UpdateTypeDef,
    )

    from meterhouse.adapters.usage_items import Value


class UsageChanges:
    """Writes changes; see `commit`."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def commit(
        self, change: Change, target: RecordKey | None = None, target_due_at: datetime | None = None
    ) -> CommitResult:
        """Apply a change in one atomic write; see the port."""
        # The nonce recognises our own write when its answer was lost and the SDK sent it again.
        nonce = uuid.uuid4().hex
        update = self._header_update(change, nonce)
        if change.late_page is None and change.carried is None:
            return self._commit_alone(update, nonce)
        actions: list[TransactWriteItemTypeDef] = [{"Update": update}]
        if change.late_page is not None:
            page = encode_page(change.late_page)
            actions.append(page_put(self._table_name, change.record.key, page, once=False))
        target_position = len(actions)
        if change.carried is not None:
            assert target is not None
            assert target_due_at is not None
            page = encode_page(change.carried)
            actions.append(
                touch_header(
                    self._table_name,
                    target,
                    due_at=target_due_at,
                    written_at=change.carried.earliest_at,
                    pages=1,
                )
            )
            actions.append(page_put(self._table_name, target, page, once=False))
        return self._commit_together(actions, nonce, target_position)

    def _header_update(self, change: Change, nonce: str) -> "UpdateTypeDef":
        attributes = {**record_attributes(change.record), "nonce": text(nonce)}
        kept = {name: value for name, value in attributes.items() if value is not None}
        gone = [name for name, value in attributes.items() if value is None]
        names = {f"#{name}": name for name in attributes}
        values: dict[str, Value] = {f":{name}": value for name, value in kept.items()}
        sets = [f"#{name} = :{name}" for name in kept]
        if change.late_page is not None:
            sets.append("page_items = if_not_exists(page_items, :zero) + :one")
            values |= {":zero": number(0), ":one": number(1)}
        if change.before_version == ABSENT_VERSION:
            # Nobody may have created the record since it was found to be absent.
            condition = "attribute_not_exists(pk)"
        else:
            # Nobody may have taken a step, or added a page, since the record was read.
            condition = "#version = :before_version"
            values[":before_version"] = number(change.before_version)
        removes = " REMOVE " + ", ".join(f"#{name}" for name in gone) if gone else ""
        return {
            "TableName": self._table_name,
            "Key": header_key(change.record.key),
            "UpdateExpression": "SET " + ", ".join(sets) + removes,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }

    def _commit_alone(self, update: "UpdateTypeDef", nonce: str) -> CommitResult:
        request: UpdateItemInputTypeDef = {
            "TableName": self._table_name,
            "Key": update["Key"],
            "UpdateExpression": update["UpdateExpression"],
            "ConditionExpression": update["ConditionExpression"],
            "ExpressionAttributeNames": update["ExpressionAttributeNames"],
            "ExpressionAttributeValues": update["ExpressionAttributeValues"],
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        try:
            call(partial(self._client.update_item, **request))
        except ConditionFailedError as error:
            if error.item is not None and error.item.get("nonce") == text(nonce):
                return CommitResult.COMMITTED
            return CommitResult.CONFLICT
        return CommitResult.COMMITTED

    def _commit_together(
        self, actions: "list[TransactWriteItemTypeDef]", token: str, target_position: int
    ) -> CommitResult:
        for attempt in range(CONFLICT_ATTEMPTS_MAX):
            try:
                call(
                    partial(
                        self._client.transact_write_items,
                        TransactItems=actions,
                        ClientRequestToken=token,
                    )
                )
            except CancelledError as error:
                if not error.is_passing:
                    refused = error.codes.index(CONDITION_FAILED)
                    is_target = refused >= target_position
                    return CommitResult.TARGET_CLOSED if is_target else CommitResult.CONFLICT
                pause_after_conflict(attempt)
            else:
                return CommitResult.COMMITTED
        raise StorageUnavailableError("a transaction met conflicts until its attempts ran out")
