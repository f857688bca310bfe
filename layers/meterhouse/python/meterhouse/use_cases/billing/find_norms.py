"""Find what is usual of the meters whose usage may be a spike (ADR 0032)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial

from meterhouse.domain.accounting.norms import norm_days, norms_of
from meterhouse.domain.journal.folding import LogFold
from meterhouse.domain.keys import LogKey, MeterKey
from meterhouse.domain.records.spikes import SpikeHold
from meterhouse.domain.subscriptions.identity import SubscriptionKey, is_tenant
from meterhouse.errors import JournalCorruptError, StorageUnavailableError
from meterhouse.ports.ledger import UsageLedger
from meterhouse.ports.process import Report, Workers

PARALLEL_READS_MAX = 16


@dataclass(frozen=True, slots=True)
class FindNorms:
    """The use case; see `__call__`."""

    ledger: UsageLedger
    workers: Workers
    report: Report
    hold: SpikeHold

    def __call__(self, log: LogKey, fold: LogFold) -> Mapping[MeterKey, Decimal]:
        """Return the norms of the meters of a log that have no record yet and are large enough.

        A norm that cannot be read is none: an unusual bill must not keep a due one waiting.
        """
        large = {
            meter.subscription
            for meter, usage in fold.meters.items()
            if self.hold.is_large(usage.units)
            and meter not in fold.frozen
            and not is_tenant(meter.subscription)
        }
        if not large:
            return {}
        names = sorted(large)
        find = partial(self._norms_of, log.hour_at)
        found = self.workers.each(find, names, count_max=PARALLEL_READS_MAX)
        return {
            MeterKey(name, dimension): norm
            for name, norms in zip(names, found, strict=True)
            for dimension, norm in norms.items()
        }

    def _norms_of(self, hour_at: datetime, name: SubscriptionKey) -> Mapping[str, Decimal]:
        try:
            return norms_of(self.ledger.sheets(name, *norm_days(hour_at)))
        except (JournalCorruptError, StorageUnavailableError) as error:
            self.report.failure("norm_not_read", subscription=name, error=str(error))
            return {}
