"""A UsageTable that the application wrote, and hands that falsify it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import batched
from typing import Any

from meterhouse.adapters.usage_table.batch_items import new_batch
from meterhouse.adapters.usage_table.carry_items import new_carry
from meterhouse.adapters.usage_table.ledger import UsageTable
from meterhouse.domain.journal.carrying import Carry
from meterhouse.domain.keys import LogKey, RecordKey
from meterhouse.domain.records.record import MeteringRecord
from tests.fakes.meterhouse import Meterhouse
from tests.integration.adapters.backends import Aws
from tests.integration.adapters.table_items import items_of, spoil
from tests.unit.operations.lives import find_record

ItemKey = tuple[str, str]
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
ITEMS_MAX = 25


@dataclass(slots=True)
class Books:
    """Lets the application write, and then writes as nobody should."""

    aws: Aws
    table_name: str
    ledger: UsageTable

    def house(self) -> Meterhouse:
        """Return the whole application over this table."""
        return Meterhouse(self.ledger)

    def contents(self) -> dict[ItemKey, dict[str, Any]]:
        """Return everything that the table holds."""
        return items_of(self.aws, self.table_name)

    def put(self, items: Iterable[dict[str, Any]]) -> None:
        """Write items as they are, such as those of another table."""
        for share in batched(items, ITEMS_MAX, strict=False):
            puts: Any = [{"PutRequest": {"Item": one}} for one in share]
            answer = self.aws.dynamodb.batch_write_item(RequestItems={self.table_name: puts})
            assert not answer["UnprocessedItems"]

    def logs(self) -> list[LogKey]:
        """Return the hour logs that have a head."""
        return [LogKey.parse(name) for part, name in sorted(self.contents()) if part == "LOGS"]

    def keys(self, log: LogKey, prefix: str) -> list[ItemKey]:
        """Return the keys of the items of an hour log whose names begin so, in order."""
        return sorted(
            key for key in self.contents() if key[0] == str(log) and key[1].startswith(prefix)
        )

    def delete(self, key: ItemKey) -> None:
        keys = {"pk": {"S": key[0]}, "sk": {"S": key[1]}}
        self.aws.dynamodb.delete_item(TableName=self.table_name, Key=keys)

    def spoil(self, key: ItemKey, **attributes: Any) -> None:
        """Give an item other attributes; None takes one away."""
        spoil(self.aws, self.table_name, key, **attributes)

    def falsify(self, key: RecordKey, change: Callable[[MeteringRecord], MeteringRecord]) -> None:
        """Write a record's batch as if the record had been another one."""
        batch, place = find_record(self.ledger, key)
        records = [*batch.records]
        records[place] = change(records[place])
        self.put([dict(new_batch(replace(batch, records=tuple(records))))])

    def rewrite_carry(self, carry: Carry) -> None:
        """Write a carry in place of the one with its name."""
        self.put([dict(new_carry(carry))])

    def batch_of(self, key: RecordKey) -> ItemKey:
        """Return the key of the item that holds a record."""
        batch, _ = find_record(self.ledger, key)
        return str(batch.key.log), f"B#{batch.key.name}"


def head_of(log: LogKey) -> ItemKey:
    """Return the key of the item of a head."""
    return "LOGS", str(log)
