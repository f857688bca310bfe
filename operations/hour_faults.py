"""What is wrong in one hour log, as far as the hour itself tells."""

from collections.abc import Iterator
from decimal import Decimal

from meterhouse.domain.accounting.balances import ZERO, Balance, Standing
from meterhouse.domain.journal.carrying import Carry, record_name
from meterhouse.domain.keys import MeterKey
from meterhouse.domain.quantity import format_quantity
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.record import MeteringRecord, contradictions
from operations.findings import Fault, FaultKind
from operations.hour_reading import HourReading


def faults_of_segments(reading: HourReading) -> Iterator[Fault]:
    """Yield the segments whose units are in no line, and manifests that must be there."""
    for name, reason in reading.unreadable.items():
        detail = f"its units are in no line: {reason}"
        yield Fault(f"{reading.log}/{name}", FaultKind.SEGMENT_UNREADABLE, detail)
    for name in reading.missing:
        detail = "it counts, and is not there; its units are in no line"
        yield Fault(f"{reading.log}/{name}", FaultKind.SEGMENT_MISSING, detail)
    for name in reading.head.aside:
        detail = "it could not be read when its hour was closed; it counts once it can be read"
        yield Fault(f"{reading.log}/{name}", FaultKind.SEGMENT_ASIDE, detail)


def faults_of_manifests(reading: HourReading) -> Iterator[Fault]:
    """Yield the generations of which it is not known any more what counts."""
    dealt_with = max([reading.head.done, *(batch.through + 1 for batch in reading.batches)])
    for generation in range(dealt_with):
        if generation not in reading.manifests:
            detail = f"the manifest of generation {generation} is not there; all of it is counted"
            yield Fault(str(reading.log), FaultKind.MANIFEST_MISSING, detail)


def faults_of_records(reading: HourReading) -> Iterator[Fault]:
    """Yield the records that contradict themselves."""
    for _, _, record in reading.records:
        clauses = "; ".join(contradictions(record))
        if clauses:
            yield Fault.of_record(record.key, FaultKind.STATE_IMPOSSIBLE, f"it {clauses}")


def frozen_too_early(reading: HourReading, closed: int) -> Iterator[Fault]:
    """Yield the batches that hold more generations than the first `closed` ones."""
    for batch in reading.batches:
        if batch.through >= closed:
            detail = f"it was frozen through generation {batch.through}, which is not closed"
            yield Fault(str(batch.key), FaultKind.FROZEN_TOO_EARLY, detail)


def take_stranded(reading: HourReading, balance: Balance, *, is_whole: bool) -> str | None:
    """Take their places from units of which nothing will become; return what is wrong with them.

    `is_whole` tells that all batches of the hour could be read. Usage that is held for want of a
    registration is in none of them.
    """
    units = reading.fold.meters[balance.meter].units if _is_unfrozen(reading, balance) else ZERO
    if units and not is_whole and not balance.standings[Standing.HELD]:
        _unplace(balance, units)
        return f"{format_quantity(units)} units may be in a batch that cannot be read"
    if not reading.is_finished:
        return None
    if units and balance.meter in reading.dealt_with:
        _unplace(balance, units)
        return f"{format_quantity(units)} units have no record, and nothing will make one"
    rest = _rest_left_behind(reading, balance.meter)
    if rest:
        balance.place(Standing.PENDING, -rest)
        return f"{format_quantity(rest)} units beyond AWS's largest quantity were not carried on"
    return None


def _is_unfrozen(reading: HourReading, balance: Balance) -> bool:
    return not balance.records and balance.meter in reading.fold.meters


def _unplace(balance: Balance, units: Decimal) -> None:
    """Take the place of usage without a record, wherever it stands."""
    standing = Standing.HELD if balance.standings[Standing.HELD] else Standing.PENDING
    balance.place(standing, -units)


def _rest_left_behind(reading: HourReading, meter: MeterKey) -> Decimal:
    """Return the units beyond the largest quantity that left no carry behind.

    Batches that were frozen after the head was read may still do it.
    """
    rest = sum(
        (
            record.sealed.rest_units
            for batch, _, record in reading.records
            if record.key.meter == meter and batch.through < reading.head.done
        ),
        ZERO,
    )
    return rest and rest - _units_of(reading.carries, "rest#", meter)


def lost_records(
    reading: HourReading, carries: dict[str, Carry]
) -> Iterator[tuple[MeteringRecord, Decimal]]:
    """Yield the records that went to a later hour without a carry that says so, with its units."""
    for batch, place, record in reading.records:
        if record.state is RecordState.CARRIED and record.status.due_at is None:
            prefix = f"{record_name(batch.key.name, place)}#"
            carried = _units_of(carries, prefix, record.key.meter)
            if carried != record.units:
                yield record, carried


def _units_of(carries: dict[str, Carry], prefix: str, meter: MeterKey) -> Decimal:
    return sum(
        (
            part.quantity
            for name, carry in carries.items()
            if name.startswith(prefix) and carry.is_settled
            for part in carry.all_parts
            if part.meter == meter
        ),
        ZERO,
    )
