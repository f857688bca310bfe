"""The one table of legal steps in the life of a metering record."""

from enum import StrEnum
from typing import NamedTuple


class RecordState(StrEnum):
    """What is known about a metering record."""

    SEALED = "SEALED"
    """Frozen, and certainly not accepted by AWS."""
    SUBMITTING = "SUBMITTING"
    """Sent, or about to be sent; the answer is unknown."""
    METERED = "METERED"
    """AWS bills it."""
    REJECTED = "REJECTED"
    """AWS refuses it for good, a person says that it is wrong, or its subscription never became
    known, or had no such hour."""
    DISPUTED = "DISPUTED"
    """AWS holds another quantity for the same key."""
    EXPIRED = "EXPIRED"
    """The deadline passed, and nobody knows whether AWS has accepted it."""
    INCLUDED = "INCLUDED"
    """The buyer's contract includes all of it, so there is nothing to bill."""
    CARRIED = "CARRIED"
    """Surely never accepted: its quantity became usage of a later hour."""


class Step(NamedTuple):
    """One legal step; `before` is None where a record comes into being.

    Until then a meter is open: its usage is in the journal, and nothing was frozen yet.
    """

    before: RecordState | None
    after: RecordState
    when: str


_SEALED, _SUBMITTING, _REJECTED = RecordState.SEALED, RecordState.SUBMITTING, RecordState.REJECTED

STEPS = (
    Step(None, _SUBMITTING, "frozen, and claimed for its first send in the same write"),
    Step(None, _SEALED, "frozen, and far beyond its meter's norm: a person may look at it first"),
    Step(None, RecordState.INCLUDED, "frozen, and the contract includes all of it"),
    Step(None, RecordState.CARRIED, "frozen when the time of its hour was over"),
    Step(
        None, _REJECTED, "frozen when nobody had registered it in time, or its hour is not covered"
    ),
    Step(
        None,
        RecordState.EXPIRED,
        "frozen too late, or of an hour not covered, and a lost table may have billed it",
    ),
    Step(_SEALED, _SUBMITTING, "due: claimed for another send"),
    Step(_SEALED, RecordState.CARRIED, "its time is over"),
    Step(
        _SEALED,
        _REJECTED,
        "AWS refused it until its time was over, its hour is not covered, or a person says that "
        "it is wrong",
    ),
    Step(
        _SEALED,
        RecordState.EXPIRED,
        "its time is over, or its hour not covered, and a lost table may have billed it",
    ),
    Step(_SUBMITTING, _SEALED, "AWS did not take its first send, and may take another"),
    Step(_SUBMITTING, RecordState.METERED, "AWS took it, or has it from an earlier send of ours"),
    Step(_SUBMITTING, RecordState.DISPUTED, "a duplicate, although it was its first send"),
    Step(
        _SUBMITTING,
        _REJECTED,
        "AWS refused its first send for what it says, or for an hour that is not covered",
    ),
    Step(_SUBMITTING, RecordState.CARRIED, "AWS refused the time of its first send"),
    Step(
        _SUBMITTING, RecordState.EXPIRED, "its deadline passed, and an earlier send may be billed"
    ),
    Step(_REJECTED, _SEALED, "redriven inside AWS's window"),
    Step(_REJECTED, RecordState.CARRIED, "redriven after it, or without anybody to bill"),
)
"""Every step that a record may take; `step_when_due`, `step_after_answer` and `step_on_redrive`
choose among them, and the closing of an hour among the first ones. A zero, which nobody need look
after, is CARRIED where other records end unbilled.
"""

FIRST_STATES = frozenset(step.after for step in STEPS if step.before is None)
"""States in which a record can come into being."""

LEGAL_STEPS = {
    state: frozenset(step.after for step in STEPS if step.before is state) for state in RecordState
}

UNFINISHED = frozenset({RecordState.SEALED, RecordState.SUBMITTING})
"""States in which AWS may still be asked to bill a record."""

NOT_BILLED = frozenset({RecordState.REJECTED, RecordState.DISPUTED, RecordState.EXPIRED})
"""Ends that AWS bills nothing for, as far as anybody knows: a person has to look at them."""


def _unsent_states() -> frozenset[RecordState]:
    """Return the states that legal steps reach without a claim for sending."""
    found: set[RecordState] = set()
    fresh = FIRST_STATES - {RecordState.SUBMITTING}
    while fresh:
        found |= fresh
        fresh = frozenset().union(*(LEGAL_STEPS[one] for one in fresh))
        fresh -= found | {RecordState.SUBMITTING}
    return frozenset(found) - {RecordState.EXPIRED}


UNSENT = _unsent_states()
"""States in which a record may be that was never sent."""


def is_legal_step(before: RecordState, after: RecordState) -> bool:
    """Tell whether a record may go from one state to the other; staying put is always legal."""
    return before is after or after in LEGAL_STEPS[before]
