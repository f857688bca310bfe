"""One month of a subscription: each hour's units by where they stand, and where they went."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal

from meterhouse.domain.accounting.balances import ZERO, Standing
from meterhouse.domain.accounting.sheets import DAY, SheetLine
from meterhouse.domain.hours import format_hour
from meterhouse.domain.journal.carrying import staying_parts
from meterhouse.domain.keys import LogKey, MeterKey, shards_of
from meterhouse.domain.records.policy import LATE_USAGE_MAX
from meterhouse.domain.records.settlement import SettledAs
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.ports.ledger import UsageLedger
from meterhouse.use_cases.accounting.read_usage import ReadUsage

ALL_HOURS = "all"


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One hour and dimension of a subscription, or all hours of a dimension.

    `used` is what was used or carried in: the sum of what is billed, pending, held, rejected,
    disputed, expired and carried out. `carried_out` is billed in `carried_to`, and stands there as
    used once more, with this hour in `carried_from`. `billed_elsewhere` and `written_off` are what
    a person settled of the rejected, disputed and expired, which they are a part of.
    """

    subscription: str
    hour: str
    dimension: str
    used: Decimal = ZERO
    billed: Decimal = ZERO
    pending: Decimal = ZERO
    held: Decimal = ZERO
    rejected: Decimal = ZERO
    disputed: Decimal = ZERO
    expired: Decimal = ZERO
    carried_out: Decimal = ZERO
    carried_to: tuple[str, ...] = ()
    carried_from: tuple[str, ...] = ()
    billed_elsewhere: Decimal = ZERO
    written_off: Decimal = ZERO


COLUMNS = tuple(one.name for one in fields(StatementRow))
NUMBERS = tuple(one.name for one in fields(StatementRow) if one.type in {Decimal, "Decimal"})
PARTS = frozenset(SettledAs)
"""The columns that are a part of others."""
_UNBILLED = {Standing.REJECTED, Standing.DISPUTED, Standing.EXPIRED}
_NAMES = {Standing.METERED: "billed", Standing.CARRIED: "carried_out"}


@dataclass(frozen=True, slots=True)
class MonthOfUsage:
    """The rows of a subscription's month, and the hours that may hold more."""

    rows: tuple[StatementRow, ...]
    unsettled: tuple[str, ...]

    @property
    def totals(self) -> tuple[StatementRow, ...]:
        """All hours of each dimension, added up."""
        return tuple(add_up(self.rows))


@dataclass(frozen=True, slots=True)
class ReadMonth:
    """Reads what a subscription used in the days of a month; see `__call__`."""

    ledger: UsageLedger
    shards: int

    def __call__(
        self, subscription: SubscriptionKey, days: tuple[datetime, datetime]
    ) -> MonthOfUsage:
        """Return the month; where usage came from is looked for as far back as it may come late."""
        first_at, last_at = days
        used = ReadUsage(self.ledger, self.shards)(
            subscription, first_at - LATE_USAGE_MAX - DAY, last_at
        )
        to, origins = self._moves(subscription, used.lines)
        shown = [line for line in used.lines if line.hour_at >= first_at]
        by_row = defaultdict[tuple[datetime, str], list[SheetLine]](list)
        for line in shown:
            by_row[line.hour_at, line.dimension].append(line)
        settled = self._settled(subscription, shown)
        rows = tuple(
            replace(
                _row(subscription, format_hour(hour_at), dimension, lines),
                carried_to=tuple(sorted(to[hour_at, dimension])),
                carried_from=tuple(sorted(origins[hour_at, dimension])),
                billed_elsewhere=settled[hour_at, dimension][SettledAs.BILLED_ELSEWHERE],
                written_off=settled[hour_at, dimension][SettledAs.WRITTEN_OFF],
            )
            for (hour_at, dimension), lines in sorted(by_row.items())
        )
        unsettled = tuple(format_hour(one) for one in used.unsettled if one >= first_at)
        return MonthOfUsage(rows, unsettled)

    def _settled(
        self, subscription: SubscriptionKey, lines: Iterable[SheetLine]
    ) -> defaultdict[tuple[datetime, str], defaultdict[SettledAs, Decimal]]:
        """Return what was settled of units that AWS does not bill, by hour and dimension."""
        found = defaultdict[tuple[datetime, str], defaultdict[SettledAs, Decimal]](
            lambda: defaultdict(Decimal)
        )
        unbilled = {line.hour_at for line in lines if line.standing in _UNBILLED and line.units}
        for log in self._logs(subscription, unbilled):
            carries = self.ledger.carries(log)
            settled = [
                (one.key.meter, one.units, one.status.settlement)
                for batch in self.ledger.batches(log)
                for one in batch.records
            ]
            settled += [
                (meter, part.quantity, carry.settlement_of(meter))
                for carry in carries.values()
                for meter in {one.meter for one in carry.settlements}
                for part in staying_parts(carry, meter, carries)
            ]
            for meter, units, settlement in settled:
                if meter.subscription == subscription and settlement is not None:
                    found[log.hour_at, meter.dimension][settlement.settled_as] += units
        return found

    def _logs(self, subscription: SubscriptionKey, hours: Iterable[datetime]) -> Iterator[LogKey]:
        for hour_at in sorted(hours):
            for shard in shards_of(subscription, self.shards):
                yield LogKey(hour_at, shard)

    def _moves(
        self, subscription: SubscriptionKey, lines: Iterable[SheetLine]
    ) -> tuple[
        defaultdict[tuple[datetime, str], set[str]], defaultdict[tuple[datetime, str], set[str]]
    ]:
        """Return to which hours usage went, and from which it came, by hour and dimension."""
        to = defaultdict[tuple[datetime, str], set[str]](set)
        origins = defaultdict[tuple[datetime, str], set[str]](set)
        left = {line.hour_at for line in lines if line.standing is Standing.CARRIED}
        for log in self._logs(subscription, left):
            for carry in self.ledger.carries(log).values():
                for part in () if carry.is_withheld else carry.parts:
                    meter: MeterKey = part.meter
                    if meter.subscription == subscription:
                        hour_at = carry.target.hour_at
                        to[log.hour_at, meter.dimension].add(format_hour(hour_at))
                        origins[hour_at, meter.dimension].add(format_hour(log.hour_at))
        return to, origins


def add_up(rows: Iterable[StatementRow]) -> Iterator[StatementRow]:
    """Yield one row for all hours of each subscription and dimension."""
    found: dict[tuple[str, str], StatementRow] = {}
    for row in rows:
        key = (row.subscription, row.dimension)
        known = found.get(key, StatementRow(row.subscription, ALL_HOURS, row.dimension))
        sums = {name: getattr(known, name) + getattr(row, name) for name in NUMBERS}
        found[key] = replace(known, **sums)
    yield from (found[key] for key in sorted(found))


def _row(subscription: str, hour: str, dimension: str, lines: Iterable[SheetLine]) -> StatementRow:
    row = StatementRow(subscription, hour, dimension)
    for line in lines:
        name = _NAMES.get(line.standing, line.standing.value)
        units = getattr(row, name) + line.units
        row = replace(row, used=row.used + line.units, **{name: units})
    return row
