"""The UsageTable as the ledger of usage and of what becomes of it (ADR 0013)."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from meterhouse.adapters.usage_table.batch_items import batch_key_of
from meterhouse.adapters.usage_table.batches import Batches
from meterhouse.adapters.usage_table.carries import Carries
from meterhouse.adapters.usage_table.heads import Heads
from meterhouse.adapters.usage_table.items import (
    HEADS_PARTITION,
    REFUSED_SHARD,
    maybe_moment,
    read_moment,
    reading,
)
from meterhouse.adapters.usage_table.manifests import Manifests
from meterhouse.adapters.usage_table.segments import Segments
from meterhouse.adapters.usage_table.sheets import Sheets
from meterhouse.adapters.usage_table.table import Table
from meterhouse.domain.identity import SubscriptionKey
from meterhouse.domain.journal.carrying import Carry
from meterhouse.domain.journal.head import Head
from meterhouse.domain.journal.hour_log import LogKey
from meterhouse.domain.records.record import Batch, BatchKey
from meterhouse.domain.sheets import DaySheet
from meterhouse.ports import Due, Lease, StoredSegment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from meterhouse.adapters.usage_table.items import Item


class UsageTable:
    """Implements `meterhouse.ports.UsageLedger` on DynamoDB; the port says what methods mean."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._table = Table(client, table_name)
        self._heads = Heads(self._table)
        self._segments = Segments(self._table)
        self._manifests = Manifests(self._table)
        self._batches = Batches(self._table)
        self._carries = Carries(self._table)
        self._sheets = Sheets(self._table)

    def append(self, log: LogKey, segment: StoredSegment) -> None:
        """Write a segment."""
        self._segments.append(log, segment)

    def heads(self, logs: Sequence[LogKey]) -> dict[LogKey, Head]:
        """Return the heads that exist."""
        return self._heads.read(logs)

    def heads_between(self, first_at: datetime, last_at: datetime) -> Iterator[Head]:
        """Yield the heads of the hours from `first_at` to `last_at`, in their order."""
        return self._heads.between(first_at, last_at)

    def open_log(self, log: LogKey, due_at: datetime, written_at: datetime | None) -> bool:
        """Create a log's head with generation 0 open; tell whether it was not there yet."""
        return self._heads.create(log, due_at, written_at)

    def wake(self, log: LogKey, generation: int, due_at: datetime, written_at: datetime) -> bool:
        """Set a log due again if `generation` is the open one; tell whether it is."""
        return self._heads.wake(log, generation, due_at, written_at)

    def take(self, head: Head, lease: Lease, now: datetime, until: datetime) -> bool:
        """Take the lease of a log and close its open generation; tell whether that was done."""
        return self._heads.take(head, lease, now, until)

    def release(self, lease: Lease, head: Head) -> bool:
        """Store what became of a log and give the lease up, if it is still held."""
        return self._heads.release(lease, head)

    def postpone(self, head: Head) -> bool:
        """Store when and why a log is looked at again, if nobody closed or woke it meanwhile."""
        return self._heads.postpone(head)

    def segments(self, log: LogKey, first: int, last: int | None = None) -> Iterator[StoredSegment]:
        """Yield the segments of the generations from `first` to `last`, as they are."""
        return self._segments.read(log, first, last)

    def manifests(self, log: LogKey) -> dict[int, frozenset[str]]:
        """Return the names of the segments that count, by closed generation."""
        return self._manifests.read(log)

    def write_manifest(
        self, log: LogKey, generation: int, names: AbstractSet[str]
    ) -> frozenset[str]:
        """Write the manifest of a closed generation if it has none; return the one that stands."""
        return self._manifests.write(log, generation, names)

    def freeze(self, lease: Lease, batches: Sequence[Batch]) -> bool:
        """Write new batches in one atomic write, if the lease is still held; tell whether it is."""
        return self._batches.freeze(lease, batches)

    def batches(self, log: LogKey) -> list[Batch]:
        """Return all batches of a log."""
        return list(self._batches.read_all(log))

    def read_batch(self, key: BatchKey) -> Batch | None:
        """Return a batch, or None when there is none."""
        return self._batches.read(key)

    def store(self, batch: Batch) -> bool:
        """Write the next version of a batch, if the version before it still stands; tell so."""
        return self._batches.store(batch)

    def carries(self, log: LogKey) -> dict[str, Carry]:
        """Return everything that is carried from a log, by name."""
        return {carry.name: carry for carry in self._carries.read(log)}

    def write_carry(self, carry: Carry) -> Carry:
        """Write a carry if the version before it still stands; return the one that stands."""
        return self._carries.write(carry)

    def due(self, *, now: datetime | None, count_max: int) -> list[Due]:
        """Return unfinished work that is due, or all of it without `now`; the oldest first."""
        return [_read_due(item) for item in islice(self._table.due(maybe_moment(now)), count_max)]

    def refused(self, *, count_max: int) -> list[BatchKey]:
        """Return finished batches with usage that ended unbilled, the oldest hour first."""
        found = []
        for item in islice(self._table.due(None, REFUSED_SHARD), count_max):
            with reading(item):
                found.append(batch_key_of(item))
        return found

    def write_sheet(self, sheet: DaySheet) -> None:
        """Write what a subscription used on a day, in place of what was written before."""
        self._sheets.write(sheet)

    def sheets(
        self, subscription: SubscriptionKey, first_at: datetime, last_at: datetime
    ) -> list[DaySheet]:
        """Return a subscription's sheets of the days from `first_at` to `last_at`, in order."""
        return self._sheets.read(subscription, first_at, last_at)


def _read_due(item: "Item") -> Due:
    with reading(item):
        is_head = item["pk"]["S"] == HEADS_PARTITION
        key = LogKey.parse(item["sk"]["S"]) if is_head else batch_key_of(item)
        return Due(read_moment(item["due_at"]), key)
