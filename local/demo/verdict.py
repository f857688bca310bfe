"""Deciding whether the demo went well: every unit billed once, every wrong thing visible."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from marketplace_sandbox.client import CallDocument, FaultKind

from local.demo.lives import Lives, find_problems_of_lives, line_of_lives
from local.seller.aftermath import RejectedEvent, UnbilledRecord
from local.seller.comparison import Comparison, success_line
from local.seller.verdicts import problems_of_bill

NOT_JSON = "not_json"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that was seen after the last message."""

    comparison: Comparison
    distinct_events: int
    refused_units: Decimal
    rejected_events: Sequence[RejectedEvent]
    rejected_records: Sequence[UnbilledRecord]
    messages_in_dlq: int
    calls: Sequence[CallDocument]
    second: Lives


def find_problems(outcome: Outcome) -> list[str]:
    """Name everything that is not as it must be."""
    problems = problems_of_bill(outcome.comparison, outcome.messages_in_dlq)
    codes = [event.code for event in outcome.rejected_events]
    if set(codes) != {NOT_JSON}:
        problems.append(f"expected only the malformed message to be rejected, found {codes}")
    rejected_units = [record.units for record in outcome.rejected_records]
    if rejected_units != [outcome.refused_units]:
        problems.append(
            "expected one rejected record, with the usage of the unknown dimension, found "
            f"{len(rejected_units)}"
        )
    faults = {call["fault"] for call in outcome.calls}
    problems.extend(
        f"the sandbox never answered with the fault {kind.value}"
        for kind in (FaultKind.THROTTLE, FaultKind.UNPROCESSED)
        if kind.value not in faults
    )
    return problems + find_problems_of_lives(outcome.second)


def last_line(outcome: Outcome) -> tuple[str, bool]:
    """Return the demo's last line, and whether it went well."""
    problems = find_problems(outcome)
    if problems:
        return f"demo: FAILED: {'; '.join(problems)}", False
    said = success_line(outcome.comparison, outcome.distinct_events)
    return f"demo: {said}; {line_of_lives(outcome.second)}", True
