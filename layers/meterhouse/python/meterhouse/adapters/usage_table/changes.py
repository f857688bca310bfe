"""What the table's stream tells: usage that ended unbilled, and allowances that are used up."""

from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from meterhouse.adapters.streams import moment_of
from meterhouse.adapters.usage_table.allowance_items import ALLOWANCE_PREFIX, read_allowance
from meterhouse.adapters.usage_table.batch_items import read_batch
from meterhouse.adapters.usage_table.items import BATCH_PREFIX
from meterhouse.domain.allowances.announcing import AllowanceChange
from meterhouse.domain.records.announcing import BatchChange
from meterhouse.errors import JournalCorruptError

if TYPE_CHECKING:
    from meterhouse.adapters.usage_table.items import Item
    from meterhouse.ports.process import Report

type UsageChange = BatchChange | AllowanceChange


def read_usage_changes(
    records: Iterable[Mapping[str, Any]], report: "Report"
) -> Iterator[UsageChange]:
    """Yield the changes of batches and allowances among the records of the stream, in order.

    One whose new version cannot be read would stop all behind it for ever: it is reported and left
    out. Where the old one cannot be read, everything that it may tell counts as new.
    """
    for record in records:
        told = record["dynamodb"]
        if "NewImage" not in told:
            continue
        keys = told["Keys"]
        if keys["sk"]["S"].startswith(BATCH_PREFIX):
            yield from _read_change(told, BatchChange, read_batch, report)
        elif keys["pk"]["S"].startswith(ALLOWANCE_PREFIX):
            yield from _read_change(told, AllowanceChange, read_allowance, report)


def _read_change[Stored, Change](
    told: Mapping[str, Any],
    change: Callable[..., Change],
    read: "Callable[[Item], Stored]",
    report: "Report",
) -> Iterator[Change]:
    """Yield the change that a record tells, unless its new version cannot be read."""
    after = _read(told["NewImage"], read, report)
    if after is None:
        report.count("ChangesUnreadable")
        return
    replaced = told.get("OldImage")
    yield change(
        record_id=told["SequenceNumber"],
        before=None if replaced is None else _read(replaced, read, report),
        after=after,
        changed_at=moment_of(told),
    )


def _read[Stored](
    image: Mapping[str, Mapping[str, Any]], read: "Callable[[Item], Stored]", report: "Report"
) -> Stored | None:
    """Read an item, whose bytes Lambda writes in base64."""
    item: Any = {
        name: {"B": b64decode(value["B"])} if "B" in value else value
        for name, value in image.items()
    }
    try:
        return read(item)
    except JournalCorruptError as error:
        report.failure("item_unreadable", item=image["sk"]["S"], error=str(error))
        return None
