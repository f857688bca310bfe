"""Auditing a ledger: the balance of every meter over all its hours, and what spoils it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from meterhouse.domain.accounting.balances import Balance, balance_log
from meterhouse.domain.journal.head import Head
from meterhouse.domain.keys import LogKey, MeterKey, RecordKey
from meterhouse.domain.quantity import format_quantity
from meterhouse.ports.ledger import UsageLedger
from operations.careful_ledger import Noted, Part
from operations.crossings import Crossings
from operations.findings import (
    EVERYTHING,
    Crossed,
    Fault,
    FaultKind,
    Findings,
    Scope,
    Statement,
    in_order,
)
from operations.hour_faults import (
    faults_of_manifests,
    faults_of_records,
    faults_of_segments,
    frozen_too_early,
    lost_records,
    take_stranded,
)
from operations.hour_list import HourList
from operations.hour_reading import HourReading, read_hour

if TYPE_CHECKING:
    from meterhouse.domain.records.record import BatchKey


class Audit:
    """Reads a ledger hour after hour; nothing here writes.

    `noted` is where the ledger itself notes what it cannot read, if it does, and `shards` into how
    many shards its hours are cut, if it says so.
    """

    def __init__(
        self,
        ledger: UsageLedger,
        scope: Scope = EVERYTHING,
        *,
        noted: Sequence[Noted] = (),
        shards: int | None = None,
    ) -> None:
        self._ledger = ledger
        self._scope = scope
        self._noted = noted
        self._hours = HourList(ledger, scope, noted, shards)
        self._crossings = Crossings(scope)
        self._balances: dict[MeterKey, Balance] = {}
        self._lost: defaultdict[MeterKey, Decimal] = defaultdict(Decimal)
        self._faults: list[Fault] = []
        self._read: set[LogKey] = set()
        # The records of one hour, over all its shards.
        self._frozen: dict[RecordKey, BatchKey] = {}
        self._frozen_at: datetime | None = None

    def hours(self, now: datetime) -> list[Head]:
        """Return the heads of the hour logs to be read, in the order in which to read them."""
        return self._hours.read(now)

    def read(self, head: Head) -> None:
        """Read an hour log, balance its meters and see what is wrong with it."""
        self._read.add(head.log)
        reading = read_hour(self._ledger, head, self._scope.subscription)
        self._balance(reading)
        self._crossings.leave(reading.carries.values())
        self._faults += faults_of_segments(reading)
        self._faults += faults_of_records(reading)
        if not self._has_noted(head.log, Part.MANIFEST):
            self._faults += faults_of_manifests(reading)
        self._find_early_batches(reading)
        self._find_lost_records(reading)
        self._find_frozen_twice(reading)

    def findings(self) -> Findings:
        """Hold what left each hour against what arrived, and return everything that was found."""
        self._read_other_ends()
        for log in self._crossings.unexplained:
            # A carry that was written down after its hour was read.
            self._crossings.leave(self._ledger.carries(log).values())
        crossed = self._judge_crossings()
        self._faults += [*self._hours.faults(), *(one.fault for one in self._noted)]
        of_meter: defaultdict[MeterKey | None, list[Fault]] = defaultdict(list)
        for fault in self._faults:
            of_meter[fault.meter].append(fault)
        statements = [
            Statement(
                self._balances.get(meter, Balance(meter)),
                crossed.get(meter, Crossed()),
                in_order(of_meter[meter]),
            )
            for meter in sorted({*self._balances, *crossed, *filter(None, of_meter)})
            if self._scope.includes(meter)
        ]
        return Findings(self._scope, tuple(statements), in_order(of_meter[None]))

    def _read_other_ends(self) -> None:
        """Read hours that usage went to or came from, and that were not listed."""
        while unread := sorted(
            (self._crossings.targets | self._crossings.unexplained) - self._read
        ):
            for log in unread:
                head = self._hours.find(log)
                if head is None:
                    self._read.add(log)
                else:
                    self.read(head)

    def _judge_crossings(self) -> dict[MeterKey, Crossed]:
        crossed: dict[MeterKey, Crossed] = {}
        for meter, one, fault in self._crossings.judge():
            crossed[meter] = crossed.get(meter, Crossed()).plus(one)
            self._faults += [] if fault is None else [fault]
        for meter, units in self._lost.items():
            crossed[meter] = crossed.get(meter, Crossed()).plus(Crossed(lost=units))
        return crossed

    def _balance(self, reading: HourReading) -> None:
        is_whole = not self._has_noted(reading.log, Part.BATCH)
        carries = reading.carries.values()
        for balance in balance_log(reading.head, reading.fold, reading.batches, carries):
            if not self._scope.includes(balance.meter):
                continue
            reason = take_stranded(reading, balance, is_whole=is_whole)
            if balance.difference:
                record = RecordKey(*balance.meter, reading.log.hour_at)
                detail = reason or _say_difference(balance)
                self._faults.append(Fault.of_record(record, FaultKind.DIFFERENCE, detail))
            self._crossings.arrive(reading.log, balance)
            known = self._balances.get(balance.meter)
            if known is None:
                self._balances[balance.meter] = balance
            else:
                known.add(balance)

    def _has_noted(self, log: LogKey, part: Part) -> bool:
        return any(
            one.log == log and one.part is part and one.fault.kind is FaultKind.UNREADABLE
            for one in self._noted
        )

    def _find_early_batches(self, reading: HourReading) -> None:
        if any(frozen_too_early(reading, reading.head.open)):
            # Or the hour was closed after its head was read.
            head = self._hours.head_now(reading.log) or reading.head
            self._faults += frozen_too_early(reading, head.open)

    def _find_lost_records(self, reading: HourReading) -> None:
        if any(lost_records(reading, reading.carries)):
            # Or the carry arrived after the carries were read.
            for record, carried in lost_records(reading, self._ledger.carries(reading.log)):
                self._lost[record.key.meter] += abs(record.units - carried)
                detail = (
                    f"it was carried on, with {format_quantity(record.units)} units; carries "
                    f"say so of {format_quantity(carried)}"
                )
                self._faults.append(Fault.of_record(record.key, FaultKind.CARRY_DIFFERENCE, detail))

    def _find_frozen_twice(self, reading: HourReading) -> None:
        if self._frozen_at != reading.log.hour_at:
            self._frozen_at = reading.log.hour_at
            self._frozen.clear()
        for batch, _, record in reading.records:
            other = self._frozen.setdefault(record.key, batch.key)
            if other != batch.key:
                detail = f"it was frozen twice: in {other} and in {batch.key}"
                self._faults.append(Fault.of_record(record.key, FaultKind.FROZEN_TWICE, detail))


def _say_difference(balance: Balance) -> str:
    accounted = balance.journalled - balance.difference
    return (
        f"its journal holds {format_quantity(balance.journalled)} units, "
        f"it accounts for {format_quantity(accounted)}"
    )
