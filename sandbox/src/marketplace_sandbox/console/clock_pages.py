"""The page `/clock`: how time runs, and where it can be moved."""

from datetime import timedelta

from loopback_console.visits import Visit
from starlette.responses import Response
from starlette.routing import Route

from marketplace_sandbox.console.instants import read_instant
from marketplace_sandbox.console.layout import Pages
from marketplace_sandbox.console.views.clock import STEPS, plan_jumps
from marketplace_sandbox.console.visits import acting, reading
from marketplace_sandbox.core.model.errors import invalid

ADVANCE_SECONDS_MAX = 10 * 366 * 86_400


class ClockPages(Pages):
    """The page `/clock`."""

    def routes(self) -> list[Route]:
        """List the routes."""
        return [
            reading("/clock", self.show_clock),
            acting("/clock/advance", self.advance, back_to=self.show_clock),
            acting("/clock/set", self.set_clock, back_to=self.show_clock),
            acting("/clock/speed", self.set_speed, back_to=self.show_clock),
        ]

    def show_clock(self, visit: Visit) -> Response:
        """Show how time runs and where it can be moved."""
        jumps = plan_jumps(self._marketplace.now())
        return self._layout.page(
            "clock.html",
            visit,
            section="clock",
            steps=STEPS,
            next_month_at=jumps.next_month_at,
            next_close_at=jumps.next_close_at,
        )

    def advance(self, visit: Visit) -> str:
        """Move the clock forward."""
        seconds = visit.form.integer("seconds")
        if seconds is None or not 0 <= seconds <= ADVANCE_SECONDS_MAX:
            raise invalid(f"seconds must lie between 0 and {ADVANCE_SECONDS_MAX}")
        self._desks.clock.advance(timedelta(seconds=seconds))
        return "/clock?done=clock"

    def set_clock(self, visit: Visit) -> str:
        """Show another time."""
        at = read_instant(visit.form, "at")
        if at is None:
            raise invalid("the time must be filled in")
        self._desks.clock.set(at)
        return "/clock?done=clock"

    def set_speed(self, visit: Visit) -> str:
        """Freeze, resume or speed up."""
        speed = visit.form.decimal("speed")
        if speed is None:
            raise invalid("speed must be filled in")
        self._desks.clock.set_speed(speed)
        return "/clock"
