"""One request of a browser, without the machinery of HTTP, and how it is answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from marketplace_sandbox.console.forms import NOTHING, Form, read_form
from marketplace_sandbox.console.problems import draw_problem
from marketplace_sandbox.core.model.errors import ControlError

_VALUE_LENGTH_MAX = 2_000


@dataclass(frozen=True, slots=True)
class Visit:
    """What a browser asked for.

    Attributes:
        path: the parameters in the address's path.
        query: what follows the question mark.
        form: what was submitted; entered again where it could not be carried out.
        problem: why it could not be carried out.

    """

    path: Mapping[str, str] = field(default_factory=dict)
    query: Form = NOTHING
    form: Form = NOTHING
    problem: str | None = None
    status: int = HTTPStatus.OK


type Show = Callable[[Visit], Response]
type Act = Callable[[Visit], str]  # returns the address of the page to go to


def reading(path: str, show: Show) -> Route:
    """Make the route of a page; it runs in a thread, so a large bill holds up nobody's call."""

    def endpoint(request: Request) -> Response:
        return _show(show, _visit(request))

    return Route(path, endpoint, methods=["GET"])


def acting(path: str, act: Act, *, back_to: Show) -> Route:
    """Make the route of a form: carry it out and go on, or show its page again with the reason.

    Going on is a 303, so reloading the next page submits nothing again.
    """

    async def endpoint(request: Request) -> Response:
        visit = _visit(request)
        try:
            visit = replace(visit, form=await read_form(request))
            address = await run_in_threadpool(act, visit)
        except ControlError as error:
            visit = replace(visit, problem=error.message, status=error.problem.value)
            return await run_in_threadpool(_show, back_to, visit)
        return RedirectResponse(address, HTTPStatus.SEE_OTHER)

    return Route(path, endpoint, methods=["POST"])


def _visit(request: Request) -> Visit:
    query = {name: value[:_VALUE_LENGTH_MAX] for name, value in request.query_params.items()}
    return Visit(path=request.path_params, query=Form(query))


def _show(show: Show, visit: Visit) -> Response:
    try:
        return show(visit)
    except ControlError as error:
        return draw_problem(error.problem.value, error.message)
