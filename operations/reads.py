"""Reading what one person asks for without reading everybody's hours; nothing here writes."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from meterhouse.domain.accounting.balances import ZERO, Balance, Standing, balance_log
from meterhouse.domain.hours import deadline_of, format_hour
from meterhouse.domain.journal.carrying import Carry, staying_parts
from meterhouse.domain.journal.head import Head
from meterhouse.domain.journal.meter_fold import MeterFold, is_from_elsewhere
from meterhouse.domain.keys import LogKey, MeterKey, RecordKey, log_of, shards_of
from meterhouse.domain.records.record import Batch, BatchKey, MeteringRecord
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.errors import JournalCorruptError
from meterhouse.ports.ledger import UnbilledLedger, UsageLedger
from meterhouse.use_cases.accounting.read_usage import ReadUsage
from meterhouse.use_cases.journal.read_each import read_each
from operations.answers import (
    CountedEvent,
    LateUsage,
    Move,
    RecordAnswer,
    RefusedAnswer,
    StandingRecord,
    Stay,
    UnfinishedAnswer,
    UnfinishedHour,
    Unreadable,
    UsageAnswer,
    UsedUnits,
)
from operations.careful_ledger import Noted
from operations.findings import FaultKind
from operations.hour_faults import faults_of_segments
from operations.hour_reading import HourReading, read_hour

# So many entries of the index are read; each batch among them is a request.
ENTRIES_MAX = 20_000


def read_usage(
    read: ReadUsage,
    subscription: SubscriptionKey,
    days: tuple[datetime, datetime],
    noted: Sequence[Noted] = (),
) -> UsageAnswer:
    """Return what a subscription used from the first to the last of two UTC days."""
    used = read(subscription, *days)
    totals = defaultdict[tuple[str, Standing], Decimal](Decimal)
    for line in used.lines:
        totals[line.dimension, line.standing] += line.units
    return UsageAnswer(
        subscription=subscription,
        first_day=days[0].date().isoformat(),
        last_day=days[1].date().isoformat(),
        lines=tuple(UsedUnits(format_hour(one[0]), *one[1:]) for one in used.lines),
        totals=tuple(UsedUnits("all", *of, units) for of, units in sorted(totals.items())),
        unsettled=tuple(map(format_hour, used.unsettled)),
        unreadable=tuple(noted_of_shards(noted, shards_of(subscription, read.shards))),
    )


def read_record(
    ledger: UsageLedger, shards: int, key: RecordKey, noted: Sequence[Noted] = ()
) -> RecordAnswer:
    """Return everything about one hour of one meter; of the table only that hour's log is read."""
    reading, damaged = _hour_with(ledger, shards, key)
    log = reading.log
    carries = reading.carries.values()
    balances = balance_log(reading.head, reading.fold, reading.batches, carries)
    balance = next((one for one in balances if one.meter == key.meter), Balance(key.meter))
    usage = reading.fold.meters.get(key.meter, MeterFold())
    unreadable = [Unreadable(one.subject, one.detail) for one in faults_of_segments(reading)]
    batch, record = next(
        ((batch, record) for batch, _, record in reading.records if record.key == key), (None, None)
    )
    return RecordAnswer(
        record=str(key),
        log=str(log),
        hour_reason=reading.head.reason,
        batch=None if batch is None else batch.key.name,
        status=None if record is None else record.status,
        frozen=None if record is None else record.sealed,
        deadline=deadline_of(key.hour_at),
        journalled=balance.journalled,
        standings={place.value: units for place, units in balance.standings.items() if units},
        difference=balance.difference,
        events=tuple(_events(usage)),
        carried_in=tuple(
            Move(origin, str(log), units, has_arrived=True)
            for origin, units in sorted(balance.arrived.items())
        ),
        carried_out=tuple(_moves(carries, key.meter)),
        not_carried=tuple(_stays(carries, key.meter)),
        unreadable=(*_why(damaged), *unreadable, *noted_of_shards(noted, {log.shard})),
    )


class _HourOfRecord(NamedTuple):
    """An hour log as it was read, and what of its head cannot be read."""

    reading: HourReading
    damaged: Mapping[LogKey, JournalCorruptError]


def _hour_with(ledger: UsageLedger, shards: int, key: RecordKey) -> _HourOfRecord:
    """Return the hour log with a record or its usage: that of its subscription, or of tenants."""
    home = log_of(key, shards)
    others = sorted(shards_of(key.subscription, shards) - {home.shard})
    found: list[_HourOfRecord] = []
    for log in (home, *(LogKey(key.hour_at, shard) for shard in others)):
        heads, damaged = read_each(ledger.heads, [log])
        reading = read_hour(ledger, heads.get(log, Head(log)), key.subscription)
        found.append(_HourOfRecord(reading, damaged))
        if key.meter in reading.fold.meters or any(one.key == key for _, _, one in reading.records):
            return found[-1]
    return found[0]


def _events(usage: MeterFold) -> Iterator[CountedEvent]:
    for late_in, counted in ((None, usage.own), *sorted(usage.late.items())):
        # What was carried is no event of this hour.
        own = [origin for origin in counted if not is_from_elsewhere(origin)]
        events = ((origin, *event) for origin in own for event in counted[origin].items())
        for origin, event_id, entry in events:
            text = event_id if isinstance(event_id, str) else str(uuid.UUID(bytes=event_id))
            yield CountedEvent(text, *entry, late_in, (origin, event_id) in usage.conflicts)


def _moves(carries: Iterable[Carry], meter: MeterKey) -> Iterator[Move]:
    for carry in carries:
        units = [part.quantity for part in carry.parts if part.meter == meter]
        if units:
            yield Move(carry.name, str(carry.target), sum(units, ZERO), carry.has_arrived)


def _stays(carries: Iterable[Carry], meter: MeterKey) -> Iterator[Stay]:
    known = {carry.name: carry for carry in carries}
    for carry in known.values():
        parts = staying_parts(carry, meter, known)
        if parts:
            reason = next(one.reason for one in carry.kept if one.part.meter == meter)
            settlement = carry.settlement_of(meter)
            units = sum((part.quantity for part in parts), ZERO)
            settled_as = None if settlement is None else settlement.settled_as.value
            yield Stay(carry.name, reason, units, settled_as)


def read_unfinished(
    ledger: UsageLedger, now: datetime, *, entries_max: int = ENTRIES_MAX
) -> UnfinishedAnswer:
    """Return everything in the index of unfinished work, the soonest deadline first."""
    due = ledger.due(now=None, count_max=entries_max)
    logs = [one.key for one in due if isinstance(one.key, LogKey)]
    heads, damaged = read_each(ledger.heads, logs)
    hours = [_hour(head, now) for _, head in sorted(heads.items()) if _waits(head)]
    batches = [one.key for one in due if isinstance(one.key, BatchKey)]
    records, unreadable = _records(ledger, batches)
    return UnfinishedAnswer(
        hours=tuple(hours),
        records=tuple(
            standing_of_record(one, now) for one in records if one.status.due_at is not None
        ),
        dealt_with=len(heads) - len(hours),
        is_whole=len(due) < entries_max,
        unreadable=(*_why(damaged), *unreadable),
    )


def _waits(head: Head) -> bool:
    """Tell whether a log waits for more than its turn to be accounted for or filed."""
    return head.has_new_usage or bool(head.waiting) or head.reason is not None


def _hour(head: Head, now: datetime) -> UnfinishedHour:
    deadline_at = deadline_of(head.log.hour_at)
    why = head.reason or ("open" if head.due_at is None or head.due_at > now else "to be closed")
    if head.leased_until is not None and head.leased_until > now:
        why = "being closed"
    return UnfinishedHour(
        str(head.log), why, head.waiting, head.aside, deadline_at, deadline_at - now
    )


def read_refused(
    ledger: UnbilledLedger,
    now: datetime,
    noted: Sequence[Noted] = (),
    *,
    entries_max: int = ENTRIES_MAX,
) -> RefusedAnswer:
    """Return every record, and late usage, that ended unbilled and needs a person; oldest first.

    The index holds those of finished batches. A batch of which something is unfinished is still
    among what is due.
    """
    due = ledger.due(now=None, count_max=entries_max)
    refused = ledger.refused(count_max=entries_max)
    keys = {*refused, *(one.key for one in due if isinstance(one.key, BatchKey))}
    records, unreadable = _records(ledger, keys)
    unbilled = [one for one in records if one.needs_person]
    kept = ledger.kept(count_max=entries_max)
    carries, damaged = read_each(_carries_of(ledger), [*dict.fromkeys(kept)])
    return RefusedAnswer(
        records=tuple(standing_of_record(one, now) for one in unbilled),
        late=tuple(one for of_log in carries.values() for one in _late(of_log)),
        is_whole=max(len(due), len(refused), len(kept)) < entries_max,
        unreadable=(*unreadable, *_why(damaged), *noted_unreadable(noted)),
    )


def _carries_of(
    ledger: UsageLedger,
) -> Callable[[Sequence[LogKey]], dict[LogKey, Collection[Carry]]]:
    return lambda logs: {log: ledger.carries(log).values() for log in logs}


def _late(carries: Collection[Carry]) -> Iterator[LateUsage]:
    """Add up by record what stays of a log's carries, unless somebody dealt with it."""
    meters = {
        one.part.meter: RecordKey(*one.part.meter, carry.log.hour_at)
        for carry in carries
        for one in carry.kept
    }
    for meter, record in sorted(meters.items()):
        units = defaultdict[str, Decimal](Decimal)
        for stay in _stays(carries, meter):
            if stay.settled_as is None:
                units[stay.reason] += stay.units
        yield from (LateUsage(str(record), *of_reason) for of_reason in units.items())


def _records(
    ledger: UsageLedger, keys: Iterable[BatchKey]
) -> tuple[list[MeteringRecord], Iterator[Unreadable]]:
    """Return the records of batches in the order of their deadlines, which is their hours'."""

    def read(some: Sequence[BatchKey]) -> dict[BatchKey, Batch]:
        batches = {key: ledger.read_batch(key) for key in some}
        return {key: batch for key, batch in batches.items() if batch is not None}

    batches, damaged = read_each(read, sorted(keys))
    records = [record for batch in batches.values() for record in batch.records]
    return sorted(records, key=lambda one: (one.key.hour_at, one.key)), _why(damaged)


def standing_of_record(record: MeteringRecord, now: datetime) -> StandingRecord:
    """Return a record as answers show it."""
    deadline_at = deadline_of(record.key.hour_at)
    place = (record.state.value, record.status.reason, record.units, record.status.sends)
    return StandingRecord(str(record.key), *place, deadline_at, deadline_at - now)


def _why[Key](damaged: Mapping[Key, JournalCorruptError]) -> Iterator[Unreadable]:
    return (Unreadable(str(key), str(error)) for key, error in damaged.items())


def noted_of_shards(noted: Iterable[Noted], shards: Collection[int]) -> Iterator[Unreadable]:
    """Yield what a ledger noted as unreadable, unless it is of another shard."""
    return noted_unreadable(one for one in noted if one.log is None or one.log.shard in shards)


def noted_unreadable(noted: Iterable[Noted]) -> Iterator[Unreadable]:
    """Yield what a ledger noted as unreadable."""
    for _, _, fault in noted:
        if fault.kind is FaultKind.UNREADABLE:
            yield Unreadable(fault.subject, fault.detail)
