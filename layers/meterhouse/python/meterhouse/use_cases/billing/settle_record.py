"""Settle usage that ended unbilled on a person's word, or take that back; each leaves an entry."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import batched

from meterhouse.domain.journal.settling import (
    Settling,
    decide_settling,
    entry_of,
)
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records.record import PlacedRecord
from meterhouse.domain.records.settlement import SettlingWord
from meterhouse.ports.ledger import UsageLedger
from meterhouse.ports.process import Report
from meterhouse.use_cases.billing.named_records import changed_meanwhile, find_record

# A transaction has at most 100 actions; of a batch and an entry there is one each.
CARRIES_PER_WRITE_MAX = 90


@dataclass(frozen=True, slots=True)
class SettleRecord:
    """The use case; see `__call__`."""

    ledger: UsageLedger
    report: Report
    shards: int

    def __call__(self, key: RecordKey, word: SettlingWord) -> None:
        """Do what a person says of a record and of the late usage that stays with it.

        AWS is told nothing, and the record stays what it is. What stands already is not written
        again. Raises CommandRefusedError when nothing can be done about it.
        """
        placed, settling = plan_settling(self.ledger, self.shards, key, word)
        for part in _parts_of(settling):
            entry = entry_of(word, key, placed.record, part)
            if not self.ledger.store_audited(entry, part.batch, part.carries):
                raise changed_meanwhile(key)
            self.report.event(
                "usage_settled",
                record=str(key),
                deed=entry.deed,
                units=str(entry.units),
                late_units=str(entry.late_units),
                caller=entry.operator.caller,
                reference=entry.reference,
            )


def plan_settling(
    ledger: UsageLedger, shards: int, key: RecordKey, word: SettlingWord
) -> tuple[PlacedRecord, Settling]:
    """Return a record as it stands, and what a word would change; raises CommandRefusedError."""
    placed = find_record(ledger, shards, key)
    carries = ledger.carries(placed.batch.key.log).values()
    return placed, decide_settling(word, key, placed, carries)


def _parts_of(settling: Settling) -> Iterator[Settling]:
    """Yield what is written together: the record, and as many carries as fit beside it."""
    shares = [*batched(settling.carries, CARRIES_PER_WRITE_MAX, strict=False)]
    if settling.batch is not None or shares:
        yield replace(settling, carries=shares[0] if shares else ())
    for share in shares[1:]:
        yield replace(settling, batch=None, carries=share, units=Decimal(0))
