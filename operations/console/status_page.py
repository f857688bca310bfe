"""The page of what a look at the stack finds: is it whole, what waits, who is needed."""

from loopback_console.visits import Visit

from operations.console.stack import Stack
from operations.console.views import View
from operations.status_checks import read_status

STATUS_PATH = "/status"


def show_status(stack: Stack, visit: Visit) -> View:
    """Show everything that `meterhouse status` looks at."""
    del visit
    return View("status.html", {"answer": read_status(stack)})
