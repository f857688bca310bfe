"""The audit trail: an item for each action, written with what it changes and never again.

All of it stands in one partition, in the order of time: people do little.
"""

import hashlib
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING

from meterhouse.adapters.usage_table.batch_items import batch_key, step_attributes
from meterhouse.adapters.usage_table.carry_items import carry_key, later_attributes
from meterhouse.adapters.usage_table.items import LAST, number, present, reading, text
from meterhouse.adapters.usage_table.table import TablePart
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records.audit_trail import Action, AuditEntry
from meterhouse.domain.records.settlement import Operator
from meterhouse.errors import TransactionCancelledError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from meterhouse.adapters.usage_table.items import Item
    from meterhouse.domain.journal.carrying import Carry
    from meterhouse.domain.records.record import Batch

AUDIT_PARTITION = "AUDIT"
_NAME_LENGTH = 16


class AuditTrail(TablePart):
    """Writes what people do together with what it changes, and reads it."""

    def store_audited(
        self, entry: AuditEntry, batch: "Batch | None", carries: "Sequence[Carry]"
    ) -> bool:
        """Write next versions, and what the audit trail says of them, all or none."""
        batches = [] if batch is None else [batch]
        actions = [
            *(
                self._table.updating(batch_key(b.key), step_attributes(b), b.version)
                for b in batches
            ),
            *(self._table.updating(carry_key(c), later_attributes(c), c.version) for c in carries),
        ]
        item = _item_of(entry, actions)
        try:
            self._table.write_together([*actions, self._table.putting_first(item)])
        except TransactionCancelledError:
            # Our own write, whose answer was lost, is recognised by its entry.
            return self._table.get({"pk": item["pk"], "sk": item["sk"]}) is not None
        return True

    def audit_trail(
        self, first_at: datetime, last_at: datetime, *, count_max: int
    ) -> list[AuditEntry]:
        """Return what was done from `first_at` to `last_at`, in its order."""
        first, last = _moment_of(first_at), _moment_of(last_at) + LAST
        items = self._table.between(AUDIT_PARTITION, first, last)
        return [*map(_read_entry, islice(items, count_max))]


def _moment_of(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _item_of(entry: AuditEntry, actions: "Sequence[TransactWriteItemTypeDef]") -> "Item":
    """Return an entry in attributes that anybody can read without us.

    Its name is that of no other one: it follows from what it is written with.
    """
    said = present(
        {
            "action": text(entry.action),
            "record": text(str(entry.record)),
            "units": number(entry.units),
            "late_units": number(entry.late_units),
            "caller": text(entry.operator.caller),
            "name": None if entry.operator.name is None else text(entry.operator.name),
            "reason": None if entry.reason is None else text(entry.reason),
            "reference": None if entry.reference is None else text(entry.reference),
            "before": text(entry.before),
            "after": text(entry.after),
        }
    )
    name = hashlib.sha256(repr((said, actions)).encode()).hexdigest()[:_NAME_LENGTH]
    return {
        "pk": text(AUDIT_PARTITION),
        "sk": text(f"{_moment_of(entry.done_at)}#{name}"),
        **said,
    }


def _read_entry(item: "Item") -> AuditEntry:
    with reading(item):
        return AuditEntry(
            done_at=datetime.fromisoformat(item["sk"]["S"].partition("#")[0]),
            action=Action(item["action"]["S"]),
            record=RecordKey.parse(item["record"]["S"]),
            units=Decimal(item["units"]["N"]),
            late_units=Decimal(item["late_units"]["N"]),
            operator=Operator(item["caller"]["S"], _maybe(item, "name")),
            reason=_maybe(item, "reason"),
            reference=_maybe(item, "reference"),
            before=item["before"]["S"],
            after=item["after"]["S"],
        )


def _maybe(item: "Item", name: str) -> str | None:
    return item[name]["S"] if name in item else None
