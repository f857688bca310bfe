"""Heartbeat: a record of zero for every closed hour in which a known account used nothing.

AWS recommends hourly records even without usage (seller guide, SaaS integration). A zero takes its
hour's key, so it is sent only for hours that are settled, drained and quiet, like any other record.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import batched

from meterhouse.domain.hours import idle_hours, seal_time_of
from meterhouse.domain.keys import AccountKey, RecordKey
from meterhouse.ports import Clock, Report, SubscriptionBook, UsageLedger, Workers

ACCOUNTS_PER_STEP = 500
KEYS_PER_WRITER = 50
PARALLEL_WRITERS_MAX = 16
# A run must still measure what is at risk, and account.
HEARTBEAT_SECONDS_MIN = 60.0


@dataclass(frozen=True, slots=True)
class KeepHeartbeat:
    """The use case; see `__call__`."""

    ledger: UsageLedger
    subscriptions: SubscriptionBook
    workers: Workers
    clock: Clock
    report: Report
    settle: timedelta

    def __call__(self) -> None:
        """Open a record without usage for the hours that closed since the last heartbeat.

        A run that has no time to finish an hour leaves it to the next one, which begins it again:
        a record that exists is left as it is.
        """
        for hour_at in idle_hours(self.ledger.beaten_hour(), self.clock.now(), self.settle):
            for accounts in batched(self.ledger.accounts(), ACCOUNTS_PER_STEP, strict=False):
                if self.clock.seconds_left() < HEARTBEAT_SECONDS_MIN:
                    self.report.event("heartbeat_left", hour=hour_at.isoformat())
                    return
                self._open_hour(hour_at, accounts)
            self.ledger.note_beaten_hour(hour_at)

    def _open_hour(self, hour_at: datetime, accounts: tuple[AccountKey, ...]) -> None:
        """Open the hour for accounts of subscriptions that are known and have not ended."""
        names = dict.fromkeys(account.subscription for account in accounts)
        known = self.subscriptions.find([*names])
        active = {name for name, found in known.items() if found.ended_at is None}
        keys = [
            RecordKey(*account, hour_at) for account in accounts if account.subscription in active
        ]
        open_idle = partial(self.ledger.open_idle, due_at=seal_time_of(hour_at, self.settle))
        shares = [*batched(keys, KEYS_PER_WRITER, strict=False)]
        self.workers.each(open_idle, shares, count_max=PARALLEL_WRITERS_MAX)
