"""Apply one change, looking for the hour that can take what it carries."""

from datetime import datetime, timedelta

from meterhouse.domain.hours import seal_time_of
from meterhouse.domain.lateness import target_keys
from meterhouse.domain.records import Change
from meterhouse.ports import CommitResult, UsageLedger


def commit_change(
    ledger: UsageLedger, change: Change, *, settle: timedelta, now: datetime
) -> CommitResult:
    """Commit; carried usage goes to the soonest hour that is still open."""
    if change.carried is None:
        return ledger.commit(change)
    result = CommitResult.TARGET_CLOSED
    for target in target_keys(change.record.key, now):
        result = ledger.commit(change, target, seal_time_of(target.hour_at, settle))
        if result is not CommitResult.TARGET_CLOSED:
            return result
    return result
