"""The console as a web application: the guard, the pages, and what forms do."""

from collections.abc import Sequence
from http import HTTPStatus

from loopback_console.browser_guard import Breach, BrowserGuard
from loopback_console.drawing import style_route, write_query
from loopback_console.visits import Doors, Refusal, Visit
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from operations.console.layout import Layout
from operations.console.refusals import ERRORS, explain
from operations.console.routes import ACTIONS, FILES, PAGES, QUESTIONS
from operations.console.stack import Stack
from operations.console.views import Action, File, Page, Question

_HOW_TO_ALLOW = (
    "this console only looks: end it, and start it with `meterhouse console --allow-changes`"
)


def build_app(
    stack: Stack,
    *,
    may_change: bool,
    pages: Sequence[Page] = PAGES,
    actions: Sequence[Action] = ACTIONS,
    questions: Sequence[Question] = QUESTIONS,
    files: Sequence[File] = FILES,
) -> Starlette:
    """Build the console of a stack; unless it may change something, what its forms do is 403."""
    layout = Layout(stack, pages, actions, may_change=may_change)
    doors = Doors(ERRORS, explain, layout.draw_refusal)

    def show(page: Page, visit: Visit) -> Response:
        return layout.draw(page.show(stack, visit), visit, page.section)

    def reading(page: Page) -> Route:
        return doors.reading(page.path, lambda visit: show(page, visit))

    def giving(file: File) -> Route:
        return doors.reading(file.path, lambda visit: file.give(stack, visit))

    def asking(question: Question) -> Route:
        def ask(visit: Visit) -> Response:
            view, section = question.ask(stack, visit), question.back_to.section
            return layout.draw(view, visit, section)

        return doors.asking(question.path, ask, back_to=lambda visit: show(question.back_to, visit))

    def acting(action: Action) -> Route:
        def act(visit: Visit) -> str:
            address = action.act(stack, visit)
            done = write_query(done=action.name)
            return address + (done if "?" not in address else f"&{done[1:]}")

        return doors.acting(action.path, act, back_to=lambda visit: show(action.back_to, visit))

    def refusing(action: Action | Question) -> Route:
        refusal = Refusal(HTTPStatus.FORBIDDEN, _HOW_TO_ALLOW)
        return Route(action.path, lambda _: layout.draw_refusal(refusal), methods=["POST"])

    def refuse_address(_: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.NOT_FOUND
        return layout.draw_refusal(Refusal(status, "nothing is under this address"))

    return Starlette(
        routes=[
            style_route(),
            *(reading(one) for one in pages),
            *(giving(one) for one in files),
            *((asking if may_change else refusing)(one) for one in questions),
            *((acting if may_change else refusing)(one) for one in actions),
        ],
        exception_handlers={HTTPException: refuse_address},
        middleware=[
            Middleware(BrowserGuard, refuse=lambda breach: layout.draw_refusal(_breaking(breach)))
        ],
    )


def _breaking(breach: Breach) -> Refusal:
    return Refusal(HTTPStatus.FORBIDDEN, breach.value)
