"""What the table's stream tells: batches in which usage ended unbilled."""

from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from meterhouse.adapters.streams import moment_of
from meterhouse.adapters.usage_table.batch_items import read_batch
from meterhouse.adapters.usage_table.items import BATCH_PREFIX
from meterhouse.domain.records.announcing import BatchChange
from meterhouse.domain.records.record import Batch
from meterhouse.errors import JournalCorruptError

if TYPE_CHECKING:
    from meterhouse.ports.process import Report


def read_batch_changes(
    records: Iterable[Mapping[str, Any]], report: "Report"
) -> Iterator[BatchChange]:
    """Yield the changes of batches among the records of the stream, in order.

    One whose new version cannot be read would stop all behind it for ever: it is reported and left
    out. Where the old one cannot be read, everything that ended unbilled counts as new.
    """
    for record in records:
        told = record["dynamodb"]
        if "NewImage" not in told or not told["Keys"]["sk"]["S"].startswith(BATCH_PREFIX):
            continue
        after = _read(told["NewImage"], report)
        if after is None:
            report.count("ChangesUnreadable")
            continue
        replaced = told.get("OldImage")
        yield BatchChange(
            record_id=told["SequenceNumber"],
            before=None if replaced is None else _read(replaced, report),
            after=after,
            changed_at=moment_of(told),
        )


def _read(image: Mapping[str, Mapping[str, Any]], report: "Report") -> Batch | None:
    """Read an item, whose bytes Lambda writes in base64."""
    item: Any = {
        name: {"B": b64decode(value["B"])} if "B" in value else value
        for name, value in image.items()
    }
    try:
        return read_batch(item)
    except JournalCorruptError as error:
        report.failure("item_unreadable", item=image["sk"]["S"], error=str(error))
        return None
