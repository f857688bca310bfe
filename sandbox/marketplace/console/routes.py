"""All addresses of the console."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.marketplace.console.agreement_pages import AgreementPages
from sandbox.marketplace.console.drawing import read_style
from sandbox.marketplace.console.event_pages import EventPages
from sandbox.marketplace.console.layout import Layout
from sandbox.marketplace.console.ledger_pages import LedgerPages
from sandbox.marketplace.console.product_pages import ProductPages
from sandbox.marketplace.console.resource_pages import ResourcePages
from sandbox.marketplace.console.stage_pages import StagePages
from sandbox.marketplace.console.watch_pages import WatchPages
from sandbox.marketplace.hosted import HostedMarketplace

_PAGES = (
    LedgerPages,
    ProductPages,
    AgreementPages,
    WatchPages,
    EventPages,
    StagePages,
    ResourcePages,
)


def console_routes(marketplace: HostedMarketplace) -> list[Route]:
    """List the console's routes.

    Forms change things, so whoever serves the routes must refuse what pages of other sites post
    (`control.browser_guard` does).
    """
    layout = Layout(marketplace)
    pages = [kind(marketplace, layout) for kind in _PAGES]
    return [
        Route("/console.css", _show_style, methods=["GET"]),
        *(route for one in pages for route in one.routes()),
    ]


def _show_style(_: Request) -> Response:
    return Response(read_style(), media_type="text/css", headers={"Cache-Control": "max-age=60"})
