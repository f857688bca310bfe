"""What the use cases need of the bus on which the seller's systems listen."""

from collections.abc import Sequence
from typing import Protocol

from meterhouse.domain.subscriptions.announcing import Announcement

CALL_ANNOUNCEMENTS_MAX = 10
"""PutEvents takes that many: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html"""


class AnnouncementBus(Protocol):
    """The bus of the stack."""

    def put(self, announcements: Sequence[Announcement]) -> list[Announcement]:
        """Put at most `CALL_ANNOUNCEMENTS_MAX` of them on the bus; return those it did not take.

        Whoever listens may get them in any order, and more than once.
        """
