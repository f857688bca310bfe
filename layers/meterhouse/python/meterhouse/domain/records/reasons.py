"""Why something is held, or ended as it did: the words that decisions rest on; see the runbook."""

NOT_SUBSCRIBED = "CustomerNotSubscribed"
# Stands before a code of AWS that the service model did not know when this was written.
REFUSED_PREFIX = "refused:"
SUBSCRIPTION_UNKNOWN = "subscription_unknown"
BACKLOG = "queue_backlog"
DEADLINE = "deadline"
# It may have been billed before the table was restored (docs/disaster-recovery.md).
TABLE_RESTORED = "table_restored"
SEGMENT_UNREADABLE = "segment_unreadable"
FOLD_TOO_LARGE = "fold_too_large"
NOT_BALANCED = "accounting_difference"


def is_refusal(reason: str | None) -> bool:
    """Tell whether a record is held because AWS refused it, rather than because we failed."""
    return reason is not None and (reason == NOT_SUBSCRIBED or reason.startswith(REFUSED_PREFIX))
