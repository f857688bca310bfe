"""New items of a log, written all or none by who holds its lease, and by nobody else."""

from typing import TYPE_CHECKING

from meterhouse.adapters.dynamodb import (
    CONDITION_FAILED,
    CONFLICT_ATTEMPTS_MAX,
    pause_after_conflict,
)
from meterhouse.adapters.usage_table.items import head_key, text
from meterhouse.adapters.usage_table.table import token_of
from meterhouse.errors import (
    JournalCorruptError,
    StorageUnavailableError,
    TransactionCancelledError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from meterhouse.adapters.usage_table.items import Item
    from meterhouse.adapters.usage_table.table import Table
    from meterhouse.ports.ledger import Lease


def put_under_lease(
    table: "Table",
    lease: "Lease",
    items: "Sequence[Item]",
    others: "Sequence[TransactWriteItemTypeDef]" = (),
) -> bool:
    """Write new items in one transaction, if the lease is still held; tell whether they are there.

    With them go `others`, each of which may have a condition of its own.
    """
    actions = [
        # Whoever takes the lease over writes another token before it reads what was written.
        table.requiring(head_key(lease.log), "lease", text(lease.token)),
        *(table.putting_first(item) for item in items),
        *others,
    ]
    # The same for the same items under the same lease, and no others.
    token = token_of(actions)
    for attempt in range(CONFLICT_ATTEMPTS_MAX):
        try:
            table.transact(actions, token)
        except TransactionCancelledError as error:
            of_lease, *of_all = error.codes
            of_items, of_others = of_all[: len(items)], of_all[len(items) :]
            if of_lease == CONDITION_FAILED:
                return False
            # A conflict on the head hides whether the lease is held.
            if of_lease == "None" and CONDITION_FAILED in of_items:
                return _recognise(table, lease, items)
            if CONDITION_FAILED in of_others and {of_lease, *of_items} == {"None"}:
                return False
            pause_after_conflict(attempt)
        else:
            return True
    raise StorageUnavailableError(f"{lease.log} met conflicts until its attempts ran out")


def _recognise(table: "Table", lease: "Lease", items: "Sequence[Item]") -> bool:
    """While the lease is held only its holder writes: it was our own earlier attempt."""
    keys = [{"pk": item["pk"], "sk": item["sk"]} for item in items]
    if len(list(table.get_each(keys))) < len(keys):
        raise JournalCorruptError(f"{lease.log}: some of the items that belong together")
    return True
