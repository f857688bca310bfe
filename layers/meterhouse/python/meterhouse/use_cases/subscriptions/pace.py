"""Calls at a distance, so that what AWS allows an account is left to others, too."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from meterhouse.ports.process import Clock


@dataclass(slots=True)
class Pace:
    """Lets calls pass at a distance."""

    clock: Clock
    distance: timedelta
    free_at: datetime | None = None

    def wait(self) -> None:
        """Let time pass until the next call may be made."""
        now = self.clock.now()
        if self.free_at is not None and now < self.free_at:
            self.clock.pause((self.free_at - now).total_seconds())
            now = self.clock.now()
        self.free_at = now + self.distance
