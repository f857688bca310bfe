"""Final flush: bill everything that a subscription used, the unfinished hour included.

When an agreement ends AWS takes its last records for about an hour only, so they cannot wait for
their hour to end and settle.
"""

from dataclasses import dataclass
from datetime import datetime

from meterhouse.domain.identity import SubscriptionKey
from meterhouse.domain.lifecycle import UNFINISHED
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

        Safe to repeat, and meant to be, until nothing is left: a record is left while usage sent
        before `stopped_at` may wait in the queue, and when its send was not answered. Usage of a
        flushed hour that comes later is billed with the next hour, as late usage always is.
        """
        keys = self.ledger.unfinished_keys(count_max=RECORDS_MAX, subscription=subscription)
        self.submit(keys, flush_at=stopped_at)
        left = sum(
            record.state in UNFINISHED and bool(record.units is not None or record.pages)
            for record in self.ledger.read_each(keys)
        )
        self.report.event(
            "subscription_flushed", subscription=subscription, records=len(keys), left=left
        )
        return left
