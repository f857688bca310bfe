"""All addresses of the console."""

from loopback_console.drawing import style_route
from starlette.routing import Route

from marketplace_sandbox.console.agreement_pages import AgreementPages
from marketplace_sandbox.console.bill_pages import BillPages
from marketplace_sandbox.console.call_pages import CallPages
from marketplace_sandbox.console.catalogue_pages import CataloguePages
from marketplace_sandbox.console.clock_pages import ClockPages
from marketplace_sandbox.console.event_pages import EventPages
from marketplace_sandbox.console.fact_pages import FactPages
from marketplace_sandbox.console.fault_pages import FaultPages
from marketplace_sandbox.console.layout import Layout
from marketplace_sandbox.console.request_pages import RequestPages
from marketplace_sandbox.console.resource_pages import ResourcePages
from marketplace_sandbox.hosted import HostedMarketplace

_PAGES = (
    BillPages,
    CataloguePages,
    AgreementPages,
    RequestPages,
    CallPages,
    EventPages,
    ClockPages,
    FaultPages,
    FactPages,
    ResourcePages,
)


def console_routes(marketplace: HostedMarketplace) -> list[Route]:
    """List the console's routes.

    Forms change things, so whoever serves the routes must refuse what pages of other sites post
    (`loopback_console.browser_guard` does).
    """
    layout = Layout(marketplace)
    pages = [kind(marketplace, layout) for kind in _PAGES]
    return [
        style_route(),
        *(route for one in pages for route in one.routes()),
    ]
