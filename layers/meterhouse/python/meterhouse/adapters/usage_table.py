"""The UsageTable as the ledger of metering records: reading, single steps, and the due index."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from meterhouse.adapters.dynamodb_calls import (
    CONDITION_FAILED,
    CONFLICT_ATTEMPTS_MAX,
    CancelledError,
    ConditionFailedError,
    batch_get,
    call,
    pause_after_conflict,
    query,
)
from meterhouse.adapters.usage_items import (
    DUE_INDEX,
    DUE_SHARDS,
    HEADER_PREFIX,
    PAGE_PREFIX,
    account_of,
    header_key,
    number,
    page_key,
    pages_prefix,
    partition_of,
    read_record,
    record_attributes,
    record_key_of,
    text,
)
from meterhouse.adapters.usage_journal import UsageJournal, page_put, touch_header
from meterhouse.domain.hours import format_hour
from meterhouse.domain.journal import encode_page
from meterhouse.domain.keys import AccountKey, RecordKey
from meterhouse.domain.records import ABSENT_VERSION, Change, MeteringRecord
from meterhouse.errors import JournalCorruptError, StorageUnavailableError
from meterhouse.ports import CommitResult, JournalResult, JournalWrite, Report

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        QueryInputTypeDef,
        TransactWriteItemTypeDef,
        UpdateItemInputTypeDef,
        UpdateTypeDef,
    )

    from meterhouse.adapters.usage_items import Item, Value

ACCOUNTS_PARTITION = "ACCOUNTS"


class UsageTable:
    """Implements `meterhouse.ports.UsageLedger` on DynamoDB."""

    def __init__(self, client: "DynamoDBClient", table_name: str, report: Report) -> None:
        self._client = client
        self._table_name = table_name
        self._report = report
        self._journal = UsageJournal(client, table_name, report)
        self._registered: set[AccountKey] = set()

    def journal(self, writes: Sequence[JournalWrite]) -> list[JournalResult]:
        """Append pages to open records; see the port."""
        return self._journal.write(writes)

    def read(self, keys: Sequence[RecordKey]) -> dict[RecordKey, MeteringRecord]:
        """Return existing records with their journals; a corrupt one is reported and left out."""
        found: dict[RecordKey, MeteringRecord] = {}
        for header in batch_get(
            self._client, self._table_name, [header_key(key) for key in dict.fromkeys(keys)]
        ):
            key = record_key_of(header)
            blobs: list[bytes] = []
            # The header is read before its pages: a page that comes in between raised the version,
            # and the step that rests on this reading will be refused.
            if "page_items" in header:
                blobs = [bytes(item["blob"]["B"]) for item in self._query_pages(key)]
            try:
                found[key] = read_record(header, blobs)
            except JournalCorruptError as error:
                self._report.event("journal_corrupt", record=str(key), error=str(error))
        return found

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
            actions.append(touch_header(self._table_name, target, target_due_at, pages=1))
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

    def due_keys(self, *, now: datetime, count_max: int) -> list[RecordKey]:
        """Return due records, the longest overdue first; see the port."""
        condition = "due_shard = :shard AND due_at <= :now"
        return self._query_due(condition, {":now": number(int(now.timestamp()))}, count_max)

    def unfinished_keys(self, *, count_max: int) -> list[RecordKey]:
        """Return unfinished records; see the port."""
        return self._query_due("due_shard = :shard", {}, count_max)

    def _query_due(
        self, condition: str, values: "dict[str, Value]", count_max: int
    ) -> list[RecordKey]:
        share = -(-count_max // DUE_SHARDS)
        found: list[Item] = []
        for shard in range(DUE_SHARDS):
            request: QueryInputTypeDef = {
                "TableName": self._table_name,
                "IndexName": DUE_INDEX,
                "KeyConditionExpression": condition,
                "ExpressionAttributeValues": {**values, ":shard": text(f"due#{shard}")},
            }
            found.extend(query(self._client, request, share))
        found.sort(key=lambda item: int(item["due_at"]["N"]))
        return [record_key_of(item) for item in found]

    def register_accounts(self, accounts: Sequence[AccountKey]) -> None:
        """Remember accounts; those that this process registered before cost nothing."""
        unknown = [account for account in accounts if account not in self._registered]
        keys = [
            {"pk": text(ACCOUNTS_PARTITION), "sk": text(partition_of(account))}
            for account in unknown
        ]
        known = {item["sk"]["S"] for item in batch_get(self._client, self._table_name, keys)}
        for key in keys:
            if key["sk"]["S"] not in known:
                call(partial(self._client.put_item, TableName=self._table_name, Item=key))
        self._registered.update(unknown)

    def accounts(self) -> Iterator[AccountKey]:
        """Yield every registered account, in no particular order."""
        request: QueryInputTypeDef = {
            "TableName": self._table_name,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": text(ACCOUNTS_PARTITION)},
        }
        for item in query(self._client, request):
            yield account_of(item["sk"]["S"])

    def read_account(self, account: AccountKey, since: datetime | None) -> list[MeteringRecord]:
        """Return an account's records with their journals; raises JournalCorruptError."""
        # Headers first: a page that comes later belongs to a record that was open when it was read.
        headers = list(self._query_hours(account, HEADER_PREFIX, since))
        blobs: dict[RecordKey, list[bytes]] = {}
        for item in self._query_hours(account, PAGE_PREFIX, since):
            blobs.setdefault(record_key_of(item), []).append(bytes(item["blob"]["B"]))
        return [read_record(header, blobs.get(record_key_of(header), ())) for header in headers]

    def _query_hours(
        self, account: AccountKey, prefix: str, since: datetime | None
    ) -> "Iterator[Item]":
        first = prefix if since is None else prefix + format_hour(since)
        request: QueryInputTypeDef = {
            "TableName": self._table_name,
            "ConsistentRead": True,
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
            "ExpressionAttributeValues": {
                ":pk": text(partition_of(account)),
                ":first": text(first),
                ":last": text(prefix + "~"),
            },
        }
        return query(self._client, request)

    def _query_pages(self, key: RecordKey) -> "Iterator[Item]":
        request: QueryInputTypeDef = {
            "TableName": self._table_name,
            "ConsistentRead": True,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
            "ExpressionAttributeValues": {
                ":pk": page_key(key, "")["pk"],
                ":prefix": text(pages_prefix(key)),
            },
        }
        return query(self._client, request)
