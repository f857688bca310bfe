"""Norms: what a dimension of a subscription was billed at most for an hour of the days before."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.accounting.sheets import DAY, DaySheet, day_of

# Of the days before, the last one or two are not filed yet.
NORM_DAYS = 9
# With fewer billed days than this nobody knows what is usual.
NORM_DAYS_MIN = 3


def norm_days(hour_at: datetime) -> tuple[datetime, datetime]:
    """Return the first and the last of the days whose sheets say what is usual in an hour."""
    return day_of(hour_at) - NORM_DAYS * DAY, day_of(hour_at) - DAY


def norms_of(sheets: Iterable[DaySheet]) -> dict[str, Decimal]:
    """Return the norm of each dimension of one subscription that has a norm.

    It is the most that AWS bills of it for one hour. The largest hour is what a buyer has paid for
    without a word; a mean or a median calls the weekly job of a quiet meter a spike. What was not
    billed, such as a spike that somebody rejected, is nobody's norm.
    """
    billed = defaultdict[tuple[str, datetime], Decimal](Decimal)
    for sheet in sheets:
        for line in sheet.lines:
            if line.standing is Standing.METERED:
                billed[line.dimension, line.hour_at] += line.units
    days = defaultdict[str, set[datetime]](set)
    largest = defaultdict[str, Decimal](Decimal)
    for (dimension, hour_at), units in billed.items():
        if units:
            days[dimension].add(day_of(hour_at))
            largest[dimension] = max(largest[dimension], units)
    return {one: units for one, units in largest.items() if len(days[one]) >= NORM_DAYS_MIN}
