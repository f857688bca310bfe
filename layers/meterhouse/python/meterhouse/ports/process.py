"""What the use cases need of the process they run in; `meterhouse.runtime` implements it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Time, and the permission to let some of it pass."""

    def now(self) -> datetime:
        """Return the present in UTC."""

    def pause(self, seconds: float) -> None:
        """Let `seconds` pass."""

    def seconds_left(self) -> float:
        """Return how long this run may still last."""

    def jitter(self) -> float:
        """Return a number from 0 to 1 by which retries are spread."""


class Workers(Protocol):
    """Doing several things at once."""

    def each[Item, Answer](
        self, work: Callable[[Item], Answer], items: Sequence[Item], *, count_max: int
    ) -> list[Answer]:
        """Do the work for every item, at most `count_max` at a time; answers in order."""


class Report(Protocol):
    """Log lines and metrics: one line a decision, one metric a business outcome."""

    def event(self, name: str, **fields: object) -> None:
        """Log one event."""

    def failure(self, name: str, **fields: object) -> None:
        """Log what failed, or needs a person, at a level that every deployment writes."""

    def count(self, metric: str, amount: float = 1, *, reason: str | None = None) -> None:
        """Add to a metric, and with a reason to the one of the same name and that reason, too."""

    def gauge(self, metric: str, value: float) -> None:
        """Set a metric to what was measured, in place of what was measured before."""

    def publish(self) -> None:
        """Publish what was counted so far, so that it survives a run that is cut off."""
