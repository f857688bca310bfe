"""What the use cases need of the bus on which the seller's systems listen."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

CALL_ANNOUNCEMENTS_MAX = 10
"""PutEvents takes that many: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html"""
CALL_BYTES_MAX = 250_000
"""It takes less than 256 KB of entries, which have some names and a time beside what is told:
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html"""


class Change(Protocol):
    """Something that was written over something else, as a table's stream tells it."""

    @property
    def record_id(self) -> str:
        """The number of the stream's record."""

    @property
    def sequence(self) -> int:
        """The version of what was written."""

    @property
    def changed_at(self) -> datetime:
        """When it was written."""

    @property
    def announcements(self) -> "Sequence[Announcement]":
        """What it gives to tell, in order."""


class Announcement(Protocol):
    """One thing to tell of a change."""

    @property
    def change(self) -> Change:
        """What it tells of."""

    @property
    def subscription(self) -> str:
        """Of whom it is told; what is told of one is told in order."""

    @property
    def news(self) -> str:
        """What happened, in a word."""

    @property
    def id(self) -> str:
        """The same on a repeat."""

    @property
    def detail_type(self) -> str:
        """What EventBridge calls it."""

    @property
    def detail(self) -> dict[str, object]:
        """All of it."""


class AnnouncementBus(Protocol):
    """The bus of the stack."""

    def put(self, announcements: Sequence[Announcement]) -> Sequence[Announcement]:
        """Put at most `CALL_ANNOUNCEMENTS_MAX` of them on the bus; return those it did not take.

        Whoever listens may get them in any order, and more than once.
        """
