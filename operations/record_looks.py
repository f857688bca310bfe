"""Looking for records, the latest hour first, so that whoever stops has not read the rest."""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.accounting.sheets import DAY, SheetLine, day_of
from meterhouse.domain.hours import HOUR, deadline_of, floor_to_hour, format_hour
from meterhouse.domain.keys import LogKey, RecordKey, shard_of, shards_of
from meterhouse.domain.records.lifecycle import NOT_BILLED, RecordState
from meterhouse.domain.records.reasons import Why
from meterhouse.domain.records.record import RECORDS_PER_BATCH_MAX, Batch, BatchKey, MeteringRecord
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.errors import JournalCorruptError
from meterhouse.ports.ledger import UnbilledLedger
from operations.answers import Unreadable
from operations.careful_ledger import Noted
from operations.hour_list import FIRST_AT, LAST_AT
from operations.reads import ENTRIES_MAX, noted_of_shards, noted_unreadable
from operations.record_filter import ALL_OF_HOUR, Place, RecordFilter

# Whoever says no hours sees so many days, or all that the index holds.
DAYS_DEFAULT = 31
_PAGE_BATCHES_MIN = 4


@dataclass(frozen=True, slots=True)
class ListedRecord:
    """A record in a list; `reason` is why it waits, or was not billed.

    `units` are what it bills or failed to bill, `included` what its contract includes beside them.
    `settled_as` is what a person did about the latter.
    """

    hour: str
    subscription: str
    dimension: str
    units: Decimal
    included: Decimal
    state: str
    reason: Why | None
    settled_as: str | None
    deadline: datetime
    record: str


class Look(NamedTuple):
    """What one look found: where the next one begins, and how much was read for it."""

    place: Place
    found: Sequence[tuple[Place, ListedRecord]] = ()
    reads: int = 1


class Lister:
    """Looks at one part of the table after the other; each look yields what it found."""

    def __init__(
        self,
        ledger: UnbilledLedger,
        shards: int,
        wanted: RecordFilter,
        *,
        now: datetime,
        limit: int,
    ) -> None:
        self._ledger = ledger
        self._shards = shards
        self._wanted = wanted
        self._page = max(_PAGE_BATCHES_MIN, -(-limit // RECORDS_PER_BATCH_MAX))
        last_at = wanted.last_at
        if last_at is None:
            # Clocks differ, and usage may be an hour early.
            last_at = LAST_AT if wanted.is_sparse else floor_to_hour(now) + HOUR
        default_at = FIRST_AT if wanted.is_sparse else last_at - timedelta(days=DAYS_DEFAULT)
        self.span = (wanted.first_at or default_at, last_at)
        self.unreadable: list[Unreadable] = []
        self.is_whole = True

    def of_interest(self, noted: Sequence[Noted]) -> Iterator[Unreadable]:
        """Yield what a ledger could not read of what was looked at."""
        if self._wanted.subscription is None:
            return noted_unreadable(noted)
        return noted_of_shards(noted, shards_of(self._wanted.subscription, self._shards))

    def looks(self, after: Place | None) -> Iterator[Look]:
        """Look on from where a page ended."""
        first_at, last_at = self.span
        start = after or Place(last_at, "")
        if self._wanted.is_sparse:
            yield from self._by_index(start)
            return
        day_at = day_of(min(last_at, start.hour_at))
        while day_at >= day_of(first_at):
            hours = (max(day_at, first_at), min(day_at + DAY - HOUR, last_at))
            if self._wanted.subscription is None:
                yield from self._by_hour(hours, start)
            else:
                yield from self._of_subscription(self._wanted.subscription, hours, start)
            yield Look(Place(day_at, ALL_OF_HOUR))
            day_at -= DAY

    def _by_index(self, start: Place) -> Iterator[Look]:
        """Look at the batches that are unfinished, or hold usage that ended unbilled."""
        first_at, last_at = self.span
        due = self._ledger.due(now=None, count_max=ENTRIES_MAX)
        self.is_whole = len(due) < ENTRIES_MAX
        last_at = min(last_at, start.hour_at)
        unfinished = [
            one.key
            for one in due
            if isinstance(one.key, BatchKey) and first_at <= one.key.log.hour_at <= last_at
        ]
        unfinished.sort(key=_hour_of, reverse=True)
        unbilled: Iterable[BatchKey] = ()
        if self._wanted.states & NOT_BILLED:
            unbilled = self._ledger.refused_back(first_at, last_at)
        keys = heapq.merge(unfinished, unbilled, key=_hour_of, reverse=True)
        for _, of_hour in groupby(keys, key=_hour_of):
            for key in sorted({*of_hour}):
                if start.is_before(key.log.hour_at, _end_of(key)):
                    batch = self._read(key)
                    yield self._look_at(key, batch, start)

    def _read(self, key: BatchKey) -> Batch | None:
        try:
            return self._ledger.read_batch(key)
        except JournalCorruptError as error:
            self.unreadable.append(Unreadable(str(key), str(error)))
            return None

    def _by_hour(self, hours: tuple[datetime, datetime], start: Place) -> Iterator[Look]:
        """Look at all batches of some hours."""
        logs = [head.log for head in self._ledger.heads_between(*hours)]
        for log in _latest_first(logs):
            if not start.is_before(log.hour_at, f"{log.shard:02}{ALL_OF_HOUR}"):
                continue
            name = ""
            if start.hour_at == log.hour_at and start.inside.startswith(f"{log.shard:02}/"):
                name = start.inside.split("/")[1]
            for batch in self._ledger.batches_from(log, name, page=self._page):
                yield self._look_at(batch.key, batch, start)

    def _look_at(self, key: BatchKey, batch: Batch | None, start: Place) -> Look:
        hour_at, within = key.log.hour_at, f"{key.log.shard:02}/{key.name}"
        found = [
            (Place(hour_at, f"{within}/{number:02}"), listed(record))
            for number, record in enumerate(() if batch is None else batch.records)
            if start.is_before(hour_at, f"{within}/{number:02}") and self._wanted.accepts(record)
        ]
        return Look(Place(hour_at, _end_of(key)), found)

    def _of_subscription(
        self, subscription: SubscriptionKey, hours: tuple[datetime, datetime], start: Place
    ) -> Iterator[Look]:
        """Look at the hours of a day in which a subscription used something."""
        own = shard_of(subscription, self._shards)
        shards = shards_of(subscription, self._shards)
        of_tenants = max(shards - {own}, default=own)
        lines: dict[LogKey, list[SheetLine]] = {}
        for sheet in self._ledger.sheets(subscription, day_of(hours[0]), day_of(hours[0])):
            for line in sheet.lines:
                log = LogKey(line.hour_at, of_tenants if sheet.is_of_tenants else own)
                lines.setdefault(log, []).append(line)
        heads = self._ledger.heads_between(*hours)
        # A head that is not due was filed, with a sheet for whoever used something.
        unfiled = {one.log for one in heads if one.log.shard in shards and one.due_at is not None}
        for log in _latest_first({*lines, *unfiled}):
            end = f"{log.shard:02}{ALL_OF_HOUR}"
            if hours[0] <= log.hour_at <= hours[1] and start.is_before(log.hour_at, end):
                filed = None if log in unfiled else lines[log]
                found, reads = self._of_log(subscription, log, filed)
                places = [(Place(log.hour_at, f"{log.shard:02}|{of}"), found[of]) for of in found]
                places = [one for one in sorted(places) if start.is_before(*one[0])]
                yield Look(Place(log.hour_at, end), places, reads)

    def _of_log(
        self, subscription: SubscriptionKey, log: LogKey, filed: Sequence[SheetLine] | None
    ) -> tuple[dict[str, ListedRecord], int]:
        """Return a subscription's records of a log by dimension, and how many batches were read.

        A record that is METERED is filed as such, with its units; what else a sheet says of its
        hour is included, or of late usage. One of which only that is filed is INCLUDED.
        """
        found: dict[str, ListedRecord] = {}
        if filed is not None:
            lines = [one for one in filed if self._wanted.accepts_line(one)]
            unsure = {one.dimension for one in lines}
            if self._wanted.reason is None:
                of_filed = defaultdict[str, dict[Standing, Decimal]](dict)
                for one in filed:
                    of_filed[one.dimension][one.standing] = one.units
                for dimension in [*unsure]:
                    key = RecordKey(subscription, dimension, log.hour_at)
                    row = _filed(key, of_filed[dimension])
                    if row is not None:
                        unsure.remove(dimension)
                        if not self._wanted.states or row.state in self._wanted.states:
                            found[dimension] = row
            if not unsure:
                return found, 0
        batches = self._ledger.batches(log)
        for batch in batches:
            for record in filter(self._wanted.accepts, batch.records):
                found[record.key.dimension] = listed(record)
        return found, len(batches)


def listed(record: MeteringRecord) -> ListedRecord:
    """Return a record as a list shows it."""
    row = _listed(record.key, record.state, record.units, record.included)
    status = record.status
    settled_as = None if status.settlement is None else status.settlement.settled_as.value
    reason = None if status.state is RecordState.METERED else status.reason
    return replace(row, reason=reason, settled_as=settled_as)


def _filed(key: RecordKey, units: Mapping[Standing, Decimal]) -> ListedRecord | None:
    """Return a record as its day's sheet tells it; None if only its batch does."""
    included = units.get(Standing.INCLUDED, Decimal(0))
    if Standing.METERED in units:
        return _listed(key, RecordState.METERED, units[Standing.METERED], included)
    if units.keys() == {Standing.INCLUDED}:
        return _listed(key, RecordState.INCLUDED, Decimal(0), included)
    return None


def _listed(key: RecordKey, state: RecordState, units: Decimal, included: Decimal) -> ListedRecord:
    return ListedRecord(
        hour=format_hour(key.hour_at),
        subscription=key.subscription,
        dimension=key.dimension,
        units=units,
        included=included,
        state=state.value,
        reason=None,
        settled_as=None,
        deadline=deadline_of(key.hour_at),
        record=str(key),
    )


def _hour_of(key: BatchKey) -> datetime:
    return key.log.hour_at


def _end_of(key: BatchKey) -> str:
    return f"{key.log.shard:02}/{key.name}/{ALL_OF_HOUR}"


def _latest_first(logs: Iterable[LogKey]) -> list[LogKey]:
    return sorted(sorted(logs), key=lambda log: log.hour_at, reverse=True)
