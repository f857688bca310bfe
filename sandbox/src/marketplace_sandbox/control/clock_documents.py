"""The sandbox's clock, as JSON."""

from typing import TypedDict


class ClockDocument(TypedDict):
    """The sandbox's time, how far it is ahead of the machine's, how fast it runs, what is due."""

    offset_seconds: int
    now: str
    speed: str
    is_frozen: bool
    next_due_at: str | None
    due_items: int
