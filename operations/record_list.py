"""Listing records, the latest hour first, a page at a time, without reading what is not shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from meterhouse.domain.hours import format_hour
from meterhouse.domain.records.lifecycle import NOT_BILLED
from meterhouse.ports.ledger import UnbilledLedger
from operations.answers import Answer
from operations.careful_ledger import Noted
from operations.hour_list import FIRST_AT, LAST_AT
from operations.record_filter import Place, RecordFilter, read_place
from operations.record_looks import ListedRecord, Lister

SHOWN_DEFAULT = 50
# A page ends when so many batches and days were looked at, however few records are like it.
LOOKS_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsAnswer(Answer):
    """Records, the latest hour first; `next` is where the rest begins, if there may be more."""

    first_hour: str | None
    last_hour: str | None
    records: tuple[ListedRecord, ...]
    next: str | None

    @property
    def rest(self) -> str | None:
        """How to see the rest."""
        if self.next is None:
            return None
        return f"This may not be all: go on with --after '{self.next}'"

    @property
    def sentences(self) -> Iterator[str]:
        """Say whether it is all."""
        if self.rest is not None:
            yield self.rest
        elif not self.records:
            yield "There is no such record. What is not frozen yet is none: `unfinished` has it."
        if any(one.state in NOT_BILLED for one in self.records):
            yield "Late usage that ended unbilled is in no record: `refused` has it."


def list_records(
    ledger: UnbilledLedger,
    shards: int,
    wanted: RecordFilter,
    now: datetime,
    *,
    after: str | None = None,
    limit: int = SHOWN_DEFAULT,
    noted: Sequence[Noted] = (),
) -> RecordsAnswer:
    """Return the records that are asked for, or so many of them; `after` is an answer's `next`.

    By subscription a day's sheet tells of what was billed, and only the hours of the rest, and of
    days that are not filed, are read. What is unfinished or was not billed is found by the index.
    All else is read batch by batch, hour by hour. Raises OperationError for a wrong `after`.
    """
    lister = Lister(ledger, shards, wanted, now=now, limit=limit)
    looks = lister.looks(None if after is None else read_place(after, wanted))
    shown: list[ListedRecord] = []
    following: Place | None = None
    reads = 0
    for look in looks:
        for place, record in look.found:
            shown.append(record)
            if len(shown) == limit:
                following = place
                break
        reads += look.reads
        if following is None and reads >= LOOKS_MAX:
            following = look.place
        if following is not None:
            break
    first_at, last_at = lister.span
    return RecordsAnswer(
        first_hour=None if first_at == FIRST_AT else format_hour(first_at),
        last_hour=None if last_at == LAST_AT else format_hour(last_at),
        records=tuple(shown),
        next=None if following is None else str(following),
        is_whole=lister.is_whole,
        unreadable=(*lister.unreadable, *lister.of_interest(noted)),
    )
