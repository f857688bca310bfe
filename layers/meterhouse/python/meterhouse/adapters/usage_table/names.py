"""Names: who pays for tenants' usage of an hour, settled under the lease of who closes it.

Spans stand in items `N#<generation>#<part>`, which are written once and never change.
"""

from collections.abc import Sequence
from datetime import timedelta
from itertools import batched
from typing import TYPE_CHECKING

from meterhouse.adapters.usage_table.documents import read_document, write_document
from meterhouse.adapters.usage_table.items import (
    LAST,
    NAMES_PREFIX,
    binary,
    generation_name,
    item_key,
    reading,
)
from meterhouse.adapters.usage_table.leased_writes import put_under_lease
from meterhouse.adapters.usage_table.table import TablePart
from meterhouse.domain.journal.naming import NamedSpan, Names
from meterhouse.domain.keys import LogKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.ports.ledger import Lease

if TYPE_CHECKING:
    from collections.abc import Iterator

    from meterhouse.adapters.usage_table.items import Item

FORMAT = 1
# With the longest ids a span has 450 bytes before it is compressed, and an item 400 KB.
PART_SPANS_MAX = 800
_SECOND = timedelta(seconds=1)


class NamedSpans(TablePart):
    """Reads the names of logs, and writes more of them."""

    def names(self, log: LogKey) -> Names:
        """Return what is settled of an hour."""
        items = self._table.between(str(log), NAMES_PREFIX, NAMES_PREFIX + LAST)
        return Names(span for item in items for span in _read_spans(item, log))

    def write_names(self, lease: Lease, spans: Sequence[NamedSpan]) -> bool:
        """Settle more, if the lease is still held; tell whether it is."""
        for place, part in enumerate(batched(spans, PART_SPANS_MAX, strict=False)):
            if not put_under_lease(self._table, lease, [_new_part(lease.log, place, part)]):
                return False
        return True


def _new_part(log: LogKey, place: int, spans: Sequence[NamedSpan]) -> "Item":
    rows = [
        [
            span.tenant,
            (span.first_at - log.hour_at) // _SECOND,
            (span.until_at - log.hour_at) // _SECOND,
            span.subscription,
        ]
        for span in spans
    ]
    name = f"{NAMES_PREFIX}{generation_name(spans[0].generation)}#{place:04}"
    return {
        **item_key(log, name),
        "spans": binary(write_document({"format": FORMAT, "spans": rows})),
    }


def _read_spans(item: "Item", log: LogKey) -> "Iterator[NamedSpan]":
    with reading(item):
        generation = int(item["sk"]["S"].split("#")[1])
        document, _ = read_document(bytes(item["spans"]["B"]))
        if document["format"] != FORMAT:
            raise ValueError(f"names of unknown format {document['format']}")
        for tenant, first, until, subscription in document["spans"]:
            yield NamedSpan(
                SubscriptionKey(tenant),
                log.hour_at + first * _SECOND,
                log.hour_at + until * _SECOND,
                None if subscription is None else SubscriptionKey(subscription),
                generation,
            )
