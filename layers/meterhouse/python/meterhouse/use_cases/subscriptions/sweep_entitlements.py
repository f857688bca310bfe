"""Sweep entitlements: ask AWS what those subscriptions hold of which it is not known."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from meterhouse.use_cases.subscriptions.ask_entitlements import AskEntitlements, to_ask, try_asking
from meterhouse.use_cases.subscriptions.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from meterhouse.domain.subscriptions.state import State
    from meterhouse.ports.process import Clock, Report

# At most half of AWS's quota, which all of the account's callers share: 20 calls a second.
# https://docs.aws.amazon.com/general/latest/gr/aws-marketplace.html
PAUSE = timedelta(seconds=0.1)
# The longest that one subscription takes: a call that AWS answers late, and the table's writes.
SECONDS_KEPT = 60


@dataclass(frozen=True, slots=True)
class SweepEntitlements:
    """The use case; see `__call__`."""

    ask: AskEntitlements
    living: "Callable[[], Iterable[State]]"
    clock: "Clock"
    report: "Report"

    def __call__(self) -> int:
        """Ask for everybody of whom something is to be learned; return how many could not be read.

        These are subscriptions of which AWS never said what they hold, of which something has
        expired since, or whose agreement it has changed since. Those that one run leaves, the next
        finds. What passes by itself ends the asking; what AWS refuses, that of one product.
        """
        pace, refused = Pace(self.clock, PAUSE), set[str]()
        left, is_over = 0, False
        # Who is known by another name, too, is found under that as well.
        for state in (one for one in self.living() if one.alias_of is None):
            for one in to_ask([state], self.clock.now(), if_news=True):
                is_over = is_over or self.clock.seconds_left() < SECONDS_KEPT
                if is_over or one.product_code in refused:
                    left += 1
                    continue
                pace.wait()
                trouble = try_asking(self.ask, one, self.report, changed_at=state.described_at)
                if trouble is not None:
                    left += 1
                    refused.add(one.product_code)
                    is_over = trouble.retryable
        if left:
            self.report.event("entitlements_left", count=left)
        return left
