"""The clock: everything in the sandbox goes by it."""

from datetime import datetime, timedelta
from decimal import Decimal

from sandbox.marketplace.core.clock import (
    ClockSettings,
    advance_clock,
    set_clock,
    set_speed,
)
from sandbox.marketplace.desks.steps import BeginStep


class TimeDesk:
    """Freeze, set, advance and speed up; what falls due on the way happens before the answer."""

    def __init__(self, step: BeginStep) -> None:
        self._step = step

    def now(self) -> datetime:
        """Return the sandbox's time."""
        with self._step() as step:
            return step.now

    def settings(self) -> ClockSettings:
        """Return how time runs."""
        with self._step() as step:
            return step.state.clock

    def set(self, at: datetime) -> datetime:
        """Show `at`; return the sandbox's time, with everything done that is due by then."""
        with self._step() as step:
            step.state.clock = set_clock(step.state.clock, at, machine_now=step.machine_now)
        return self.now()

    def advance(self, by: timedelta) -> datetime:
        """Move forward by so much; return the sandbox's time."""
        with self._step() as step:
            step.state.clock = advance_clock(step.state.clock, by, machine_now=step.machine_now)
        return self.now()

    def set_speed(self, speed: Decimal) -> datetime:
        """Run so many times as fast as the machine's clock; 0 freezes."""
        with self._step() as step:
            step.state.clock = set_speed(step.state.clock, speed, machine_now=step.machine_now)
        return self.now()

    def offset_seconds(self) -> int:
        """Return how far the sandbox's time is ahead of the machine's."""
        with self._step() as step:
            return round((step.now - step.machine_now).total_seconds())

    def set_offset(self, seconds: int) -> datetime:
        """Run with the machine's clock, so far ahead of it."""
        with self._step() as step:
            step.state.clock = ClockSettings(
                step.machine_now, step.machine_now + timedelta(seconds=seconds)
            )
        return self.now()
