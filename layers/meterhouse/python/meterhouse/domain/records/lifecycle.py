"""The one table of legal steps in the life of a metering record."""

from enum import StrEnum


class RecordState(StrEnum):
    """What is known about a metering record."""

    SEALED = "SEALED"
    """Frozen, and certainly not accepted by AWS."""
    SUBMITTING = "SUBMITTING"
    """Sent, or about to be sent; the answer is unknown."""
    METERED = "METERED"
    """AWS bills it."""
    REJECTED = "REJECTED"
    """AWS refuses this record for good, or its subscription never became known."""
    DISPUTED = "DISPUTED"
    """AWS holds another quantity for the same key."""
    EXPIRED = "EXPIRED"
    """The deadline passed, and nobody knows whether AWS has accepted it."""
    CARRIED = "CARRIED"
    """Surely never accepted: its quantity became usage of a later hour."""


# A meter without a record is open: its usage is in the journal, and nothing was frozen yet.
FIRST_STATES = frozenset(
    {
        # Frozen and claimed for the first send in one write.
        RecordState.SUBMITTING,
        # The deadline came first.
        RecordState.CARRIED,
        RecordState.REJECTED,
        # The deadline came first, and a lost table may have billed it.
        RecordState.EXPIRED,
    }
)
"""States in which a record can come into being."""

LEGAL_STEPS: dict[RecordState, frozenset[RecordState]] = {
    RecordState.SEALED: frozenset(
        {
            RecordState.SUBMITTING,
            RecordState.CARRIED,
            RecordState.REJECTED,
            # Nothing is sure of what a lost table may have sent.
            RecordState.EXPIRED,
        }
    ),
    RecordState.SUBMITTING: frozenset(
        {
            RecordState.SEALED,
            RecordState.METERED,
            RecordState.REJECTED,
            RecordState.DISPUTED,
            RecordState.EXPIRED,
            RecordState.CARRIED,
        }
    ),
    RecordState.REJECTED: frozenset({RecordState.SEALED, RecordState.CARRIED}),
    RecordState.METERED: frozenset(),
    RecordState.DISPUTED: frozenset(),
    RecordState.EXPIRED: frozenset(),
    RecordState.CARRIED: frozenset(),
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
