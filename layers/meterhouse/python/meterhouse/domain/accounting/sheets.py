"""Sheets: what one subscription used on one day, hour by hour, and where it stands.

An hour log holds everybody's usage. A sheet is written once a day's hours have been accounted for,
so that one subscription's month is read without reading everybody's hours.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from meterhouse.domain.accounting.balances import Standing, standing_of
from meterhouse.domain.hours import deadline_of
from meterhouse.domain.journal.carrying import Carry
from meterhouse.domain.keys import LogKey, MeterKey
from meterhouse.domain.records.record import Batch
from meterhouse.domain.subscriptions.identity import SubscriptionKey

_Units = defaultdict[tuple[MeterKey, Standing], Decimal]

DAY = timedelta(days=1)
# AWS takes records of a day's last hour for so long; what is refused or expires is known by then.
_FILING_MARGIN = timedelta(hours=1)


class SheetLine(NamedTuple):
    """The units of one dimension and hour that stand in one place."""

    hour_at: datetime
    dimension: str
    standing: Standing
    units: Decimal


@dataclass(frozen=True, slots=True)
class DaySheet:
    """What one subscription used on the UTC day that began at `day_at`; lines are in order.

    What it paid for tenants has a sheet of its own where it stands in another shard.
    """

    subscription: SubscriptionKey
    day_at: datetime
    lines: tuple[SheetLine, ...]
    is_of_tenants: bool = False


def day_of(hour_at: datetime) -> datetime:
    """Return the start of the UTC day that holds an hour."""
    return hour_at.replace(hour=0)


def filing_time_of(log: LogKey) -> datetime:
    """Return when an hour's usage is entered into the sheets of its day, at the earliest."""
    return deadline_of(day_of(log.hour_at) + 23 * timedelta(hours=1)) + _FILING_MARGIN


def lines_of_log(
    log: LogKey, batches: Iterable[Batch], carries: Iterable[Carry]
) -> dict[SubscriptionKey, list[SheetLine]]:
    """Return the lines of one hour that was accounted for, by subscription."""
    units = _units_of_records(batches)
    for carry in carries:
        for (meter, quantity, _), _ in carry.kept:
            units[meter, Standing.REJECTED] += quantity
        before = _standing_before(carry)
        after = Standing.EXPIRED if carry.is_withheld else Standing.CARRIED
        if before is after:
            continue
        for meter, quantity, _ in carry.parts:
            units[meter, after] += quantity
            if before is not None:
                units[meter, before] -= quantity
    lines: dict[SubscriptionKey, list[SheetLine]] = {}
    for (meter, standing), amount in sorted(units.items()):
        if standing is Standing.CARRIED and not amount:
            continue  # Nothing went anywhere.
        line = SheetLine(log.hour_at, meter.dimension, standing, amount)
        lines.setdefault(meter.subscription, []).append(line)
    return lines


def _units_of_records(batches: Iterable[Batch]) -> _Units:
    units = _Units(Decimal)
    for record in (one for batch in batches for one in batch.records):
        units[record.key.meter, standing_of(record)] += record.units
        if record.included:
            units[record.key.meter, Standing.INCLUDED] += record.included
    return units


def _standing_before(carry: Carry) -> Standing | None:
    """Return as what there are lines already of units that a carry took along."""
    if carry.is_redriven:
        return Standing.REJECTED
    # A record that was carried whole is CARRIED itself.
    return Standing.CARRIED if carry.name.startswith("record#") else None
