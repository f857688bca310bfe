"""The clock: everything in the sandbox goes by it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from marketplace_sandbox.core.model.clock import (
    ClockSettings,
    Pace,
    advance_clock,
    set_clock,
    set_offset,
    set_speed,
)
from marketplace_sandbox.desks.steps import BeginStep, Step

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class ClockStatus:
    """What the clock shows, how it runs, and what it will bring next.

    Attributes:
        speed: sandbox seconds per machine second.
        offset_seconds: how far the sandbox's time is ahead of the machine's, rounded.
        next_due_at: when the next thing falls due; None is when nothing will.
        due_items: how many things will fall due.

    """

    now: datetime
    pace: Pace
    speed: Decimal
    offset_seconds: int
    next_due_at: datetime | None
    due_items: int


class ClockDesk:
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

    def status(self) -> ClockStatus:
        """Return the time, how it runs and what falls due next."""
        with self._step() as step:
            clock, agenda = step.state.clock, step.state.agenda
            return ClockStatus(
                now=step.now,
                pace=clock.pace,
                speed=clock.speed,
                offset_seconds=_ahead_seconds(step),
                next_due_at=min((item.at for item in agenda.items), default=None),
                due_items=len(agenda.items),
            )

    def set(self, at: datetime) -> datetime:
        """Show `at` and go on as fast as before; return the time, with all done that is due.

        Going back undoes nothing. A time beyond the calendar, or a jump of more than a
        hundred years ahead, raises ControlError.
        """
        return self._change(lambda step: set_clock(step.state.clock, at, machine_now=_at(step)))

    def advance(self, by: timedelta) -> datetime:
        """Move forward by so much; return the time, with everything done that is due by then."""
        return self._change(lambda step: advance_clock(step.state.clock, by, machine_now=_at(step)))

    def set_speed(self, speed: Decimal) -> datetime:
        """Run so many times as fast as the machine's clock; 0 freezes. Return the time."""
        return self._change(lambda step: set_speed(step.state.clock, speed, machine_now=_at(step)))

    def freeze(self) -> datetime:
        """Let time stand still at this moment; return it."""
        return self.set_speed(Decimal(0))

    def resume(self) -> datetime:
        """Let time run with the machine's clock again, from what is shown; return it."""
        return self.set_speed(Decimal(1))

    def offset_seconds(self) -> int:
        """Return how far the sandbox's time is ahead of the machine's."""
        with self._step() as step:
            return _ahead_seconds(step)

    def set_offset(self, seconds: int) -> datetime:
        """Run with the machine's clock, so far ahead of it; return the time."""
        return self._change(
            lambda step: set_offset(step.state.clock, seconds, machine_now=_at(step))
        )

    def _change(self, decide: Callable[[Step], ClockSettings]) -> datetime:
        """Set the clock and let happen what is due by it, before anybody else gets a word in."""
        with self._step() as step:
            step.state.clock = decide(step)
            with self._step() as then:
                return then.now


def _at(step: Step) -> datetime:
    return step.machine_now


def _ahead_seconds(step: Step) -> int:
    return round((step.now - step.machine_now) / _SECOND)
