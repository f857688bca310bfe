"""What can be wrong with a record, and words for it."""

from dataclasses import dataclass
from enum import StrEnum

from meterhouse.domain.keys import RecordKey


class FaultKind(StrEnum):
    """Why a record is named."""

    DIFFERENCE = "difference"
    """Its journal holds other units than the record accounts for."""
    CARRY_DIFFERENCE = "carry_difference"
    """What left it for a later hour is not what arrived there."""
    UNREADABLE = "unreadable"
    """Its header or a page cannot have been written by Meterhouse, or pages are missing."""
    PAGE_ALTERED = "page_altered"
    """A page's content is not the one that its name was derived from."""
    PAGE_WITHOUT_HEADER = "page_without_header"
    """Its usage belongs to a record that is not there."""
    STATE_IMPOSSIBLE = "state_impossible"
    """Its state contradicts the rest of its header."""
    NOT_REGISTERED = "not_registered"
    """Its account is unknown to the accounting runs, which will not look at it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with one record."""

    record: RecordKey
    kind: FaultKind
    detail: str
