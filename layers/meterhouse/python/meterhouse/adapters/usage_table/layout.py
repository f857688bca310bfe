"""What a usage table says of itself: how its hours are cut, and whether it was restored."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from meterhouse.adapters.usage_table.items import (
    maybe_moment,
    number,
    present,
    read_maybe_moment,
    reading,
    text,
)
from meterhouse.adapters.usage_table.ledger import UsageTable
from meterhouse.adapters.usage_table.table import Table
from meterhouse.domain.keys import LogKey
from meterhouse.errors import SettingsError
from meterhouse.ports.ledger import StoredSegment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from meterhouse.adapters.usage_table.items import Attributes, Item

LAYOUT_KEY = {"pk": text("LAYOUT"), "sk": text("shards")}


@dataclass(frozen=True, slots=True)
class Layout:
    """What stands in a usage table about the table as a whole.

    Attributes:
        shards: into how many logs an hour is cut, for good.
        table: the name of the table that it was written for; a restored table has another one.
        is_fenced: nothing is billed from it until its restore is finished.
        restored_to: the moment whose state the table was restored to.
        lost_until: until when the table that is lost may have billed.

    """

    shards: int
    table: str
    is_fenced: bool = False
    restored_to: datetime | None = None
    lost_until: datetime | None = None


def layout_attributes(layout: Layout) -> "Attributes":
    """Return what is written of a layout besides its key."""
    return {
        "count": number(layout.shards),
        "table": text(layout.table),
        "is_fenced": {"BOOL": True} if layout.is_fenced else None,
        "restored_to": maybe_moment(layout.restored_to),
        "lost_until": maybe_moment(layout.lost_until),
    }


def read_layout(item: "Item") -> Layout:
    """Return the layout of an item; raises JournalCorruptError."""
    with reading(item):
        return Layout(
            shards=int(item["count"]["N"]),
            table=item["table"]["S"],
            is_fenced="is_fenced" in item,
            restored_to=read_maybe_moment(item.get("restored_to")),
            lost_until=read_maybe_moment(item.get("lost_until")),
        )


def hold_layout(
    client: "DynamoDBClient", table_name: str, shards: int, *, is_attached: bool = False
) -> Layout:
    """Lay a table out at its first use; return how it is laid out.

    One that an operator attached, and that says nothing of itself, is fenced instead: it may be a
    copy from before the first use.

    What was written for a table of another name was restored or copied: it is fenced until an
    operator has said what that table may have billed. Raises SettingsError for another number of
    shards: a subscription's shard follows from it, and with another one an event that comes again
    would stand in another log than before, and be billed twice.
    """
    new = Layout(shards, table_name)
    table = Table(client, table_name)
    if is_attached and table.get(LAYOUT_KEY) is None:
        return replace(new, is_fenced=True)
    item = table.put_first({**LAYOUT_KEY, **present(layout_attributes(new))})
    layout = new if item is None else read_layout(item)
    if layout.shards != shards:
        raise SettingsError(
            f"JOURNAL_SHARDS is {shards}, but the usage table was laid out with "
            f"{layout.shards}: set it back, or begin with a new table"
        )
    return layout if layout.table == table_name else replace(layout, is_fenced=True)


class LaidOutUsageTable(UsageTable):
    """The UsageTable of a deployment: it takes no usage under another number of shards."""

    def __init__(
        self, client: "DynamoDBClient", name: str, shards: int, *, is_attached: bool = False
    ) -> None:
        super().__init__(client, name)
        self._hold = partial(hold_layout, client, name, shards, is_attached=is_attached)
        self._lock = Lock()
        self._layout: Layout | None = None

    def hold(self) -> Layout:
        """Return how the table is laid out; raises SettingsError for another number of shards.

        It is read once, and of a fenced table every time, since the fence will be taken away.
        """
        with self._lock:
            if self._layout is None or self._layout.is_fenced:
                self._layout = self._hold()
            return self._layout

    def append(self, log: LogKey, segment: StoredSegment) -> None:
        """Write a segment."""
        if self._layout is None:
            self.hold()
        super().append(log, segment)
