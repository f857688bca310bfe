"""Decide about one record that waits as a spike, on an operator's word (ADR 0032)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records.record import MeteringRecord, RecordStatus
from meterhouse.domain.records.settlement import Order
from meterhouse.ports.ledger import UsageLedger
from meterhouse.ports.process import Clock, Report
from meterhouse.use_cases.billing.named_records import find_record, store_order
from meterhouse.use_cases.billing.report_step import report_step

Decision = Callable[[MeteringRecord, datetime], RecordStatus]
"""`release_spike` or `reject_spike`."""


@dataclass(frozen=True, slots=True)
class DecideSpike:
    """The use case; see `__call__`."""

    ledger: UsageLedger
    clock: Clock
    report: Report
    shards: int

    def __call__(self, key: RecordKey, decision: Decision, order: Order | None = None) -> None:
        """Take the step of a held record; raises CommandRefusedError if it is none, or has gone.

        With an order the audit trail tells who decided.
        """
        placed = find_record(self.ledger, self.shards, key)
        status = decision(placed.record, self.clock.now())
        store_order(self.ledger, placed, status, order)
        report_step(self.report, placed.record, status)
