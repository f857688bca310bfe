"""The HTTP shell: AWS JSON 1.1 at `POST /`, the control API under `/_sandbox`, the page at `/`."""

from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.marketplace.control_api import control_routes, read_body, refuse
from sandbox.marketplace.core.errors import ControlError
from sandbox.marketplace.hosted import HostedMarketplace
from sandbox.marketplace.page import render_page


def build_app(marketplace: HostedMarketplace) -> Starlette:
    """Build the web application around a marketplace; it keeps no state of its own."""

    async def answer_sdk(request: Request) -> Response:
        answer = marketplace.answer(
            request.headers.get("x-amz-target", ""), await read_body(request)
        )
        return Response(answer.body, int(answer.status), answer.headers)

    async def show_bill(_: Request) -> Response:
        html = render_page(marketplace.snapshot())
        # A refused record may hold half a character, which JSON allows and UTF-8 does not.
        return Response(html.encode("utf-8", "replace"), media_type="text/html")

    routes = [
        Route("/", answer_sdk, methods=["POST"]),
        Route("/", show_bill, methods=["GET"]),
        *control_routes(marketplace),
    ]
    handlers = {ControlError: _on_control_error, HTTPException: _on_http_error}
    return Starlette(routes=routes, exception_handlers=handlers)


async def _on_control_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ControlError)
    return refuse(error.problem.value, error.code, error.message)


async def _on_http_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = HTTPStatus(error.status_code).phrase.replace(" ", "")
    return refuse(error.status_code, code, "the sandbox has nothing here under this method")
