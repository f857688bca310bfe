"""Batches: frozen by one transaction that checks the lease, and stepped by their version."""

import secrets
from collections.abc import Iterator, Sequence

from meterhouse.adapters.usage_table.allowances import taking
from meterhouse.adapters.usage_table.batch_items import (
    batch_key,
    new_batch,
    read_batch,
    step_attributes,
)
from meterhouse.adapters.usage_table.items import (
    BATCH_PREFIX,
    LAST,
    binary,
    number,
)
from meterhouse.adapters.usage_table.leased_writes import put_under_lease
from meterhouse.adapters.usage_table.table import TablePart
from meterhouse.domain.allowances.allowance import Taking
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.record import Batch, BatchKey
from meterhouse.errors import ConditionFailedError
from meterhouse.ports.ledger import Lease

# TransactWriteItems takes 4 MB, and an item holds 400 KB:
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
FREEZE_BATCHES_MAX = 10
_NONCE_BYTES = 8


class Batches(TablePart):
    """Reads and writes the batches of logs."""

    def freeze(
        self, lease: Lease, batches: Sequence[Batch], takings: Sequence[Taking] = ()
    ) -> bool:
        """Write new batches in one transaction, and what they take; see the port."""
        assert 0 < len(batches) <= FREEZE_BATCHES_MAX
        assert all(batch.key.log == lease.log for batch in batches)
        others = [taking(self._table, one) for one in takings]
        return put_under_lease(self._table, lease, [*map(new_batch, batches)], others)

    def batches(self, log: LogKey) -> list[Batch]:
        """Return all batches of a log."""
        items = self._table.between(str(log), BATCH_PREFIX, BATCH_PREFIX + LAST)
        return [*map(read_batch, items)]

    def batches_from(self, log: LogKey, name: str, *, page: int) -> Iterator[Batch]:
        """Yield the batches of a log whose names are not less than `name`, in their order."""
        first, last = BATCH_PREFIX + name, BATCH_PREFIX + LAST
        yield from map(read_batch, self._table.between(str(log), first, last, page))

    def read_batch(self, key: BatchKey) -> Batch | None:
        """Return a batch, or None when there is none."""
        item = self._table.get(batch_key(key))
        return None if item is None else read_batch(item)

    def store(self, batch: Batch) -> bool:
        """Write the next version of a batch, if the version before it still stands; tell so."""
        # Our own write, whose answer was lost, is recognised by chance: two claims can be equal
        # in all else, and only one of them may be sent.
        nonce = binary(secrets.token_bytes(_NONCE_BYTES))
        try:
            self._table.update(
                batch_key(batch.key),
                {**step_attributes(batch), "by": nonce},
                only_if="#version = :before",
                given={":before": number(batch.version - 1)},
            )
        except ConditionFailedError as error:
            return error.item is not None and error.item.get("by") == nonce
        return True
