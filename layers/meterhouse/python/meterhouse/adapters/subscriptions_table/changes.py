"""What the table's stream tells: states that were written over others."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from meterhouse.adapters.streams import moment_of
from meterhouse.adapters.subscriptions_table.access import read_or_report
from meterhouse.adapters.subscriptions_table.states import STATE, VERSION, is_asked_for
from meterhouse.domain.subscriptions.announcing import Change

if TYPE_CHECKING:
    from meterhouse.ports.process import Report


def read_changes(records: Iterable[Mapping[str, Any]], report: "Report") -> Iterator[Change]:
    """Yield the changes of states among the records of the stream, in order.

    One whose new state cannot be read would stop all behind it for ever: it is reported and left
    out. Where the old one cannot be read, everything counts as new.
    """
    for record in records:
        told = record["dynamodb"]
        item = told.get("NewImage")
        if item is None or told["Keys"]["sk"]["S"] != STATE:
            continue
        after = read_or_report(item, report)
        if after is None:
            report.count("ChangesUnreadable")
            continue
        replaced = told.get("OldImage")
        yield Change(
            record_id=told["SequenceNumber"],
            before=None if replaced is None else read_or_report(replaced, report),
            after=after,
            sequence=int(item[VERSION]["N"]),
            changed_at=moment_of(told),
            is_asked_for=is_asked_for(item),
        )
