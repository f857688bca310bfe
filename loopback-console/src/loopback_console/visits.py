"""One request of a browser, without the machinery of HTTP, and how it is answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from loopback_console.forms import NOTHING, EntryError, Form, read_form

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


class Refusal(NamedTuple):
    """Why something cannot be shown or done: how HTTP says it, and a sentence without its stop."""

    status: int
    message: str


@dataclass(frozen=True, slots=True)
class Doors:
    """Makes the routes of a console.

    Attributes:
        errors: by which the console's own subject refuses something.
        explain: what one of them says to a person.
        draw_refusal: draws the page that says only that.

    """

    errors: tuple[type[Exception], ...]
    explain: Callable[[Exception], Refusal]
    draw_refusal: Callable[[Refusal], Response]

    def reading(self, path: str, show: Show) -> Route:
        """Make the route of a page; it runs in a thread, so a large one holds up nobody else."""

        def endpoint(request: Request) -> Response:
            return self._show(show, _visit(request))

        return Route(path, endpoint, methods=["GET"])

    def asking(self, path: str, ask: Show, *, back_to: Show) -> Route:
        """Make the route of a form that only asks: show what would be done, or why it cannot be."""

        async def endpoint(request: Request) -> Response:
            visit = _visit(request)
            try:
                visit = replace(visit, form=await read_form(request))
                return await run_in_threadpool(ask, visit)
            except self._expected as error:
                return await self._show_again(back_to, visit, error)

        return Route(path, endpoint, methods=["POST"])

    def acting(self, path: str, act: Act, *, back_to: Show) -> Route:
        """Make the route of a form: do it and go on, or show its page again with the reason.

        Going on is a 303, so reloading the next page submits nothing again.
        """

        async def endpoint(request: Request) -> Response:
            visit = _visit(request)
            try:
                visit = replace(visit, form=await read_form(request))
                address = await run_in_threadpool(act, visit)
            except self._expected as error:
                return await self._show_again(back_to, visit, error)
            return RedirectResponse(address, HTTPStatus.SEE_OTHER)

        return Route(path, endpoint, methods=["POST"])

    @property
    def _expected(self) -> tuple[type[Exception], ...]:
        return (EntryError, *self.errors)

    async def _show_again(self, show: Show, visit: Visit, error: Exception) -> Response:
        status, message = self._explain(error)
        visit = replace(visit, problem=message, status=status)
        return await run_in_threadpool(self._show, show, visit)

    def _show(self, show: Show, visit: Visit) -> Response:
        try:
            return show(visit)
        except self._expected as error:
            return self.draw_refusal(self._explain(error))

    def _explain(self, error: Exception) -> Refusal:
        if isinstance(error, EntryError):
            return Refusal(error.status, str(error))
        return self.explain(error)


def _visit(request: Request) -> Visit:
    query = {name: value[:_VALUE_LENGTH_MAX] for name, value in request.query_params.items()}
    return Visit(path=request.path_params, query=Form(query))
