"""Late usage: events whose record is closed are remembered there and billed in a later hour."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from meterhouse.domain.events import UsageEvent
from meterhouse.domain.folding import home_event_ids
from meterhouse.domain.hours import HOUR, floor_to_hour
from meterhouse.domain.journal import PageKind, paginate
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.lifecycle import RecordState
from meterhouse.domain.records import ABSENT_VERSION, Change, MeteringRecord

ONLY_LATE = "only_late_usage"
# The current hour is nearly always open; a flushed subscription may need the next one.
TARGET_HOURS_MAX = 3


def unseen_events(record: MeteringRecord | None, events: Iterable[UsageEvent]) -> list[UsageEvent]:
    """Return the events that the journal of their closed home record does not hold yet."""
    known = home_event_ids(record.pages) if record is not None else set()
    unseen: dict[str, UsageEvent] = {}
    for event in events:
        if event.event_id not in known:
            other = unseen.get(event.event_id, event)
            # Of one id with two quantities the smaller counts, as in a record's own hour.
            unseen[event.event_id] = min(event, other, key=lambda one: (one.quantity, one.tags))
    return list(unseen.values())


def carry_late(
    key: RecordKey, record: MeteringRecord | None, events: list[UsageEvent], now: datetime
) -> Change:
    """Return the change that carries the first page of `events`, all of them unseen, forward.

    The late page keeps the events' identity findable under their home record for ever; the carried
    page bills them. Both are one write, guarded by the home record's version.
    """
    late_page = next(paginate(events, kind=PageKind.LATE))
    carried = replace(late_page, kind=PageKind.CARRIED_EVENTS, earliest_at=now)
    if record is None:
        opened = MeteringRecord(
            key, RecordState.CARRIED, 1, None, units=Decimal(0), reason=ONLY_LATE
        )
        return Change(opened, ABSENT_VERSION, late_page=late_page, carried=carried)
    noted = replace(record, version=record.version + 1)
    return Change(noted, record.version, late_page=late_page, carried=carried)


def target_keys(key: RecordKey, now: datetime) -> Iterator[RecordKey]:
    """Yield the records that carried usage of `key` may go to, the soonest first."""
    first_at = max(floor_to_hour(now), key.hour_at + HOUR)
    for position in range(TARGET_HOURS_MAX):
        yield key._replace(hour_at=first_at + position * HOUR)
