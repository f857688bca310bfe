"""Account for an hour: see that every unit in its journal has a place, and say so if not."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from meterhouse.domain.accounting.balances import ZERO, Balance, Standing, balance_log
from meterhouse.domain.accounting.sheets import filing_time_of
from meterhouse.domain.journal.carrying import Carry
from meterhouse.domain.journal.folding import FOLD_EVENTS_MAX
from meterhouse.domain.journal.head import Head, Postpone
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.reasons import Reason, Why
from meterhouse.errors import FoldTooLargeError
from meterhouse.ports.ledger import UsageLedger
from meterhouse.ports.process import Clock, Report
from meterhouse.use_cases.journal.read_log import read_whole_log

# While records wait for AWS there is nothing to account for yet.
UNFINISHED_PAUSE = timedelta(minutes=30)
# A difference does not mend itself; it is named again until a person has.
DIFFERENCE_PAUSE = timedelta(hours=1)


@dataclass(slots=True)
class BalanceLog:
    """The use case; see `__call__`. `balanced` and `differences` count what a run did."""

    ledger: UsageLedger
    clock: Clock
    report: Report
    fold_events_max: int = FOLD_EVENTS_MAX
    balanced: int = field(default=0, init=False)
    differences: int = field(default=0, init=False)

    def __call__(self, head: Head) -> None:
        """Account for a log that was dealt with; if it balances, only its filing remains.

        It is read anew from what the table holds, once, when all its records have ended; the
        units by where they stand are noted in its head.
        """
        now = self.clock.now()
        carries = [*self.ledger.carries(head.log).values()]
        batches = self.ledger.batches(head.log)
        if any(batch.due_at is not None for batch in batches):
            self._look_again(head, now + UNFINISHED_PAUSE, None)
            return
        try:
            bound = self.fold_events_max
            reading = read_whole_log(self.ledger, head.log, batches, events_max=bound)
        except FoldTooLargeError as error:
            self.report.count("FoldsRefused")
            self.report.failure("fold_refused", log=str(head.log), error=str(error))
            self._look_again(head, now + DIFFERENCE_PAUSE, Reason.FOLD_TOO_LARGE)
            return
        balances = balance_log(head, reading.fold, batches, carries)
        # All records have ended, so nothing waits any more.
        wrong = [one for one in balances if one.difference or one.unfinished]
        lost = [carry.origin for carry in carries if not self._counts(carry)]
        is_wrong = bool(wrong or lost or reading.unreadable)
        after = replace(head, totals=totals_of(balances), is_balanced=not is_wrong)
        if is_wrong:
            is_news = self._look_again(
                after, now + DIFFERENCE_PAUSE, Reason.NOT_BALANCED, seen=head
            )
        else:
            filed_at = max(now, filing_time_of(head.log))
            after = replace(after, due_at=filed_at, reason=None, holds=0)
            is_news = self.ledger.postpone(head, after)
        # Of a log that changed meanwhile nothing is said: it will be accounted for again.
        if is_news and is_wrong:
            self._report(head.log, wrong, lost, reading.unreadable)
        elif is_news:
            self.balanced += 1

    def postpone(self, head: Head, postponed: Postpone) -> None:
        """Look at a log again later."""
        self._look_again(head, postponed.due_at, postponed.reason)

    def _look_again(
        self, head: Head, due_at: datetime, reason: Why | None, *, seen: Head | None = None
    ) -> bool:
        after = replace(head, due_at=due_at, reason=reason, holds=head.holds + 1)
        return self.ledger.postpone(seen or head, after)

    def _counts(self, carry: Carry) -> bool:
        """Tell whether a carried segment is where it arrived, was recovered to, or is to stay."""
        if carry.is_withheld or not carry.parts:
            return True
        if not carry.has_arrived:
            return False
        log, name = carry.target, carry.segment_name
        manifests = self.ledger.manifests(log)
        if any(name in names for names in manifests.values()):
            return True
        there = self.ledger.segments(log, carry.generation)
        return any(one.name == name for one in there if one.generation not in manifests)

    def _report(
        self, log: LogKey, wrong: list[Balance], lost: list[str], unreadable: dict[str, str]
    ) -> None:
        self.differences += 1
        self.report.count("AccountingDifferences")
        for one in wrong:
            self.report.failure(
                "accounting_difference",
                log=str(log),
                subscription=one.meter.subscription,
                dimension=one.meter.dimension,
                difference=str(one.difference),
            )
        for origin in lost:
            self.report.failure("carried_usage_missing", log=str(log), origin=origin)
        for name, reason in unreadable.items():
            self.report.failure("segment_unreadable", log=str(log), segment=name, error=reason)


def totals_of(balances: Iterable[Balance]) -> tuple[tuple[str, Decimal], ...]:
    """Return the units of all meters by where they stand, without zeros."""
    totals = dict.fromkeys(Standing, ZERO)
    for one in balances:
        for standing, units in one.standings.items():
            totals[standing] += units
    return tuple((standing.value, units) for standing, units in totals.items() if units)
