"""Decide about one record that waits as a spike, on an operator's word (ADR 0032)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from meterhouse.domain.keys import LogKey, RecordKey, shards_of
from meterhouse.domain.records.record import MeteringRecord, RecordStatus
from meterhouse.errors import SpikeRefusedError
from meterhouse.ports.ledger import UsageLedger
from meterhouse.ports.process import Clock, Report
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

    def __call__(self, key: RecordKey, decision: Decision) -> None:
        """Take the step of a held record; raises SpikeRefusedError if it is none, or has gone."""
        for log in (
            LogKey(key.hour_at, n) for n in sorted(shards_of(key.subscription, self.shards))
        ):
            for batch in self.ledger.batches(log):
                for place, record in enumerate(batch.records):
                    if record.key != key:
                        continue
                    status = decision(record, self.clock.now())
                    if not self.ledger.store(batch.with_statuses({place: status})):
                        raise SpikeRefusedError(
                            "changed_meanwhile", f"record {key} was changed meanwhile; look again"
                        )
                    report_step(self.report, record, status)
                    return
        raise SpikeRefusedError("not_found", f"there is no record {key}")
