"""Measure what ending subscriptions may lose: units not accepted late in their final hour."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from meterhouse.domain.accounting.balances import ZERO, balance_log
from meterhouse.domain.hours import hours_taken
from meterhouse.domain.journal.folding import LogFold
from meterhouse.domain.journal.head import Head
from meterhouse.domain.journal.segments import decode_segment
from meterhouse.domain.keys import LogKey, shards_of
from meterhouse.domain.quantity import format_quantity
from meterhouse.domain.records.record import Batch
from meterhouse.domain.subscriptions.final_hour import FINAL_WINDOW, final_alarm_time_of, is_closed
from meterhouse.domain.subscriptions.identity import SubscriptionKey, is_tenant
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.errors import MeterhouseError, StorageUnavailableError
from meterhouse.ports.ledger import UsageLedger
from meterhouse.ports.process import Clock, Report
from meterhouse.use_cases.accounting.measure_risk import RISK_SECONDS_MIN
from meterhouse.use_cases.journal.name_tenants import NameTenants
from meterhouse.use_cases.journal.read_each import read_each
from meterhouse.use_cases.journal.read_log import freezes_of

# So many subscriptions are named; the metric counts all.
NAMED_MAX = 100

_Units = dict[SubscriptionKey, Decimal]


@dataclass(frozen=True, slots=True)
class MeasureFinalRisk:
    """The use case; see `__call__`."""

    ledger: UsageLedger
    name_tenants: NameTenants
    clock: Clock
    report: Report
    shards: int
    events_max: int

    def __call__(self, ending: Mapping[SubscriptionKey, Subscription]) -> None:
        """Publish the units that should be billed by now, 20 minutes before the strictest end.

        Records that ended otherwise than METERED have alarms of their own. Nothing is published as
        zero that was not read.
        """
        now = self.clock.now()
        late = {
            key: ended_at
            for key, one in ending.items()
            if (ended_at := one.ended_at) is not None
            and now >= final_alarm_time_of(ended_at)
            and not is_closed(one, now)
        }
        units: _Units = dict.fromkeys(late, ZERO)
        unread = self._measure(units)
        if unread:
            self.report.failure("final_risk_not_measured", unread=unread)
        lost = sorted(key for key, amount in units.items() if amount)
        for key in lost[:NAMED_MAX]:
            self.report.failure(
                "final_units_at_risk",
                subscription=key,
                units=format_quantity(units[key]),
                seconds_left=int((late[key] + FINAL_WINDOW - now).total_seconds()),
            )
        if lost or not unread:
            self.report.gauge("FinalUnitsAtRisk", float(sum(units.values(), ZERO)))

    def _measure(self, units: _Units) -> dict[str, str]:
        """Add to the units of each subscription; return which hours could not be read, and why."""
        shards = sorted({shard for key in units for shard in shards_of(key, self.shards)})
        logs = [LogKey(hour_at, n) for hour_at in hours_taken(self.clock.now()) for n in shards]
        try:
            heads, damaged = read_each(self.ledger.heads, logs)
        except StorageUnavailableError as error:
            return {"all": repr(error)}
        unread = {str(log): repr(error) for log, error in damaged.items()}
        for log, head in heads.items():
            if self.clock.seconds_left() < RISK_SECONDS_MIN:
                unread[str(log)] = "the run had no time left"
                continue
            try:
                self._add_log(head, units)
            except MeterhouseError as error:
                unread[str(log)] = repr(error)
        return unread

    def _add_log(self, head: Head, units: _Units) -> None:
        """Add what is frozen and not accepted, and what is not even frozen or carried."""
        carries = self.ledger.carries(head.log).values()
        batches = self.ledger.batches(head.log)
        has_open = head.has_new_usage or head.waiting
        fold = self._fold(head, batches, units) if has_open else LogFold({})
        for balance in balance_log(head, fold, batches, carries):
            if balance.meter.subscription in units:
                units[balance.meter.subscription] += balance.unfinished

    def _fold(self, head: Head, batches: list[Batch], units: _Units) -> LogFold:
        """Fold the subscriptions' usage of a log, the generation that is open included."""
        fold = LogFold(freezes_of(batches), events_max=self.events_max)
        manifests = self.ledger.manifests(head.log)
        for one in self.ledger.segments(head.log, 0):
            if one.name not in manifests.get(one.generation, {one.name}):
                continue
            segment = decode_segment(one.name, one.blob)
            own = tuple(
                usage
                for usage in segment.meters
                if usage.meter.subscription in units or is_tenant(usage.meter.subscription)
            )
            fold.add(one.generation, one.name, replace(segment, meters=own))
        self.name_tenants.as_of_now(head.log, fold, head.open)
        return fold
