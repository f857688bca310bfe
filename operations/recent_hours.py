"""Where the units of the last hours stand, as they were accounted for; only heads are read."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.hours import HOUR, floor_to_hour
from meterhouse.ports.ledger import UsageLedger
from operations.answers import Answer
from operations.careful_ledger import Noted
from operations.reads import noted_unreadable

# As many as the metrics of units are about.
HOURS_MAX = 72


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
    """The hours up to the present one that have usage, the earliest first."""

    first_at: datetime
    hours: tuple[HourOfAll, ...]

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
        if not all(one.is_accounted for one in self.hours):
            yield "Hours that are not accounted for yet may hold more."


def read_recent_hours(
    ledger: UsageLedger, now: datetime, noted: Sequence[Noted] = (), *, hours: int = HOURS_MAX
) -> RecentHoursAnswer:
    """Return where the units of the last hours stand: one small item is read for each of them."""
    last_at = floor_to_hour(now)
    first_at = last_at - (hours - 1) * HOUR
    units = defaultdict[datetime, defaultdict[Standing, Decimal]](lambda: defaultdict(Decimal))
    open_hours = set[datetime]()
    for head in ledger.heads_between(first_at, last_at):
        of_hour = units[head.log.hour_at]
        for standing, some in head.totals:
            of_hour[Standing(standing)] += some
        if head.has_new_usage or not head.is_balanced:
            open_hours.add(head.log.hour_at)
    return RecentHoursAnswer(
        first_at=first_at,
        hours=tuple(
            HourOfAll(hour_at, dict(of_hour), hour_at not in open_hours)
            for hour_at, of_hour in sorted(units.items())
        ),
        unreadable=tuple(noted_unreadable(noted)),
    )
