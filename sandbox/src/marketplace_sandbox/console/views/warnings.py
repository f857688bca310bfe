"""What the overview warns of: money that is billed twice, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace_sandbox.core.bill.double_billing import DoubleBilling
from marketplace_sandbox.core.model.bill import LostDuplicate
from marketplace_sandbox.core.model.refusals import Refusal


@dataclass(frozen=True, slots=True)
class WarningView:
    """One line above the bill; `kind` is how bad it is, `address` is where it stands in full."""

    kind: str
    count: int
    subject: str
    sentence: str
    address: str


def view_warnings(
    *,
    double_billed: Sequence[DoubleBilling],
    lost_duplicates: Sequence[LostDuplicate],
    refused: Sequence[Refusal],
    faults_count: int,
) -> tuple[WarningView, ...]:
    """List what deserves a look, the worst first; what there is none of is left out."""
    warnings = (
        WarningView(
            "bad",
            len(double_billed),
            _count(double_billed, "hour was", "hours were") + " billed twice.",
            "A buyer pays both: AWS sees no mistake in it.",
            "/bill#double-billed",
        ),
        WarningView(
            "bad",
            len(lost_duplicates),
            _count(lost_duplicates, "quantity was", "quantities were") + " lost as duplicates.",
            "The hour was billed already with another one, which stays.",
            "/bill#lost-duplicates",
        ),
        WarningView(
            "warn",
            len(refused),
            _count(refused, "record was", "records were") + " refused.",
            "AWS's rules did not take them, so nobody pays for them.",
            "/bill#refused",
        ),
        WarningView(
            "warn",
            faults_count,
            ("fault waits" if faults_count == 1 else "faults wait") + " for calls.",
            "Something will go wrong on purpose.",
            "/faults",
        ),
    )
    return tuple(one for one in warnings if one.count)


def _count(things: Sequence[object], one: str, many: str) -> str:
    return one if len(things) == 1 else many
