"""File a day: enter what every subscription used into its sheet, once the day is accounted for."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from meterhouse.domain.accounting.sheets import DAY, DaySheet, SheetLine, day_of, lines_of_log
from meterhouse.domain.hours import HOUR
from meterhouse.domain.journal.head import Head
from meterhouse.domain.keys import LogKey, shard_of
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.ports.ledger import UsageLedger
from meterhouse.ports.process import Clock, Report, Workers

UNFINISHED_PAUSE = timedelta(hours=1)
PARALLEL_WRITES_MAX = 16


@dataclass(frozen=True, slots=True)
class FileDay:
    """The use case; see `__call__`."""

    ledger: UsageLedger
    workers: Workers
    clock: Clock
    report: Report
    must_stop: Callable[[], bool]
    shards: int

    def __call__(self, head: Head) -> None:
        """File the day of a log, in its shard, if all hours of it have been accounted for.

        Filing it again writes the same sheets, or those that a later change made right.
        """
        day_at, shard = day_of(head.log.hour_at), head.log.shard
        logs = [LogKey(day_at + hour * HOUR, shard) for hour in range(DAY // HOUR)]
        heads = sorted(self.ledger.heads(logs).values(), key=lambda one: one.log)
        if not any(one.log == head.log and one.due_at is not None for one in heads):
            return  # Another hour of the day was looked at first, and the day filed with it.
        # Usage that came since does not make a head unbalanced, but its head tells of it.
        if not all(one.is_balanced and not one.has_new_usage for one in heads):
            later_at = self.clock.now() + UNFINISHED_PAUSE
            for one in heads:
                if one.is_balanced and one.due_at is not None and not one.has_new_usage:
                    self.ledger.postpone(one, replace(one, due_at=later_at))
            return
        lines = defaultdict[SubscriptionKey, list[SheetLine]](list)
        for one in heads:
            if self.must_stop():
                self.report.failure("day_not_filed", day=day_at.date().isoformat(), shard=shard)
                return
            carries = self.ledger.carries(one.log).values()
            of_log = lines_of_log(one.log, self.ledger.batches(one.log), carries)
            for subscription, some in of_log.items():
                lines[subscription].extend(some)
        sheets = [
            DaySheet(name, day_at, tuple(some), is_of_tenants=shard_of(name, self.shards) != shard)
            for name, some in sorted(lines.items())
        ]
        self.workers.each(self.ledger.write_sheet, sheets, count_max=PARALLEL_WRITES_MAX)
        for one in heads:
            if one.due_at is not None:
                self.ledger.postpone(one, replace(one, due_at=None))
        self.report.event("day_filed", day=day_at.date().isoformat(), sheets=len(sheets))
