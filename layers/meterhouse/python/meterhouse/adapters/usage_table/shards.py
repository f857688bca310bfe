"""How many shards the hours of a table have, for good."""

from threading import Lock
from typing import TYPE_CHECKING

from meterhouse.adapters.usage_table.items import number, text
from meterhouse.adapters.usage_table.ledger import UsageTable
from meterhouse.adapters.usage_table.table import Table
from meterhouse.domain.journal.hour_log import LogKey
from meterhouse.errors import SettingsError
from meterhouse.ports import StoredSegment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEY = {"pk": text("LAYOUT"), "sk": text("shards")}


def hold_shards(client: "DynamoDBClient", table_name: str, shards: int) -> None:
    """Remember the number of shards at first use; raises SettingsError for another one.

    A subscription's shard follows from the number. With another one an event that comes again would
    stand in another log than before, and be billed twice.
    """
    standing = Table(client, table_name).put_first({**_KEY, "count": number(shards)})
    if standing is not None and standing["count"] != number(shards):
        raise SettingsError(
            f"JOURNAL_SHARDS is {shards}, but the usage table was laid out with "
            f"{standing['count']['N']}: set it back, or begin with a new table"
        )


class ShardedUsageTable(UsageTable):
    """The UsageTable of a deployment: it takes no usage under another number of shards."""

    def __init__(self, client: "DynamoDBClient", name: str, shards: int) -> None:
        super().__init__(client, name)
        self._layout = client, name, shards
        self._lock = Lock()
        self._is_held = False

    def hold(self) -> None:
        """Look once whether the table has this number of shards; raises SettingsError if not."""
        with self._lock:
            if not self._is_held:
                hold_shards(*self._layout)
                self._is_held = True

    def append(self, log: LogKey, segment: StoredSegment) -> None:
        """Write a segment."""
        self.hold()
        super().append(log, segment)
