"""The clock of a served sandbox."""

from marketplace_sandbox.client.connection import Amount, Connection, Duration, Instant
from marketplace_sandbox.control.clock_documents import ClockDocument


class ClockMethods(Connection):
    """What time it is; each method returns the clock as it is then."""

    def show_clock(self) -> ClockDocument:
        """Show what time it is in the sandbox, and what is due."""
        return self._ask("GET", "clock")

    def offset_clock(self, offset_seconds: Duration) -> ClockDocument:
        """Run with the machine's clock, so far ahead of it."""
        return self._ask("PUT", "clock", offset_seconds=offset_seconds)

    def set_clock(self, at: Instant) -> ClockDocument:
        """Show a time; going back is allowed and undoes nothing."""
        return self._ask("POST", "clock/set", at=at)

    def advance_clock(self, seconds: Duration) -> ClockDocument:
        """Move forward, say by "36h"; what falls due on the way happens before the answer."""
        return self._ask("POST", "clock/advance", seconds=seconds)

    def freeze_clock(self) -> ClockDocument:
        """Let time stand still."""
        return self._ask("POST", "clock/freeze")

    def resume_clock(self) -> ClockDocument:
        """Let time run on as fast as the machine's, from where it stands."""
        return self._ask("POST", "clock/resume")

    def set_clock_speed(self, speed: Amount) -> ClockDocument:
        """Run so many times as fast as the machine's clock; 0 freezes."""
        return self._ask("PUT", "clock/speed", speed=speed)
