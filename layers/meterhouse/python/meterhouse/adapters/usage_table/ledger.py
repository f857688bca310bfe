"""The UsageTable as the ledger of usage and of what becomes of it (ADR 0013)."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from meterhouse.adapters.usage_table.allowances import Allowances
from meterhouse.adapters.usage_table.audit_trail import AuditTrail
from meterhouse.adapters.usage_table.batch_items import batch_key_of
from meterhouse.adapters.usage_table.batches import Batches
from meterhouse.adapters.usage_table.carries import Carries
from meterhouse.adapters.usage_table.heads import Heads
from meterhouse.adapters.usage_table.items import (
    HEADS_PARTITION,
    KEPT_SHARD,
    REFUSED_SHARD,
    maybe_moment,
    moment,
    read_moment,
    reading,
)
from meterhouse.adapters.usage_table.manifests import Manifests
from meterhouse.adapters.usage_table.names import NamedSpans
from meterhouse.adapters.usage_table.segments import Segments
from meterhouse.adapters.usage_table.sheets import Sheets
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.record import BatchKey
from meterhouse.ports.ledger import Due

if TYPE_CHECKING:
    from meterhouse.adapters.usage_table.items import Item


class UsageTable(
    Heads, Segments, Manifests, NamedSpans, Batches, Carries, Sheets, AuditTrail, Allowances
):
    """Implements `ports.ledger.UsageLedger` on DynamoDB; the port says what methods mean."""

    def due(self, *, now: datetime | None, count_max: int) -> list[Due]:
        """Return unfinished work that is due, or all of it without `now`; the oldest first."""
        return [_read_due(item) for item in islice(self._table.due(maybe_moment(now)), count_max)]

    def refused(self, *, count_max: int) -> list[BatchKey]:
        """Return finished batches with usage that needs a person, the oldest hour first."""
        found = []
        for item in islice(self._table.due(None, REFUSED_SHARD), count_max):
            with reading(item):
                found.append(batch_key_of(item))
        return found

    def refused_back(self, first_at: datetime, last_at: datetime) -> Iterator[BatchKey]:
        """Yield finished batches with usage that ended unbilled; see the port."""
        for item in self._table.due_back(REFUSED_SHARD, moment(first_at), moment(last_at)):
            with reading(item):
                key = batch_key_of(item)
            yield key

    def kept(self, *, count_max: int) -> list[LogKey]:
        """Return whose late usage stays unbilled; see the port."""
        found = []
        for item in islice(self._table.due(None, KEPT_SHARD), count_max):
            with reading(item):
                found.append(LogKey.parse(item["pk"]["S"]))
        return found


def _read_due(item: "Item") -> Due:
    with reading(item):
        is_head = item["pk"]["S"] == HEADS_PARTITION
        key = LogKey.parse(item["sk"]["S"]) if is_head else batch_key_of(item)
        return Due(read_moment(item["due_at"]), key)
