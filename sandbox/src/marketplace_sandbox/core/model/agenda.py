"""What will fall due, and when: a heap of actions in order of time, then of entry."""

import heapq
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DueAction(StrEnum):
    """What the marketplace does by itself when its time comes; the subject is an id."""

    START_AGREEMENT = "start_agreement"  # of an agreement
    END_AGREEMENT = "end_agreement"  # of an agreement: it expires, or renews by itself
    UPDATE_LICENSE = "update_license"  # of an agreement: its license is there
    DEPROVISION_LICENSE = "deprovision_license"  # of an agreement
    CLOSE_WINDOW = "close_window"  # of an agreement: no more usage is taken
    CLOSE_MONTH = "close_month"  # the month, as 2026-11
    ANNOUNCE_RENEWAL = "announce_renewal"  # of an agreement that renews by itself: it is decided
    APPROVE_CANCELLATION = "approve_cancellation"  # of a request that the buyer has not answered
    ANNOUNCE_ENDING = "announce_ending"  # of an agreement that renews by itself


@dataclass(frozen=True, slots=True, order=True)
class DueItem:
    """One entry of the agenda; it is looked at again when due, for it may have become moot."""

    at: datetime
    sequence: int
    action: DueAction
    subject: str


@dataclass(slots=True)
class Agenda:
    """The entries, and how many there ever were."""

    items: list[DueItem]
    entered: int = 0

    def put(self, at: datetime, action: DueAction, subject: str) -> None:
        """Enter an action."""
        self.entered += 1
        heapq.heappush(self.items, DueItem(at, self.entered, action, subject))

    def pop_due(self, now: datetime) -> DueItem | None:
        """Take the oldest entry that is due by now."""
        if not self.items or self.items[0].at > now:
            return None
        return heapq.heappop(self.items)
