"""Where the units of the last hours stand: as they were accounted for, or else by their records."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from meterhouse.domain.accounting.balances import Standing, standing_of
from meterhouse.domain.hours import HOUR, floor_to_hour, format_hour
from meterhouse.ports.ledger import UsageLedger
from operations.answers import Answer
from operations.careful_ledger import Noted
from operations.reads import noted_unreadable

# As many as the metrics of units are about.
HOURS_MAX = 72
# Of hours that are not accounted for the records are read, until they are so many.
RECORDS_MAX = 5_000


@dataclass(frozen=True, slots=True)
class HourOfAll:
    """What all subscriptions used in an hour, by where it stands; all dimensions are added up.

    `is_accounted` tells that nothing came since the hour was accounted for.
    """

    hour_at: datetime
    units: Mapping[Standing, Decimal]
    is_accounted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentHoursAnswer(Answer):
    """The hours up to the present one that have usage, the earliest first.

    `unread` are the hours whose records were not read, because others had so many.
    """

    first_at: datetime
    hours: tuple[HourOfAll, ...]
    unread: tuple[datetime, ...]

    @property
    def totals(self) -> dict[Standing, Decimal]:
        """Return the units of all hours, by where they stand."""
        totals = dict.fromkeys(Standing, Decimal(0))
        for hour in self.hours:
            for standing, units in hour.units.items():
                totals[standing] += units
        return totals

    @property
    def sentences(self) -> Iterator[str]:
        """Say what is missing by its nature."""
        if self.unread:
            times = ", ".join(map(format_hour, self.unread))
            yield f"Of these hours not everything is read, for there is too much of it: {times}."
        if not all(one.is_accounted for one in self.hours):
            yield "Hours that are not accounted for yet may hold more than their records."


def read_recent_hours(
    ledger: UsageLedger, now: datetime, noted: Sequence[Noted] = (), *, hours: int = HOURS_MAX
) -> RecentHoursAnswer:
    """Return where the units of the last hours stand.

    One small item is read for each hour log, and the records of those that are not accounted for:
    of the latest first, and not more of them than `RECORDS_MAX` and one log.
    """
    last_at = floor_to_hour(now)
    first_at = last_at - (hours - 1) * HOUR
    units = defaultdict[datetime, defaultdict[Standing, Decimal]](lambda: defaultdict(Decimal))
    heads = list(ledger.heads_between(first_at, last_at))
    unread = set[datetime]()
    records = 0
    for head in sorted(heads, key=lambda one: one.log, reverse=True):
        of_hour = units[head.log.hour_at]
        placed: dict[str, Decimal] = dict(head.totals)
        if not head.is_balanced and records >= RECORDS_MAX:
            unread.add(head.log.hour_at)
        elif not head.is_balanced:
            some = [one for batch in ledger.batches(head.log) for one in batch.records]
            records += len(some)
            # Of usage without a record the head knows what waits for its subscription.
            held = placed.get(Standing.HELD)
            placed = {Standing.HELD: held} if head.waiting and held else {}
            for record in some:
                of_hour[standing_of(record)] += record.units
                of_hour[Standing.INCLUDED] += record.included
        for standing, of in placed.items():
            of_hour[Standing(standing)] += of
    open_hours = {one.log.hour_at for one in heads if one.has_new_usage or not one.is_balanced}
    return RecentHoursAnswer(
        first_at=first_at,
        hours=tuple(
            HourOfAll(hour_at, dict(of_hour), hour_at not in open_hours)
            for hour_at, of_hour in sorted(units.items())
        ),
        unread=tuple(sorted(unread)),
        unreadable=tuple(noted_unreadable(noted)),
    )
