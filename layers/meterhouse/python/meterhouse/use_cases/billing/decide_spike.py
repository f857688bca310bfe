"""Decide about one record that waits as a spike, on an operator's word (ADR 0032)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from meterhouse.domain.keys import LogKey, RecordKey, shards_of
from meterhouse.domain.records.audit_trail import spike_entry
from meterhouse.domain.records.record import Batch, MeteringRecord, RecordStatus
from meterhouse.domain.records.settlement import SpikeWord
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

    def __call__(self, key: RecordKey, decision: Decision, word: SpikeWord | None = None) -> None:
        """Take the step of a held record; raises SpikeRefusedError if it is none, or has gone.

        With a word the audit trail tells who decided.
        """
        for log in (
            LogKey(key.hour_at, n) for n in sorted(shards_of(key.subscription, self.shards))
        ):
            for batch in self.ledger.batches(log):
                for place, record in enumerate(batch.records):
                    if record.key != key:
                        continue
                    status = decision(record, self.clock.now())
                    if not self._store(batch.with_statuses({place: status}), record, word):
                        raise SpikeRefusedError(
                            "changed_meanwhile", f"record {key} was changed meanwhile; look again"
                        )
                    report_step(self.report, record, status)
                    return
        raise SpikeRefusedError("not_found", f"there is no record {key}")

    def _store(self, after: Batch, before: MeteringRecord, word: SpikeWord | None) -> bool:
        if word is None:
            return self.ledger.store(after)
        [record] = [one for one in after.records if one.key == before.key]
        return self.ledger.store_audited(spike_entry(word, before, record), after, ())
