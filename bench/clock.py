"""Time for measurements: virtual where counts are compared, the machine's where speed is."""

import threading
import time
from datetime import UTC, datetime, timedelta

SECONDS_LEFT = 600.0
_JITTER = 0.5


class VirtualClock:
    """Implements `meterhouse.ports.Clock`; time passes when told to, and a run never ends."""

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


class MachineClock:
    """Implements `meterhouse.ports.Clock` with the machine's time, and a run that never ends."""

    def now(self) -> datetime:
        """Return the present in UTC."""
        return datetime.now(UTC)

    def pause(self, seconds: float) -> None:
        """Let `seconds` pass."""
        time.sleep(seconds)

    def seconds_left(self) -> float:
        """Return how long a Lambda function's longest run lasts."""
        return SECONDS_LEFT

    def jitter(self) -> float:
        """Return always the same number."""
        return _JITTER
