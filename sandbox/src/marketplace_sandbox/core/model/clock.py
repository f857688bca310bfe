"""The sandbox's own time, made of the machine's: frozen, set, advanced or faster."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from marketplace_sandbox.core.model.errors import ControlError, invalid

SPEED_MAX = 1_000_000  # a limit of the sandbox: eleven days a second
# Hours and years can be added and taken at both ends without leaving the calendar.
SHOWN_MIN_AT = datetime(1971, 1, 1, tzinfo=UTC)
SHOWN_MAX_AT = datetime(2998, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
# What renews by itself does so each time on the way: a longer jump would take too long.
JUMP_MAX = timedelta(days=36_600)
_MICROSECOND = timedelta(microseconds=1)
_MACHINE_SPEED = Decimal(1)
_FROZEN = Decimal(0)


class Pace(StrEnum):
    """How the clock runs, in a word."""

    FROZEN = "frozen"
    RUNNING = "running"  # with the machine's clock
    FAST = "fast"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class ClockSettings:
    """How time runs: at `shown_at` when the machine showed `machine_at`, so fast since.

    Attributes:
        speed: sandbox seconds per machine second; 0 is frozen.

    """

    machine_at: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    shown_at: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    speed: Decimal = _MACHINE_SPEED

    def show(self, machine_now: datetime) -> datetime:
        """Return the sandbox's time when the machine shows `machine_now`.

        It stands still at the ends of the sandbox's calendar, which a fast clock reaches.
        """
        if self.speed == _FROZEN:
            return self.shown_at
        passed = machine_now - self.machine_at
        if self.speed != _MACHINE_SPEED:
            microseconds = int(self.speed * (passed // _MICROSECOND))
            if abs(microseconds) > (SHOWN_MAX_AT - SHOWN_MIN_AT) // _MICROSECOND:
                return SHOWN_MAX_AT if microseconds > 0 else SHOWN_MIN_AT
            passed = timedelta(microseconds=microseconds)
        return _within_calendar(self.shown_at, passed)

    @property
    def pace(self) -> Pace:
        """Say in a word how the clock runs."""
        if self.speed == _FROZEN:
            return Pace.FROZEN
        if self.speed == _MACHINE_SPEED:
            return Pace.RUNNING
        return Pace.FAST if self.speed > _MACHINE_SPEED else Pace.SLOW


def set_clock(settings: ClockSettings, at: datetime, *, machine_now: datetime) -> ClockSettings:
    """Show `at` from now on, and go on as fast as before; raise ControlError beyond the calendar.

    Going back is allowed and undoes nothing: what fell due stays done.
    """
    if at.tzinfo is None:
        raise invalid("the clock is set to a time that names its offset from UTC")
    if not SHOWN_MIN_AT <= at <= SHOWN_MAX_AT:
        raise _beyond_the_calendar()
    if at - settings.show(machine_now) > JUMP_MAX:
        raise invalid(f"the clock jumps at most {JUMP_MAX.days} days at once")
    return replace(settings, machine_at=machine_now, shown_at=at.astimezone(UTC))


def advance_clock(
    settings: ClockSettings, by: timedelta, *, machine_now: datetime
) -> ClockSettings:
    """Move the clock forward by so much; raise ControlError beyond the calendar."""
    if by < timedelta():
        raise invalid("the clock advances forward; set it to go back")
    try:
        at = settings.show(machine_now) + by
    except OverflowError as error:
        raise _beyond_the_calendar() from error
    return set_clock(settings, at, machine_now=machine_now)


def set_speed(settings: ClockSettings, speed: Decimal, *, machine_now: datetime) -> ClockSettings:
    """Run so many times as fast as the machine's clock from now on; 0 freezes the clock."""
    if not speed.is_finite() or not 0 <= speed <= SPEED_MAX:
        raise invalid(f"speed must lie between 0 and {SPEED_MAX}")
    return ClockSettings(machine_now, settings.show(machine_now), speed)


def set_offset(settings: ClockSettings, seconds: int, *, machine_now: datetime) -> ClockSettings:
    """Run with the machine's clock, so many seconds ahead of it; negative is behind it."""
    try:
        at = machine_now + timedelta(seconds=seconds)
    except OverflowError as error:
        raise _beyond_the_calendar() from error
    return replace(set_clock(settings, at, machine_now=machine_now), speed=_MACHINE_SPEED)


def take_up_again(
    settings: ClockSettings, *, left_machine_at: datetime, machine_now: datetime
) -> ClockSettings:
    """Return how a saved clock goes on: saved at `left_machine_at`, taken up at `machine_now`.

    A frozen clock still shows what it showed. One that ran with the machine's clock kept its
    distance to it, as AWS's time goes on while nobody looks. Any other speed stood still in the
    meantime: a night away from a clock that runs a thousand times as fast must not be three years.
    """
    if settings.pace in {Pace.FROZEN, Pace.RUNNING}:
        return settings
    return ClockSettings(machine_now, settings.show(left_machine_at), settings.speed)


def _within_calendar(at: datetime, passed: timedelta) -> datetime:
    if passed > SHOWN_MAX_AT - at:
        return SHOWN_MAX_AT
    if passed < SHOWN_MIN_AT - at:
        return SHOWN_MIN_AT
    return at + passed


def _beyond_the_calendar() -> ControlError:
    years = f"{SHOWN_MIN_AT.year} to {SHOWN_MAX_AT.year}"
    return invalid(f"the clock shows years from {years}")
