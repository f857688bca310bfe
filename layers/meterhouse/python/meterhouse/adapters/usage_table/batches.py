"""Batches: frozen by one transaction that checks the lease, and stepped by their version."""

import hashlib
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

from meterhouse.adapters.dynamodb import (
    CONDITION_FAILED,
    CONFLICT_ATTEMPTS_MAX,
    pause_after_conflict,
)
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
    head_key,
    number,
    text,
)
from meterhouse.adapters.usage_table.table import TablePart
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.record import Batch, BatchKey
from meterhouse.errors import (
    ConditionFailedError,
    JournalCorruptError,
    StorageUnavailableError,
    TransactionCancelledError,
)
from meterhouse.ports.ledger import Lease

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

# TransactWriteItems takes 4 MB, and an item holds 400 KB:
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
FREEZE_BATCHES_MAX = 10
# A request token has at most 36 characters.
_TOKEN_LENGTH = 32
_NONCE_BYTES = 8


class Batches(TablePart):
    """Reads and writes the batches of logs."""

    def freeze(self, lease: Lease, batches: Sequence[Batch]) -> bool:
        """Write new batches in one transaction, if the lease is still held; tell whether it is."""
        assert 0 < len(batches) <= FREEZE_BATCHES_MAX
        assert all(batch.key.log == lease.log for batch in batches)
        actions = [
            # Whoever takes the lease over writes another token before it reads the batches.
            self._table.requiring(head_key(lease.log), "lease", text(lease.token)),
            *(self._table.putting_first(new_batch(batch)) for batch in batches),
        ]
        token = _token_of(actions)
        for attempt in range(CONFLICT_ATTEMPTS_MAX):
            try:
                self._table.transact(actions, token)
            except TransactionCancelledError as error:
                of_lease, *of_batches = error.codes
                if of_lease == CONDITION_FAILED:
                    return False
                # A conflict on the head hides whether the lease is held.
                if of_lease == "None" and CONDITION_FAILED in of_batches:
                    return self._recognise(lease, batches)
                pause_after_conflict(attempt)
            else:
                return True
        raise StorageUnavailableError("freezing met conflicts until its attempts ran out")

    def _recognise(self, lease: Lease, batches: Sequence[Batch]) -> bool:
        """While the lease is held only its holder freezes: it was our own earlier attempt."""
        keys = [batch_key(batch.key) for batch in batches]
        if len(list(self._table.get_each(keys))) < len(keys):
            raise JournalCorruptError(f"{lease.log}: some of the batches that belong together")
        return True

    def batches(self, log: LogKey) -> list[Batch]:
        """Return all batches of a log."""
        items = self._table.between(str(log), BATCH_PREFIX, BATCH_PREFIX + LAST)
        return [*map(read_batch, items)]

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


def _token_of(actions: "Sequence[TransactWriteItemTypeDef]") -> str:
    """Return a token that is the same for the same batches under the same lease, and no others."""
    return hashlib.sha256(repr(actions).encode()).hexdigest()[:_TOKEN_LENGTH]
