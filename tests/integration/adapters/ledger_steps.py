"""Short words for what the ledger's contract is told in."""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from meterhouse.domain.events import Tags
from meterhouse.domain.journal import Entry, Page, PageKind
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.lifecycle import UNFINISHED, RecordState
from meterhouse.domain.records import Change, MeteringRecord
from meterhouse.ports import CommitResult, JournalResult, JournalWrite, UsageLedger
from tests.unit.domain.builders import HOUR, KEY, NOON_AT, frozen_usage

DUE_AT = NOON_AT + HOUR + timedelta(minutes=15)
WRITTEN_AT = NOON_AT + timedelta(minutes=40)
# Random ids do not shrink: pages of these sizes go into the header, and into an item of their own.
SMALL_EVENTS, LARGE_EVENTS = 5, 400


def page(name: str, events: int = SMALL_EVENTS, *, tags: Tags = ()) -> Page:
    """Return a page whose entries are named after it; one unit each."""
    entries = tuple(
        Entry(hashlib.sha256(f"{name}/{n}".encode()).hexdigest(), Decimal(1), tags)
        for n in range(events)
    )
    return Page(PageKind.HOME, NOON_AT, NOON_AT + timedelta(minutes=7), entries)


def write_of(key: RecordKey, *pages: Page) -> JournalWrite:
    return JournalWrite(key, DUE_AT, WRITTEN_AT, pages)


def journal(ledger: UsageLedger, key: RecordKey, *pages: Page) -> JournalResult:
    (result,) = ledger.journal([write_of(key, *pages)])
    return result


def read(ledger: UsageLedger, key: RecordKey = KEY) -> MeteringRecord:
    return ledger.read([key])[key]


def pages_of(record: MeteringRecord) -> set[tuple[PageKind, datetime, int]]:
    """Name the pages of a record, in no order, since a ledger promises none."""
    return {(one.kind, one.from_hour_at, len(one.entries)) for one in record.pages}


def event_ids(record: MeteringRecord) -> list[str]:
    return sorted(entry.event_id for one in record.pages for entry in one.entries)


def step(record: MeteringRecord, state: RecordState, **fields: object) -> Change:
    """Return a change to `state` that is guarded by the version that was read."""
    due_at = DUE_AT + timedelta(minutes=6) if state in UNFINISHED else None
    after = replace(
        record,
        state=state,
        version=record.version + 1,
        due_at=due_at,
        **fields,  # type: ignore[arg-type] # fields of the record
    )
    return Change(after, record.version)


def claim(record: MeteringRecord) -> Change:
    return step(
        record,
        RecordState.SUBMITTING,
        units=Decimal("7.5"),
        frozen=frozen_usage("7.5"),
        sends=1,
    )


def close(ledger: UsageLedger, key: RecordKey = KEY) -> MeteringRecord:
    """Take a record through a claim to METERED; return it as it is read back."""
    for change in (claim, lambda record: step(record, RecordState.METERED)):
        assert ledger.commit(change(read(ledger, key))) is CommitResult.COMMITTED
    return read(ledger, key)


def at_hour(hours: int, key: RecordKey = KEY) -> RecordKey:
    return key._replace(hour_at=key.hour_at + hours * HOUR)


def of_dimension(name: str) -> RecordKey:
    return KEY._replace(dimension=name)
