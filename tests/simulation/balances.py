"""Where the units of a ledger's logs are, in one place each: the balance of everything at once.

The accounting balances one log at a time, while others write. When nothing happens any more, more
must be true: nothing waits, and what left all the logs together arrived in them, part by part.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from meterhouse.domain.accounting.balances import Balance, Standing, balance_log, standing_of
from meterhouse.domain.journal.carrying import Carry
from meterhouse.domain.journal.head import Head
from meterhouse.domain.keys import MeterKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.use_cases.journal.read_log import read_whole_log
from tests.fakes.ledger import InMemoryLedger

Moved = dict[tuple[MeterKey, str], Decimal]
"""Units by meter and origin."""
_Place = tuple[SubscriptionKey, str, datetime, Standing]


def missing_places(ledger: InMemoryLedger) -> Iterator[str]:
    """Say of everything that has no place, or two, what it is."""
    left, arrived = Moved(), Moved()
    for log, head in sorted(ledger.stored_heads.items()):
        if head.done != head.open or not head.is_settled:
            yield f"{log} has not been dealt with: {head.done} of {head.open} generations"
        for balance in _balances_of(ledger, head):
            _add(left, balance.meter, balance.left)
            _add(arrived, balance.meter, balance.arrived)
            yield from (f"{log}: {trouble}" for trouble in _troubles_of(balance))
    for carry in ledger.stored_carries.values():
        is_gone = carry.has_arrived and _counts(ledger, carry)
        if carry.parts and not carry.is_withheld and not is_gone:
            yield f"{carry.origin} has not arrived in {carry.target}"
    for moved in sorted(left.keys() | arrived.keys()):
        units = left.get(moved, Decimal(0)), arrived.get(moved, Decimal(0))
        if units[0] != units[1]:
            yield f"{units[0]} left by {moved[1]} of {moved[0]}, and {units[1]} arrived"
    for log in sorted(ledger.stored_segments.keys() - ledger.stored_heads.keys()):
        yield f"{log} has segments, but no head"
    yield from _wrong_sheets(ledger)


def _wrong_sheets(ledger: InMemoryLedger) -> Iterator[str]:
    """Compare the sheets of all days with the records that they tell of."""
    told: dict[_Place, Decimal] = {
        (sheet.subscription, line.dimension, line.hour_at, line.standing): line.units
        for sheet in ledger.stored_sheets.values()
        for line in sheet.lines
        if line.standing is not Standing.CARRIED
    }
    true: dict[_Place, Decimal] = {
        (*record.key, standing_of(record)): record.units
        for batch in ledger.stored_batches.values()
        for record in batch.records
        if record.state is not RecordState.CARRIED
    }
    for record in (one for batch in ledger.stored_batches.values() for one in batch.records):
        if record.included:
            true[*record.key, Standing.INCLUDED] = record.included
    for carry in ledger.stored_carries.values():
        for (subscription, dimension), units, _ in carry.parts if carry.is_withheld else ():
            place = subscription, dimension, carry.log.hour_at, Standing.EXPIRED
            true[place] = true.get(place, Decimal(0)) + units
        # What an earlier carry kept is refused no more when it is redriven.
        gone = [(part, -1) for part in carry.parts if carry.is_redriven]
        for part, sign in (*((one.part, 1) for one in carry.kept), *gone):
            place = *part.meter, carry.log.hour_at, Standing.REJECTED
            true[place] = true.get(place, Decimal(0)) + sign * part.quantity
    for place in sorted(told.keys() | true.keys()):
        if told.get(place) != true.get(place):
            yield f"sheets say of {place} {told.get(place)}, and records {true.get(place)}"


def _balances_of(ledger: InMemoryLedger, head: Head) -> list[Balance]:
    batches = ledger.batches(head.log)
    reading = read_whole_log(ledger, head.log, batches)
    return balance_log(head, reading.fold, batches, ledger.carries(head.log).values())


def _troubles_of(balance: Balance) -> Iterator[str]:
    if balance.difference:
        yield f"{balance.meter} does not balance: {balance.difference} of {balance.journalled}"
    for standing in (Standing.PENDING, Standing.HELD):
        if balance.standings[standing]:
            yield f"{balance.meter} has {balance.standings[standing]} {standing}"


def _counts(ledger: InMemoryLedger, carry: Carry) -> bool:
    """Tell whether a segment is where it arrived, or in a later generation, once recovered."""
    there = ledger.stored_segments.get(carry.target, {})
    return any(
        carry.segment_name in names and (generation, carry.segment_name) in there
        for generation, names in ledger.manifests(carry.target).items()
    )


def _add(moved: Moved, meter: MeterKey, by_origin: Mapping[str, Decimal]) -> None:
    for origin, units in by_origin.items():
        moved[meter, origin] = moved.get((meter, origin), Decimal(0)) + units
