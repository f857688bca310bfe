"""Carry usage to a later hour, so that it counts there once, whatever happens (ADR 0013).

Write down what goes where; append it there; look whether it will count; only if it certainly does
not, write another target down.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import count, takewhile
from types import MappingProxyType
from typing import NamedTuple

from meterhouse.domain.journal.carrying import (
    Arrival,
    Carry,
    KeptPart,
    judge_arrival,
    record_name,
    rest_name,
    target_of,
    waiting_parts,
)
from meterhouse.domain.journal.closing import carried_parts
from meterhouse.domain.journal.segments import CarriedPart, encode_carried
from meterhouse.domain.keys import LogKey, MeterKey, RecordKey
from meterhouse.domain.packing import pack
from meterhouse.domain.records.policy import MeteringPolicy
from meterhouse.domain.records.reasons import STRANGERS, UNCOVERED, Reason
from meterhouse.domain.records.record import Batch
from meterhouse.errors import CommandRefusedError
from meterhouse.ports.ledger import StoredSegment, UsageLedger
from meterhouse.ports.process import Clock, Report

TARGETS_MAX = 3
# A carry and its segment are items of 400 KB; parts are counted before they are compressed.
CARRY_BYTES_MAX = 300_000
_PART_BYTES = 64
# What exceeds such a record's largest quantity stays as the record does.
_KEPT = UNCOVERED | STRANGERS


class Carried(NamedTuple):
    """Whether all has arrived that could go, and the meters of which more was written down.

    Something `waits` if it could not go yet.
    """

    has_arrived: bool
    waits: bool = False
    meters: frozenset[MeterKey] = frozenset()


@dataclass(frozen=True, slots=True)
class CarryUsage:
    """The use case; see its methods. Each tells whether everything has arrived."""

    ledger: UsageLedger
    clock: Clock
    report: Report
    policy: MeteringPolicy

    def __call__(
        self,
        log: LogKey,
        name: str,
        parts: Sequence[CarriedPart],
        *,
        kept: Mapping[MeterKey, Reason] = MappingProxyType({}),
        waiting: Container[MeterKey] = (),
        known: Mapping[str, Carry] | None = None,
    ) -> Carried:
        """Carry parts away from a log; the same name always stands for the same parts.

        Those of the meters that are `kept` stay, for good, if that is known when they are first
        written down; those of the meters that are `waiting` go another time. What goes at different
        times goes by numbers: who finds the next one taken has not seen all that went, and stops.
        What is `known` of the log's carries is not read again.
        """
        if not parts:
            return Carried(has_arrived=True)
        known = self.ledger.carries(log) if known is None else known
        numbered = (f"{name}#{number:03}" for number in count())
        stands = [known[one] for one in takewhile(known.__contains__, numbered)]
        went = {part[::2] for carry in stands for part in carry.all_parts}
        left = [part for part in parts if part[::2] not in went]
        ready = [part for part in left if part.meter not in waiting]
        arrived = [self._carry(carry) for carry in stands]
        fresh: set[MeterKey] = set()
        shares = pack(ready, _weight_of, weight_max=CARRY_BYTES_MAX)
        for number, share in enumerate(shares, len(stands)):
            carry = self._write_down(log, f"{name}#{number:03}", share, kept)
            arrived.append(self._carry(carry))
            if {*carry.all_parts} != {*share}:
                # What else is to go may be in it: the next closing sees what is left.
                arrived.append(False)
                break
            fresh.update(part.meter for part in share)
        return Carried(all(arrived), len(ready) < len(left), frozenset(fresh))

    def rest(self, batch: Batch) -> bool:
        """Carry what goes beyond the largest quantity of a batch's records."""
        parts = [
            part
            for record in batch.records
            for part in carried_parts(record.key.meter, record.sealed.rest)
        ]
        kept = {
            record.key.meter: Reason(record.status.reason)
            for record in batch.records
            if record.status.reason in _KEPT
        }
        # Records that met no allowance are never in one batch with others.
        met = all(record.sealed.included is not None for record in batch.records)
        return self(batch.key.log, rest_name(batch.key.name, met=met), parts, kept=kept).has_arrived

    def record(self, batch: Batch, place: int) -> bool:
        """Carry the whole quantity of a batch's record that AWS surely never accepted."""
        record = batch.records[place]
        parts = carried_parts(record.key.meter, record.sealed.parts)
        met = record.sealed.included is not None
        return self(batch.key.log, record_name(batch.key.name, place, met=met), parts).has_arrived

    def take_along(self, log: LogKey, meter: MeterKey) -> bool:
        """Write down that what was kept of a meter, for nobody knew its subscription, goes on.

        The log's next closing carries it. Returns whether there is anything to be carried. Raises
        CommandRefusedError if somebody dealt with it meanwhile.
        """
        known = self.ledger.carries(log)
        found = False
        for carry in known.values():
            waiting = waiting_parts(carry, meter)
            if waiting is not None:
                name, parts = waiting
                keeper = replace(
                    carry, taken_along=carry.taken_along | {meter}, version=carry.version + 1
                )
                stands = known.get(name) or self._write_down(log, name, parts, {}, keeper=keeper)
                if stands.name != name:
                    raise CommandRefusedError(
                        "changed_meanwhile", f"what stays in {log} was changed meanwhile; try again"
                    )
                found |= not stands.is_settled
        return found

    def redriven(self, log: LogKey) -> bool:
        """Carry what was kept and is to go on after all."""
        carries = self.ledger.carries(log).values()
        arrived = [self._carry(one) for one in carries if one.is_redriven]
        return all(arrived)

    def _carry(self, carry: Carry) -> bool:
        for _ in range(TARGETS_MAX):
            if carry.is_settled:
                return True
            if self.policy.may_be_billed(carry.log.hour_at) and not self._is_there(carry):
                return self._withhold(carry)
            match self._deliver(carry):
                case Arrival.ARRIVED:
                    stands = self.ledger.write_carry(
                        replace(carry, has_arrived=True, version=carry.version + 1)
                    )
                    self._report(stands)
                    return stands.has_arrived
                case Arrival.UNDECIDED:
                    return False
                case Arrival.MISSED:
                    carry = self._send_elsewhere(carry)
        return False

    def _write_down(
        self,
        log: LogKey,
        name: str,
        parts: Sequence[CarriedPart],
        kept: Mapping[MeterKey, Reason],
        *,
        keeper: Carry | None = None,
    ) -> Carry:
        now = self.clock.now()
        target = target_of(log, now)
        if self.policy.may_be_billed(log.hour_at):
            kept = {}  # A lost table may have carried it: nobody can call it unbilled.
        carry = Carry(
            log,
            name,
            tuple(part for part in parts if part.meter not in kept),
            now,
            target,
            generation=self._open_generation(target),
            kept=tuple(KeptPart(one, kept[one.meter]) for one in parts if one.meter in kept),
        )
        stands = self.ledger.write_carry(carry, keeper=keeper)
        if stands == carry:
            self._report_kept(carry)
        return stands

    def _send_elsewhere(self, carry: Carry) -> Carry:
        target = target_of(carry.log, self.clock.now())
        moved = replace(
            carry,
            target=target,
            generation=self._open_generation(target),
            version=carry.version + 1,
        )
        return self.ledger.write_carry(moved)

    def _is_there(self, carry: Carry) -> bool:
        """Tell whether a carry's segment was appended before."""
        there = self.ledger.segments(carry.target, carry.generation)
        return any(one.name == carry.segment_name for one in there)

    def _withhold(self, carry: Carry) -> bool:
        """Let usage go nowhere that a lost table may have carried to an hour of its own choice."""
        withheld = replace(carry, is_withheld=True, version=carry.version + 1)
        stands = self.ledger.write_carry(withheld)
        if stands == withheld:
            units = _units_of(carry)
            self.report.count("UnitsWithheld", float(units))
            self.report.failure("usage_withheld", origin=carry.origin, units=str(units))
        return stands.is_settled

    def _open_generation(self, target: LogKey) -> int:
        head = self.ledger.heads([target]).get(target)
        return 0 if head is None else head.open

    def _deliver(self, carry: Carry) -> Arrival:
        """Append the carried segment, and look whether it counts."""
        target = carry.target
        segment = encode_carried(target.hour_at, carry.origin, carry.parts, carry.carried_at)
        stored = StoredSegment(carry.generation, segment.name, segment.blob)
        self.ledger.append(target, stored)
        now = self.clock.now()
        due_at = self.policy.due_time_of(target.hour_at, now)
        head = self.ledger.heads([target]).get(target)
        if head is None:
            is_new = self.ledger.open_log(target, due_at, now)
            return Arrival.ARRIVED if is_new else Arrival.UNDECIDED
        manifest = None
        if head.open > carry.generation:
            manifest = self.ledger.manifests(target).get(carry.generation)
        arrival = judge_arrival(carry, head, manifest)
        if arrival is Arrival.ARRIVED and head.open <= carry.generation:
            # Whoever closes the generation must be told of it; that it is still open is part of it.
            if head.due_at is not None:
                due_at = min(head.due_at, due_at)
            is_told = self.ledger.wake(target, carry.generation, due_at, now)
            return Arrival.ARRIVED if is_told else Arrival.UNDECIDED
        return arrival

    def _report_kept(self, carry: Carry) -> None:
        units: dict[tuple[MeterKey, Reason], Decimal] = {}
        for (meter, quantity, _), reason in carry.kept:
            units[meter, reason] = units.get((meter, reason), Decimal(0)) + quantity
        for (meter, reason), of_meter in units.items():
            self.report.count("RecordsRejected", reason=reason)
            self.report.failure(
                "late_usage_rejected",
                record=str(RecordKey(*meter, carry.log.hour_at)),
                reason=reason,
                units=str(of_meter),
            )

    def _report(self, carry: Carry) -> None:
        units = _units_of(carry)
        if carry.target.hour_at.month != carry.log.hour_at.month:
            # Its buyer is billed on the next month's invoice.
            self.report.count("UnitsMovedToAnotherMonth", float(units))
        self.report.event(
            "usage_carried",
            origin=carry.origin,
            target=str(carry.target),
            meters=len({part.meter for part in carry.parts}),
            units=str(units),
        )


def _units_of(carry: Carry) -> Decimal:
    return sum((part.quantity for part in carry.parts), Decimal(0))


def _weight_of(part: CarriedPart) -> int:
    texts = [*part.meter, *(text for tag in part.tags for text in tag)]
    return _PART_BYTES + sum(len(text.encode()) for text in texts)
