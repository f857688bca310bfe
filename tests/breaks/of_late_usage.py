"""Breaks of how long late usage waits, and of what comes back of a drain that failed in part."""

from tests.breaks.trying import Break

_BILLING = "tests/unit/use_cases/billing"
WAITS = f"{_BILLING}/test_late_usage_that_waits.py"
LEAVES = f"{_BILLING}/test_risk_of_waiting_usage.py"
HOURS = f"{_BILLING}/test_hours_outside_a_subscription.py"
UNITS = f"{_BILLING}/test_included_units.py"
RESTORED = "tests/unit/use_cases/test_restored_late_usage.py"
FINAL = "tests/unit/use_cases/accounting/test_final_risk.py"
IN_PARTS = "tests/unit/use_cases/journal/test_append_in_parts.py"
SLOW = "tests/unit/use_cases/test_slow_writes.py"
HEAD = "tests/unit/domain/journal/test_head.py"
CARRY, CLOSE = "use_cases/billing/carry_usage.py", "use_cases/billing/close_log.py"
LATE, READ = "domain/journal/late_usage.py", "use_cases/journal/read_log.py"
FLUSH, FLUSHED = "use_cases/billing/flush_subscriptions.py", f"{_BILLING}/test_final_flush.py"
RISK = "use_cases/accounting/measure_risk.py"
APPEND, DRAINING = "use_cases/journal/append_usage.py", "domain/journal/draining.py"

BREAKS: tuple[Break, ...] = (
    # It leaves once AWS has its record, meter by meter, by numbers.
    Break(CARRY, "if {*carry.all_parts} != {*share}:", "if False:", WAITS),
    Break(CARRY, "                break\n", "", WAITS),
    Break(CARRY, "for part in left if part.meter not in waiting]", "for part in left]", WAITS),
    Break(CARRY, "len(ready) < len(left)", "False", WAITS),
    Break(CARRY, "enumerate(shares, len(stands))", "enumerate(shares)", WAITS),
    Break(CLOSE, "undecided - kept.keys()", "undecided", HOURS),
    Break(CLOSE, "Reason.LATE_USAGE_WAITS if waiting", "None if waiting", WAITS),
    Break(CLOSE, ", known=known", "", WAITS),
    Break(CLOSE, "if waiting and all(arrived)", "if waiting", LEAVES),
    Break(FLUSH, "LogFold(freezes_of(batches), ", "LogFold({}, ", FLUSHED),
    Break(
        LATE,
        "not is_sendable(facts.log.hour_at, facts.now):\n        return",
        "False:\n        return",
        WAITS,
    ),
    Break(LATE, "one.state is RecordState.REJECTED and one.key", "one.key", LEAVES),
    Break(
        LATE,
        "\n        and not (one.state is RecordState.REJECTED",
        "\n        and not (False",
        LEAVES,
    ),
    Break("domain/journal/head.py", "head.has_only_late_usage and not is_due", "False", LEAVES),
    Break(CLOSE, "due_at = min(due_at, now + LATE_PAUSE_MAX)", "pass", LEAVES),
    Break(LATE, "RecordState.METERED, ", "", WAITS),
    Break(LATE, "RecordState.DISPUTED, ", "", WAITS),
    Break(LATE, ", RecordState.INCLUDED", "", UNITS),
    Break("domain/journal/head.py", "self.written_in >= self.open\n", "False\n", HEAD),
    Break("domain/journal/head.py", "is_new or not self.is_settled or", "is_new or", HEAD),
    Break("domain/journal/head.py", " or self.leased_until is not None\n", "\n", HEAD),
    Break(RISK, "head.has_only_late_usage and not is_past", "False", LEAVES),
    Break(RISK, "head.has_only_late_usage and not is_past", "head.has_only_late_usage", LEAVES),
    Break(
        "use_cases/accounting/measure_final_risk.py",
        "carries = self.ledger.carries(head.log).values()",
        "carries = ()",
        FINAL,
    ),
    # What a lost table may have listed.
    Break(READ, "listed = [one for one in listed if _has_arrived(ledger, one)]", "pass", RESTORED),
    Break(READ, " and generation < closed - 1", "", RESTORED),
    Break(READ, "carry is not None and carry.has_arrived", "False", RESTORED),
    # A write that fails costs its own messages.
    Break(APPEND, "extend(segments[log].pop(one))", "extend(events[log])", IN_PARTS),
    Break(
        APPEND,
        "for log in pending if segments[log]]",
        "for log in pending if log not in failed]",
        IN_PARTS,
    ),
    Break(APPEND, "start += one.events", "start += 0", IN_PARTS),
    Break(DRAINING, "if len(events) == len(plan.events[log])]", "]", SLOW),
    Break(DRAINING, "one[:2] in lost for one", "one in lost for one", SLOW),
)
