"""One month of a subscription: each hour's units by where they stand, and where they went."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from decimal import Decimal

from meterhouse.domain.accounting.balances import ZERO, Standing
from meterhouse.domain.accounting.sheets import DAY, SheetLine
from meterhouse.domain.hours import HOUR, format_hour
from meterhouse.domain.journal.carrying import staying_parts
from meterhouse.domain.journal.head import Head
from meterhouse.domain.keys import LogKey, MeterKey, shards_of
from meterhouse.domain.records.policy import LATE_USAGE_MAX
from meterhouse.domain.records.settlement import SettledAs
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.ports.ledger import Due, UsageLedger
from meterhouse.use_cases.accounting.read_usage import ReadUsage

ALL_HOURS = "all"
# Of the index so many entries are read; more of them are not worth more than a month's heads.
ENTRIES_MAX = 5_000


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One hour and dimension of a subscription, or all hours of a dimension.

    `used` is what was used or carried in: the sum of what is billed, included, pending, held,
    rejected, disputed, expired and carried out. `included` is what the buyer's contract includes,
    of which AWS is told nothing (ADR 0034). `carried_out` is billed in `carried_to`, and stands
    there as used once more, with this hour in `carried_from`. `billed_elsewhere` and `written_off`
    are what a person settled of the rejected, disputed and expired, which they are a part of.
    """

    subscription: str
    hour: str
    dimension: str
    used: Decimal = ZERO
    billed: Decimal = ZERO
    included: Decimal = ZERO
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
    _heads: dict[tuple[datetime, datetime], list[Head]] = field(default_factory=dict, init=False)
    _due: list[Due] = field(default_factory=list, init=False)

    def __call__(
        self, subscription: SubscriptionKey, days: tuple[datetime, datetime]
    ) -> MonthOfUsage:
        """Return the month; where usage came from is looked for as far back as it may come late."""
        first_at, last_at = days
        heads = self._heads_of(first_at, last_at + DAY - HOUR)
        used = ReadUsage(self.ledger, self.shards)(subscription, first_at, last_at, heads=heads)
        earlier = self._left_before(subscription, first_at)
        left = {line.hour_at for line in used.lines if line.standing is Standing.CARRIED}
        to, origins = self._moves(subscription, left | earlier)
        by_row = defaultdict[tuple[datetime, str], list[SheetLine]](list)
        for line in used.lines:
            by_row[line.hour_at, line.dimension].append(line)
        settled = self._settled(subscription, used.lines)
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
        return MonthOfUsage(rows, tuple(map(format_hour, used.unsettled)))

    def _heads_of(self, first_at: datetime, last_at: datetime) -> list[Head]:
        """Return the heads of some hours, which are read once for all subscriptions."""
        span = (first_at, last_at)
        if span not in self._heads:
            self._heads[span] = [*self.ledger.heads_between(*span)]
        return self._heads[span]

    def _left_before(self, subscription: SubscriptionKey, first_at: datetime) -> set[datetime]:
        """Return the hours before a month from which something may have been carried into it.

        Sheets name those of filed days. The index holds the others, which are few, so that the
        heads of a whole month need not be read.
        """
        since_at, last_at = first_at - LATE_USAGE_MAX - DAY, first_at - HOUR
        left = {
            line.hour_at
            for sheet in self.ledger.sheets(subscription, since_at, last_at.replace(hour=0))
            for line in sheet.lines
            if line.standing is Standing.CARRIED
        }
        if not self._due:
            self._due.extend(self.ledger.due(now=None, count_max=ENTRIES_MAX))
        if len(self._due) == ENTRIES_MAX:
            heads = self._heads_of(since_at, last_at)
            return left | {one.log.hour_at for one in heads if one.due_at is not None}
        unfiled = {one.key.hour_at for one in self._due if isinstance(one.key, LogKey)}
        return left | {hour_at for hour_at in unfiled if since_at <= hour_at <= last_at}

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
        self, subscription: SubscriptionKey, left: Iterable[datetime]
    ) -> tuple[
        defaultdict[tuple[datetime, str], set[str]], defaultdict[tuple[datetime, str], set[str]]
    ]:
        """Return to which hours usage went, and from which it came, by hour and dimension."""
        to = defaultdict[tuple[datetime, str], set[str]](set)
        origins = defaultdict[tuple[datetime, str], set[str]](set)
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
