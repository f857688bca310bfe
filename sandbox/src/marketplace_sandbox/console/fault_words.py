"""Faults in words: what each kind does, and examples that one press injects."""

from collections.abc import Mapping
from dataclasses import dataclass

from loopback_console.drawing import show_quantity

from marketplace_sandbox.core.model.faults import MATCHERS, Fault, FaultKind

FAULT_WORDS: Mapping[FaultKind, str] = {
    FaultKind.THROTTLE: "throttled",
    FaultKind.INTERNAL_ERROR_BEFORE: "error 500, nothing applied",
    FaultKind.INTERNAL_ERROR_AFTER: "error 500, but applied",
    FaultKind.LOST_ANSWER: "applied, answer lost",
    FaultKind.TRUNCATED: "applied, answer cut off",
    FaultKind.SLOW: "slow answer",
    FaultKind.UNPROCESSED: "records unprocessed",
    FaultKind.UNKNOWN_STATUS: "records with an unknown status",
    FaultKind.ACCESS_DENIED: "access denied",
    FaultKind.DISABLED_API: "API disabled",
    FaultKind.REGION_DISABLED: "API disabled in one region",
}


@dataclass(frozen=True, slots=True)
class Example:
    """A fault that one press injects."""

    label: str
    sentence: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FaultRow:
    """A waiting fault, and in words which calls it is for."""

    fault: Fault
    matchers: tuple[str, ...]


def _example(kind: FaultKind, label: str, sentence: str, **values: str) -> Example:
    defaults = {"operation": "BatchMeterUsage", "kind": kind.value, "count": "1"}
    return Example(label, sentence, defaults | values)


EXAMPLES = (
    _example(
        FaultKind.THROTTLE,
        "Throttle three calls",
        "The next three metering calls are throttled; nothing of them is applied.",
        count="3",
    ),
    _example(
        FaultKind.INTERNAL_ERROR_AFTER,
        "Fail one after billing",
        "The next metering call bills everything and then answers with an error 500.",
    ),
    _example(
        FaultKind.LOST_ANSWER,
        "Lose one answer",
        "The next metering call bills everything, and the connection closes without an answer.",
    ),
    _example(
        FaultKind.UNPROCESSED,
        "Leave five records",
        "The next five records come back in UnprocessedRecords and are not billed.",
        count="5",
    ),
    _example(
        FaultKind.UNKNOWN_STATUS,
        "Invent a status",
        "The next record comes back with a status that no SDK knows, and is not billed.",
    ),
    _example(
        FaultKind.DISABLED_API,
        "Disable the API",
        "Metering is disabled until you remove the fault.",
        count="",
    ),
    _example(
        FaultKind.THROTTLE,
        "Throttle a registration",
        "The next buyer who sets up an account meets a throttled ResolveCustomer.",
        operation="ResolveCustomer",
    ),
)


def view_fault(fault: Fault) -> FaultRow:
    """Say for which calls a fault waits."""
    matchers = [
        f"{name.replace('_', ' ')} {value}"
        for name in MATCHERS
        if (value := getattr(fault, name)) is not None
    ]
    if fault.probability is not None:
        matchers.append(f"a share of {show_quantity(fault.probability)}")
    if fault.delay_seconds is not None:
        matchers.append(f"by {show_quantity(fault.delay_seconds)} s")
    return FaultRow(fault, tuple(matchers))
