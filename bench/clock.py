"""Virtual time, for measurements whose counts are compared."""

import threading
from datetime import datetime, timedelta

SECONDS_LEFT = 600.0
_JITTER = 0.5


class VirtualClock:
    """Implements `ports.process.Clock`; time passes when told to, and a run never ends."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the present in UTC."""
        return self._now

    def pause(self, seconds: float) -> None:
        """Let `seconds` pass at once."""
        with self._lock:
            self._now += timedelta(seconds=seconds)

    def seconds_left(self) -> float:
        """Return how long a Lambda function's longest run lasts."""
        return SECONDS_LEFT

    def jitter(self) -> float:
        """Return always the same number, so that counts come out the same."""
        return _JITTER

    def move_to(self, moment: datetime) -> None:
        """Let time pass until `moment`."""
        self._now = moment
