"""What can be wrong with a record, or with what an hour holds, and words for it."""

from dataclasses import dataclass
from enum import StrEnum

from meterhouse.domain.keys import MeterKey


class FaultKind(StrEnum):
    """Why something is named."""

    DIFFERENCE = "difference"
    """A record's hour holds other units than are accounted for."""
    CARRY_DIFFERENCE = "carry_difference"
    """What left an hour for a later one is not what arrived there."""
    SEGMENT_UNREADABLE = "segment_unreadable"
    """A segment counts, and is damaged or not what it was named after."""
    SEGMENT_MISSING = "segment_missing"
    """A segment counts, and is not there."""
    SEGMENT_ASIDE = "segment_aside"
    """A segment could not be read when its hour was closed, and does not count."""
    MANIFEST_MISSING = "manifest_missing"
    """What counts of a closed generation was written down, and is not there."""
    UNREADABLE = "unreadable"
    """A head, manifest, batch or carry cannot have been written by Meterhouse."""
    STATE_IMPOSSIBLE = "state_impossible"
    """A record's state contradicts the rest of it."""
    INDEX_WRONG = "index_wrong"
    """A head or batch is looked at by nobody although it must be, or for no reason."""
    FROZEN_TWICE = "frozen_twice"
    """A meter has more than one record for one hour."""
    FROZEN_TOO_EARLY = "frozen_too_early"
    """A batch was frozen while usage could still be added to it."""
    HEAD_MISSING = "head_missing"
    """An hour holds usage, and has no head by which it would be closed."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    Attributes:
        subject: what is at fault, as log lines name it.
        detail: what is wrong with it, in words.
        meter: whose units it spoils, or None when nobody can tell.

    """

    subject: str
    kind: FaultKind
    detail: str
    meter: MeterKey | None = None
