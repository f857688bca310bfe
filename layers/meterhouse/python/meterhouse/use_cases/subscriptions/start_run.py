"""Start a run at once for subscriptions whose last hour runs."""

from collections.abc import Callable, Iterable, Sequence

from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.state import Phase, State
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports.process import Report

StartRun = Callable[[Sequence[SubscriptionKey]], None]


def start_run_for(states: Iterable[State], start_run: StartRun, report: Report) -> None:
    """Start one reconcile run for all that are ending among `states`, if any is."""
    ending = {
        one.subscription.key: None
        for one in states
        if one.phase is Phase.ENDING and one.subscription is not None
    }
    if not ending:
        return
    try:
        start_run([*ending])
    except StorageUnavailableError as error:
        # The scheduled run finds them by their phase.
        report.failure("run_not_started", error=str(error), subscriptions=len(ending))
