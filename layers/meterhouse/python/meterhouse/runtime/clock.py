"""The machine's clock, and the time that Lambda leaves to an invocation."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime


class LambdaClock:
    """Implements `ports.process.Clock` for one invocation."""

    def __init__(self, remaining_milliseconds: Callable[[], int]) -> None:
        self._remaining_milliseconds = remaining_milliseconds

    def now(self) -> datetime:
        """Return the present in UTC."""
        return datetime.now(UTC)

    def pause(self, seconds: float) -> None:
        """Let `seconds` pass."""
        time.sleep(seconds)

    def seconds_left(self) -> float:
        """Return how long Lambda lets this invocation run."""
        return self._remaining_milliseconds() / 1000

    def jitter(self) -> float:
        """Return a number from 0 to 1."""
        return random.random()  # noqa: S311 - spreads retries, guards nothing
