"""The frame of every page, and how values look."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path

from loopback_console.drawing import Drawing
from loopback_console.visits import Refusal, Visit
from starlette.responses import Response

from operations.console.stack import Stack
from operations.console.views import Action, Page, View
from operations.showing import as_text

_TITLES = {
    HTTPStatus.BAD_REQUEST: "That cannot be read",
    HTTPStatus.FORBIDDEN: "That is not allowed here",
    HTTPStatus.NOT_FOUND: "That is not here",
    HTTPStatus.METHOD_NOT_ALLOWED: "That is no page",
    HTTPStatus.SERVICE_UNAVAILABLE: "That cannot be shown",
}
_drawing = Drawing(
    Path(__file__).parent / "templates",
    {"left": as_text, "text": as_text, "day": lambda instant: f"{instant:%Y-%m-%d}"},
)


class Layout:
    """Draws pages in the console's frame."""

    def __init__(
        self, stack: Stack, pages: Sequence[Page], actions: Sequence[Action], *, may_change: bool
    ) -> None:
        self._stack = stack
        self._told = {one.name: one.told for one in actions}
        self._may_change = may_change
        self._sections = [(one.section, one.path, one.label) for one in pages if one.label]

    def draw(self, view: View, visit: Visit, section: str) -> Response:
        """Draw a page of a section."""
        values = {
            "problem": visit.problem,
            "notice": self._told.get(visit.query.entered("done")),
            "form": visit.form,
        }
        return self._draw(view.template, visit.status, section, {**values, **view.values})

    def draw_refusal(self, refusal: Refusal) -> Response:
        """Draw the page that says why there is none."""
        title = _TITLES.get(HTTPStatus(refusal.status), "That could not be done")
        told = {"title": title, "message": refusal.message, "problem": None, "notice": None}
        return self._draw("problem.html", refusal.status, None, told)

    def _draw(
        self, template: str, status: int, section: str | None, values: Mapping[str, object]
    ) -> Response:
        return _drawing.draw(
            template,
            status,
            posts_to="'self'",
            section=section,
            sections=self._sections,
            stack_name=self._stack.name,
            now=self._stack.now(),
            may_change=self._may_change,
            **values,
        )
