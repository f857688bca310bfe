"""Accounting: every unit that was journalled has a place, to the last decimal.

Each meter of each hour balances: what the segments in manifests hold = what its record bills or
failed to bill + what its contract includes + what was carried on + what still waits. And each carry
balances: what left one hour counts in another.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from meterhouse.domain.journal.carrying import Carry
from meterhouse.domain.journal.folding import LogFold
from meterhouse.domain.journal.head import Head
from meterhouse.domain.journal.meter_fold import MeterFold, is_from_elsewhere, sum_entries
from meterhouse.domain.keys import MeterKey
from meterhouse.domain.records.lifecycle import UNFINISHED, RecordState
from meterhouse.domain.records.record import Batch, MeteringRecord

ZERO = Decimal(0)


class _Leave(NamedTuple):
    """What a settled carry took from a meter; what `is_kept` stays where it is, unbilled."""

    carry: Carry
    units: Decimal
    is_kept: bool


class Standing(StrEnum):
    """Where units stand in a meter's balance."""

    METERED = "metered"
    PENDING = "pending"
    HELD = "held"
    REJECTED = "rejected"
    DISPUTED = "disputed"
    EXPIRED = "expired"
    INCLUDED = "included"
    CARRIED = "carried"


@dataclass(slots=True)
class Balance:
    """The balance of one meter, over one hour or several.

    Attributes:
        journalled: units of all distinct events, carried usage counted where it arrived too.
        standings: the same units by where they stand.
        left: units that left for later hours, by origin.
        arrived: units that came from earlier hours, by origin.
        records: how many records there are.
        entries: how many entries the journal holds, repeats included.

    """

    meter: MeterKey
    journalled: Decimal = ZERO
    standings: dict[Standing, Decimal] = field(
        default_factory=lambda: dict.fromkeys(Standing, ZERO)
    )
    left: dict[str, Decimal] = field(default_factory=dict)
    arrived: dict[str, Decimal] = field(default_factory=dict)
    records: int = 0
    entries: int = 0

    def place(self, standing: Standing, units: Decimal) -> None:
        """Give units a place."""
        self.standings[standing] += units

    def add(self, other: "Balance") -> None:
        """Add another hour's balance of the same meter."""
        self.journalled += other.journalled
        for standing, units in other.standings.items():
            self.standings[standing] += units
        for origin, units in other.left.items():
            self.left[origin] = self.left.get(origin, ZERO) + units
        for origin, units in other.arrived.items():
            self.arrived[origin] = self.arrived.get(origin, ZERO) + units
        self.records += other.records
        self.entries += other.entries

    @property
    def unfinished(self) -> Decimal:
        """Units that still wait for something."""
        return self.standings[Standing.PENDING] + self.standings[Standing.HELD]

    @property
    def difference(self) -> Decimal:
        """Units without a place; zero unless something is wrong."""
        return self.journalled - sum(self.standings.values(), ZERO)


def balance_log(
    head: Head, fold: LogFold, batches: Iterable[Batch], carries: Iterable[Carry]
) -> list[Balance]:
    """Balance every meter of one hour log.

    The carries must have been read before the segments, and the head before both: what came since
    is then usage that still waits.
    """
    records: dict[MeterKey, list[MeteringRecord]] = {}
    for batch in batches:
        for one in batch.records:
            records.setdefault(one.key.meter, []).append(one)
    balances = {meter: Balance(meter) for meter in sorted(fold.meters.keys() | records.keys())}
    left = _units_left(carries)
    for meter, balance in balances.items():
        usage = fold.meters.get(meter, MeterFold())
        _place(balance, usage, records.get(meter, []), head=head, left=left.get(meter, []))
    return list(balances.values())


def _units_left(carries: Iterable[Carry]) -> Mapping[MeterKey, list[_Leave]]:
    """Return what carries that are settled took away from each meter."""
    left: dict[MeterKey, list[_Leave]] = {}
    for carry in (one for one in carries if one.is_settled):
        kept = {one.part.meter for one in carry.kept}
        units: dict[MeterKey, Decimal] = {}
        for meter, quantity, _ in carry.all_parts:
            units[meter] = units.get(meter, ZERO) + quantity
        for meter, quantity in units.items():
            left.setdefault(meter, []).append(_Leave(carry, quantity, meter in kept))
    return left


def _place(
    balance: Balance,
    usage: MeterFold,
    records: list[MeteringRecord],
    *,
    head: Head,
    left: list[_Leave],
) -> None:
    """Give every unit of one meter its place."""
    late = {generation: sum_entries(counted) for generation, counted in usage.late.items()}
    balance.journalled = usage.units + usage.late_units
    balance.entries = usage.entries
    for counted in (usage.own, *usage.late.values()):
        for origin, known in counted.items():
            if is_from_elsewhere(origin):
                # What was recovered stands in several generations, and is counted in one of them.
                units = sum((entry[0] for entry in known.values()), ZERO)
                balance.arrived[origin] = balance.arrived.get(origin, ZERO) + units
    went = [one for one in left if not one.is_kept]
    balance.left = {one.carry.origin: one.units for one in went if one.carry.has_arrived}
    withheld = _sum_of(one for one in went if one.carry.is_withheld)
    # A record that was carried whole stands as CARRIED itself.
    carried = _sum_of(one for one in went if not one.carry.name.startswith("record#"))
    balance.place(Standing.CARRIED, carried - withheld)
    balance.place(Standing.EXPIRED, withheld)
    kept = _sum_of(one for one in left if one.is_kept)
    balance.place(Standing.REJECTED, kept - _sum_of(o for o in went if o.carry.is_redriven))
    late_waiting = sum((units for g, units in late.items() if g >= head.done), ZERO)
    late_dealt_with = _sum_of(one for one in left if _generation_of(one.carry) >= head.done)
    balance.place(Standing.PENDING, late_waiting - late_dealt_with)
    if not records:
        is_held = balance.meter.subscription in head.waiting
        balance.place(Standing.HELD if is_held else Standing.PENDING, usage.units)
        return
    balance.records = len(records)
    for record in records:
        balance.place(standing_of(record), record.units)
        balance.place(Standing.INCLUDED, record.included)
    rest = sum((one.sealed.rest_units for one in records), ZERO)
    rest_left = _sum_of(one for one in left if one.carry.name.startswith("rest#"))
    balance.place(Standing.PENDING, rest - rest_left)


def _generation_of(carry: Carry) -> int:
    """Return the generation whose late usage a carry took, or -1 for another kind."""
    kind, _, rest = carry.name.partition("#")
    return int(rest.partition("#")[0]) if kind == "late" else -1


def _sum_of(left: Iterable[_Leave]) -> Decimal:
    return sum((one.units for one in left), ZERO)


def standing_of(record: MeteringRecord) -> Standing:
    """Return where a record's units stand."""
    if record.state in UNFINISHED:
        return Standing.PENDING if record.status.reason is None else Standing.HELD
    if record.state is RecordState.CARRIED and record.status.due_at is not None:
        return Standing.PENDING
    return Standing(record.state.value.lower())
