"""The sandbox's own time, made of the machine's: frozen, set, advanced or faster."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sandbox.marketplace.core.errors import invalid

SPEED_MAX = 1_000_000  # a limit of the sandbox: eleven days a second
_YEAR_MIN, _YEAR_MAX = 1971, 2998  # hours can be added and taken without leaving the calendar
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ClockSettings:
    """How time runs: at `shown_at` when the machine showed `machine_at`, so fast since.

    Attributes:
        speed: sandbox seconds per machine second; 0 is frozen.

    """

    machine_at: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    shown_at: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    speed: Decimal = Decimal(1)

    def show(self, machine_now: datetime) -> datetime:
        """Return the sandbox's time when the machine shows `machine_now`."""
        passed = machine_now - self.machine_at
        if self.speed == 1:
            return self.shown_at + passed
        if self.speed == 0:
            return self.shown_at
        microseconds = int(self.speed * (passed // _MICROSECOND))
        return self.shown_at + timedelta(microseconds=microseconds)


def set_clock(settings: ClockSettings, at: datetime, *, machine_now: datetime) -> ClockSettings:
    """Show `at` from now on, and go on as fast as before; raise ControlError beyond the calendar.

    Going back is allowed and undoes nothing: what fell due stays done.
    """
    if not _YEAR_MIN <= at.year <= _YEAR_MAX:
        raise invalid(f"the clock shows years from {_YEAR_MIN} to {_YEAR_MAX}")
    return replace(settings, machine_at=machine_now, shown_at=at)


def advance_clock(
    settings: ClockSettings, by: timedelta, *, machine_now: datetime
) -> ClockSettings:
    """Move the clock forward by so much."""
    if by < timedelta():
        raise invalid("the clock advances forward; set it to go back")
    try:
        at = settings.show(machine_now) + by
    except OverflowError as error:
        raise invalid(f"the clock shows years from {_YEAR_MIN} to {_YEAR_MAX}") from error
    return set_clock(settings, at, machine_now=machine_now)


def set_speed(settings: ClockSettings, speed: Decimal, *, machine_now: datetime) -> ClockSettings:
    """Run so many times as fast as the machine's clock from now on; 0 freezes the clock."""
    if not speed.is_finite() or not 0 <= speed <= SPEED_MAX:
        raise invalid(f"speed must lie between 0 and {SPEED_MAX}")
    return ClockSettings(machine_now, settings.show(machine_now), speed)
