"""Why something is held, or ended as it did: the words that decisions rest on; see the runbook."""

from enum import StrEnum
from typing import NewType


class Reason(StrEnum):
    """Every reason that has a word; AWS's statuses have AWS's."""

    NOT_SUBSCRIBED = "CustomerNotSubscribed"
    UNPROCESSED = "UnprocessedRecords"
    DUPLICATE = "DuplicateRecord"
    MISSING = "missing_in_answer"
    """In neither list of AWS's answer."""
    OWN_DUPLICATE = "duplicate_of_own_send"
    LOST_DUPLICATE = "duplicate_of_lost_send"
    """Of a send of a table that was lost (docs/disaster-recovery.md)."""
    DEADLINE = "deadline"
    TABLE_RESTORED = "table_restored"
    """It may have been billed before the table was restored (docs/disaster-recovery.md)."""
    REDRIVEN = "redriven"
    RUN_ENDED = "run_ended"
    ATTEMPTS_EXHAUSTED = "attempts_exhausted"
    SUBSCRIPTION_UNKNOWN = "subscription_unknown"
    TENANT_UNLINKED = "tenant_unlinked"
    """No subscription that is linked to the tenant covers it."""
    BEFORE_START = "before_start"
    """Its hour was over before its subscription began."""
    AFTER_END = "after_end"
    """Its hour began after its subscription had ended."""
    ENTITLEMENTS_UNKNOWN = "entitlements_unknown"
    """AWS does not tell how many units its contract includes."""
    SPIKE_HELD = "spike_held"
    """Far beyond its meter's norm: it waits for a person, and goes by itself in time."""
    SPIKE_RELEASED = "spike_released"
    """A person had it sent."""
    SPIKE_REJECTED = "spike_rejected"
    """A person said that it is wrong; AWS was not asked."""
    ROLE_REFUSED = "marketplace_role_refused"
    """AWS refuses us the role in which metering is called; the record was not sent."""
    LATE_USAGE_WAITS = "late_usage_waits"
    """It leaves its hour once AWS has the record that it came too late for."""
    BACKLOG = "queue_backlog"
    SEGMENT_UNREADABLE = "segment_unreadable"
    FOLD_TOO_LARGE = "fold_too_large"
    NOT_BALANCED = "accounting_difference"


AwsCode = NewType("AwsCode", str)
"""An error's code as AWS says it, or what `refused_with` and `answered_with` make of one."""

type Why = Reason | AwsCode

STRANGERS = frozenset({Reason.SUBSCRIPTION_UNKNOWN, Reason.TENANT_UNLINKED})
"""Why usage is not billed of which nobody knows who would pay for it."""

UNCOVERED = frozenset({Reason.BEFORE_START, Reason.AFTER_END})
"""Why usage is not billed that is of no hour of its subscription."""

# Stands before a code of AWS that the service model did not know when this was written.
REFUSED_PREFIX = "refused:"
# Stands before such a status of a record.
UNKNOWN_STATUS_PREFIX = "status_"


def refused_with(code: str) -> AwsCode:
    """Return the reason of what AWS refused with an unknown code."""
    return AwsCode(REFUSED_PREFIX + code)


def answered_with(status: str) -> AwsCode:
    """Return the reason of what AWS answered with an unknown status."""
    return AwsCode(UNKNOWN_STATUS_PREFIX + status)


def read_why(text: str | None) -> Why | None:
    """Read a reason as it is stored: its text, or none."""
    if text is None:
        return None
    return Reason(text) if text in Reason else AwsCode(text)


def outlasts_trouble(reason: Why | None) -> bool:
    """Tell whether a reason stays when a try failed for want of an answer: it is somebody's word.

    It is what AWS said about the record, or what an operator wants done with it.
    """
    return is_refusal(reason) or reason == Reason.REDRIVEN


def is_refusal(reason: Why | None) -> bool:
    """Tell whether a record is held because AWS refused it, rather than because we failed."""
    return reason == Reason.NOT_SUBSCRIBED or (
        reason is not None and reason.startswith(REFUSED_PREFIX)
    )
