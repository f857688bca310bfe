"""The log of calls, newest first, with what became of each record."""

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace_sandbox.console.views.shown import Shown, first, latest
from marketplace_sandbox.core.model.calls import SUCCESS, CallEntry, RecordOutcome

CALLS_SHOWN_MAX = 100
RECORDS_SHOWN_MAX = 25  # as many as one call of BatchMeterUsage can hold (`batch.records-max`)


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call; `outcome` sums up its records where the call itself succeeded."""

    call: CallEntry
    outcome: str
    is_fine: bool
    records: Shown[RecordOutcome]


def view_calls(calls: Sequence[CallEntry]) -> Shown[CallRow]:
    """Arrange calls for reading; `calls` have the oldest first."""
    return latest(calls, CALLS_SHOWN_MAX).each(_view_call)


def _view_call(call: CallEntry) -> CallRow:
    failed = [one for one in call.record_outcomes if one.status != SUCCESS]
    outcome, is_fine = call.outcome, call.outcome == SUCCESS and not failed
    if call.outcome == SUCCESS and failed:
        outcome = f"{call.records - len(failed)} of {call.records} taken"
    return CallRow(call, outcome, is_fine, first(call.record_outcomes, RECORDS_SHOWN_MAX))
