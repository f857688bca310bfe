"""The HTTP shell: AWS's endpoints, the control API under `/_sandbox`, the page at `/`."""

from collections.abc import Collection
from http import HTTPStatus

from loopback_console.browser_guard import Breach, BrowserGuard
from loopback_console.drawing import asks_for_a_page
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import Scope

from marketplace_sandbox.console.problems import draw_problem
from marketplace_sandbox.console.routes import console_routes
from marketplace_sandbox.control.answers import (
    NOTHING_HERE,
    refuse,
    refuse_address,
    refuse_command,
)
from marketplace_sandbox.control.app import PREFIX, control_app
from marketplace_sandbox.core.model.errors import ControlError
from marketplace_sandbox.hosted import HostedMarketplace
from marketplace_sandbox.telling.requests import Tell, TellingRequests
from marketplace_sandbox.wire.http import aws_routes


def build_app(
    marketplace: HostedMarketplace,
    *,
    names_allowed: Collection[str] = (),
    tell: Tell | None = None,
) -> Starlette:
    """Build the web application around a marketplace; it keeps no state of its own.

    `names_allowed` are the host names by which browsers may reach it, beside localhost. `tell` gets
    a line for each request but those of AWS's API, which the marketplace tells itself.
    """
    routes = [
        *aws_routes(marketplace),
        *console_routes(marketplace),
        Mount(PREFIX, app=control_app(marketplace)),
    ]
    handlers = {ControlError: refuse_command, HTTPException: _on_http_error}
    guards = [
        Middleware(
            BrowserGuard,
            refuse=_refuse_stranger,
            names_allowed=names_allowed,
            is_exempt=_is_aws_side,
        )
    ]
    if tell is not None:
        guards.insert(0, Middleware(TellingRequests, tell=tell, now=marketplace.now))
    return Starlette(routes=routes, exception_handlers=handlers, middleware=guards)


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if asks_for_a_page(request):
        return draw_problem(error.status_code, NOTHING_HERE)
    return await refuse_address(request, error)


def _refuse_stranger(breach: Breach) -> Response:
    hint = " by serve --allow-host" if breach is Breach.HOST else ""
    return refuse(HTTPStatus.FORBIDDEN, "Forbidden", breach.value + hint)


def _is_aws_side(scope: Scope) -> bool:
    """Whether AWS is called, which needs headers that no page can send to another site unasked."""
    path: str = scope["path"]
    return (path == "/" and scope["method"] == "POST") or path.startswith("/service/")
