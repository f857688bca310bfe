"""Final flush: bill everything that a subscription used, the unfinished hour included.

When an agreement ends AWS takes its last records for about an hour only, so they cannot wait for
their hour to end and settle.
"""

from dataclasses import dataclass
from datetime import datetime

from meterhouse.domain.folding import fold_billable
from meterhouse.domain.identity import SubscriptionKey
from meterhouse.domain.lifecycle import UNFINISHED
from meterhouse.domain.records import MeteringRecord
from meterhouse.ports import Report, UsageLedger
from meterhouse.use_cases.submit_records import SubmitRecords

RECORDS_MAX = 20_000


@dataclass(frozen=True, slots=True)
class FlushSubscription:
    """The use case; see `__call__`."""

    ledger: UsageLedger
    submit: SubmitRecords
    report: Report

    def __call__(self, subscription: SubscriptionKey, stopped_at: datetime) -> int:
        """Seal and send what the subscription used until `stopped_at`; return what is left.

        Safe to repeat, and meant to be, until nothing is left: a record is left when its send was
        not answered, and as long as usage sent before `stopped_at` may wait in the queue that
        counts as one. Usage of a flushed hour that comes later is billed with the next hour, as
        late usage always is.
        """
        # Asked first: what is drained by now stands in the ledger.
        is_drained = self.submit.is_drained_to(stopped_at)
        keys = self.ledger.unfinished_keys(count_max=RECORDS_MAX, subscription=subscription)
        self.submit(keys, flush_at=stopped_at)
        left = sum(map(_is_left, self.ledger.read_each(keys)))
        self.report.event(
            "subscription_flushed",
            subscription=subscription,
            records=len(keys),
            left=left,
            is_drained=is_drained,
        )
        return left if is_drained else max(left, 1)


def _is_left(record: MeteringRecord) -> bool:
    """Tell whether a record still has something to bill."""
    if record.state not in UNFINISHED:
        return False
    units = fold_billable(record.pages).units if record.units is None else record.units
    return bool(units)
