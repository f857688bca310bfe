"""The UsageTable as the ledger of metering records: reading, single steps, and the due index."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import nullcontext
from datetime import datetime
from functools import partial
from itertools import groupby
from threading import RLock
from typing import TYPE_CHECKING

from meterhouse.adapters.account_items import AccountItems
from meterhouse.adapters.due_index import DueIndex
from meterhouse.adapters.dynamodb_calls import (
    batch_get,
    call,
    pause_after_conflict,
    query,
)
from meterhouse.adapters.idle_hours import IdleHours
from meterhouse.adapters.usage_changes import UsageChanges
from meterhouse.adapters.usage_items import (
    HEADER_PREFIX,
    PAGE_PREFIX,
    account_of,
    header_key,
    page_items_of,
    page_key,
    pages_prefix,
    partition_of,
    read_record,
    record_key_of,
    text,
)
from meterhouse.adapters.usage_journal import UsageJournal
from meterhouse.domain.identity import SubscriptionKey
from meterhouse.domain.keys import AccountKey, RecordKey
from meterhouse.domain.records import Change, MeteringRecord
from meterhouse.errors import JournalCorruptError
from meterhouse.ports import CommitResult, JournalResult, JournalWrite, Report

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        QueryInputTypeDef,
    )

    from meterhouse.adapters.usage_items import Item

ACCOUNTS_PARTITION = "ACCOUNTS"
_PAGE_READS_MAX = 4
# A record of so many pages has some 100,000 events or more, and a million take 200 MB: of such
# records one is in memory at a time, whoever reads them.
LARGE_RECORD_PAGES = 10


class UsageTable:
    """Implements `meterhouse.ports.UsageLedger` on DynamoDB."""

    def __init__(self, client: "DynamoDBClient", table_name: str, report: Report) -> None:
        self._client = client
        self._table_name = table_name
        self._report = report
        self._journal = UsageJournal(client, table_name, report)
        self._changes = UsageChanges(client, table_name)
        self._due_index = DueIndex(client, table_name)
        self._idle_hours = IdleHours(client, table_name)
        self._account_items = AccountItems(client, table_name)
        self._registered: set[AccountKey] = set()
        self._large_records = RLock()

    def journal(self, writes: Sequence[JournalWrite]) -> list[JournalResult]:
        """Append pages to open records; see the port."""
        return self._journal.write(writes)

    def read(self, keys: Sequence[RecordKey]) -> dict[RecordKey, MeteringRecord]:
        """Return existing records with their journals; see `read_each`."""
        return {record.key: record for record in self.read_each(keys)}

    def read_each(self, keys: Sequence[RecordKey]) -> Iterator[MeteringRecord]:
        """Yield existing records with their journals; a corrupt one is reported and left out."""
        wanted = [header_key(key) for key in dict.fromkeys(keys)]
        for header in batch_get(self._client, self._table_name, wanted):
            key, pages = record_key_of(header), page_items_of(header)
            with self._large_records if pages >= LARGE_RECORD_PAGES else nullcontext():
                try:
                    record = read_record(header, self._read_pages(key, pages))
                except JournalCorruptError as error:
                    self._report.event("journal_corrupt", record=str(key), error=str(error))
                    continue
                # Until the caller asks for the next one, it holds this one.
                yield record

    def _read_pages(self, key: RecordKey, count: int) -> list[bytes]:
        """Read a record's page items, all `count` of them that its header knows.

        The header is read first: a page that comes later raises the version, and the step that
        rests on this reading is refused. But a query may see a transaction's header before its
        pages, so fewer pages than the header counts are read again.
        """
        for attempt in range(_PAGE_READS_MAX if count else 0):
            blobs = [bytes(item["blob"]["B"]) for item in self._query_pages(key)]
            if len(blobs) >= count:
                return blobs
            pause_after_conflict(attempt)
        if count:
            raise JournalCorruptError(f"pages are missing: the header counts {count}")
        return []

    def commit(
        self, change: Change, target: RecordKey | None = None, target_due_at: datetime | None = None
    ) -> CommitResult:
        """Apply a change in one atomic write; see the port."""
        return self._changes.commit(change, target, target_due_at)

    def due_keys(
        self, *, now: datetime, count_max: int, skip: AbstractSet[RecordKey] = frozenset()
    ) -> list[RecordKey]:
        """Return due records, the longest overdue first; see the port."""
        return self._due_index.due_keys(now=now, count_max=count_max, skip=skip)

    def unfinished_keys(
        self, *, count_max: int, subscription: SubscriptionKey | None = None
    ) -> list[RecordKey]:
        """Return unfinished records; see the port."""
        return self._due_index.unfinished_keys(count_max=count_max, subscription=subscription)

    def open_idle(self, keys: Sequence[RecordKey], due_at: datetime) -> None:
        """Create open records without usage; see the port."""
        self._idle_hours.open(keys, due_at)

    def beaten_hour(self) -> datetime | None:
        """Return how far the heartbeat has come; see the port."""
        return self._idle_hours.beaten_hour()

    def note_beaten_hour(self, hour_at: datetime) -> None:
        """Remember how far the heartbeat has come; see the port."""
        self._idle_hours.note_beaten_hour(hour_at)

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

    def read_account(self, account: AccountKey, since: datetime | None) -> Iterator[MeteringRecord]:
        """Yield an account's records with their journals; raises JournalCorruptError."""
        # Headers first: a page that comes later belongs to a record that was open when it was read.
        headers = list(self._account_items.read(account, HEADER_PREFIX, since))
        pages = groupby(self._account_items.read(account, PAGE_PREFIX, since), key=record_key_of)
        key, items = next(pages, (None, iter(())))
        for header in headers:
            # Both stand in the order of hours; a page's header was written with it.
            while key is not None and key.hour_at < record_key_of(header).hour_at:
                key, items = next(pages, (None, iter(())))
            own = items if key == record_key_of(header) else ()
            blobs = [bytes(item["blob"]["B"]) for item in own]
            if len(blobs) < page_items_of(header):
                raise JournalCorruptError(f"pages are missing of record {record_key_of(header)}")
            yield read_record(header, blobs)

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
