"""The first page: what waits for its deadline."""

from loopback_console.visits import Visit

from operations.careful_ledger import CarefulUsageTable
from operations.console.stack import Stack
from operations.console.views import View
from operations.reads import read_unfinished


def show_overview(stack: Stack, visit: Visit) -> View:
    """Show what is unfinished, the soonest deadline first."""
    del visit
    ledger = stack.open(CarefulUsageTable)
    return View("overview.html", {"unfinished": read_unfinished(ledger, stack.now())})
