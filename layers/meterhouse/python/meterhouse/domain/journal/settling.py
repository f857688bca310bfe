"""Settling usage that ended unbilled, and taking that back: what changes, and what is on record."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from meterhouse.domain.journal.carrying import Carry, MeterSettlement, staying_parts
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records.audit_trail import Action, AuditEntry, standing_text
from meterhouse.domain.records.record import Batch, MeteringRecord, PlacedRecord
from meterhouse.domain.records.settlement import Reopening, Settlement, SettlingWord
from meterhouse.errors import CommandRefusedError

# A carry is an item of 400 KB, of which its parts take most: carry_usage.CARRY_BYTES_MAX.
SETTLEMENTS_PER_CARRY_MAX = 25


@dataclass(frozen=True, slots=True)
class Settling:
    """What a word changes: the next versions of a batch and of carries, and what of the record.

    Nothing, if what it says stands already.
    """

    batch: Batch | None = None
    carries: tuple[Carry, ...] = ()
    units: Decimal = Decimal(0)
    after: MeteringRecord | None = None


def decide_settling(
    word: SettlingWord, key: RecordKey, placed: PlacedRecord, carries: Iterable[Carry]
) -> Settling:
    """Return what settles a record and the late usage that stays with it, or opens them again.

    `carries` are those of the record's log. Raises CommandRefusedError when there is nothing
    that the word could be about.
    """
    late = _late_of(word, key, carries)
    record = placed.record
    stands = record.status.settlement
    match word:
        case Settlement():
            is_meant = record.needs_person
            if stands is not None and not late:
                if stands.says_the_same(word):
                    return Settling()
                raise CommandRefusedError(
                    f"settled: {stands.settled_as}",
                    f"record {key} is settled already, as {stands.settled_as}: reopen it first",
                )
        case Reopening():
            is_meant = stands is not None
    if not is_meant and not late:
        raise _nothing_to_do(word, record)
    settlement = word if isinstance(word, Settlement) else None
    changed = tuple(_settled(carry, key, settlement) for carry in late)
    if not is_meant:
        return Settling(None, changed, after=record)
    status = replace(record.status, settlement=settlement)
    batch = placed.batch.with_statuses({placed.place: status})
    return Settling(batch, changed, record.units, batch.records[placed.place])


def entry_of(
    word: SettlingWord, key: RecordKey, before: MeteringRecord, settling: Settling
) -> AuditEntry:
    """Return what the audit trail says of a word and what it changes."""
    after = settling.after or before
    match word:
        case Settlement(settled_as, reason, reference, operator, at):
            action = Action(settled_as)
        case Reopening(reason, operator, at):
            action, reference = Action.REOPENED, None
    late = (one for carry in settling.carries for one in carry.kept)
    return AuditEntry(
        done_at=at,
        action=action,
        record=key,
        units=settling.units,
        late_units=sum((p.quantity for p, _ in late if p.meter == key.meter), Decimal(0)),
        operator=operator,
        reason=reason,
        reference=reference,
        before=standing_text(before),
        after=standing_text(after),
    )


def _late_of(word: SettlingWord, key: RecordKey, carries: Iterable[Carry]) -> list[Carry]:
    """Return the carries that keep usage of the record's meter of which the word can be."""
    known = {carry.name: carry for carry in carries}
    is_wanted = isinstance(word, Reopening)
    return [
        carry
        for carry in known.values()
        if staying_parts(carry, key.meter, known)
        and (carry.settlement_of(key.meter) is not None) == is_wanted
    ]


def _settled(carry: Carry, key: RecordKey, settlement: Settlement | None) -> Carry:
    others = tuple(one for one in carry.settlements if one.meter != key.meter)
    new = () if settlement is None else (MeterSettlement(key.meter, settlement),)
    if len({one.settlement for one in (*others, *new)}) > SETTLEMENTS_PER_CARRY_MAX:
        raise CommandRefusedError(
            "too_many_settlements",
            f"late usage of hour {carry.log} was settled in {SETTLEMENTS_PER_CARRY_MAX} commands "
            "already: reopen some of them, and settle their records in one command",
        )
    return replace(carry, settlements=(*others, *new), version=carry.version + 1)


def _nothing_to_do(word: SettlingWord, record: MeteringRecord) -> CommandRefusedError:
    state = record.state.value
    if isinstance(word, Reopening):
        return CommandRefusedError("not_settled", f"record {record.key} is not settled")
    return CommandRefusedError(
        f"not_unbilled: {state}",
        f"record {record.key} is {state}: only what is REJECTED, DISPUTED or EXPIRED is settled, "
        "and late usage that stays",
    )
