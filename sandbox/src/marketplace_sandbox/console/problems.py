"""The page for an address under which there is nothing to show."""

from http import HTTPStatus

from starlette.responses import Response

from marketplace_sandbox.console.drawing import draw

SECTIONS = (
    ("overview", "/", "Overview"),
    ("products", "/products", "Products"),
    ("bill", "/bill", "Bill"),
    ("invoices", "/invoices", "Invoices"),
    ("calls", "/calls", "Calls"),
    ("events", "/events", "Events"),
    ("faults", "/faults", "Faults"),
    ("resources", "/resources", "Resources"),
    ("clock", "/clock", "Clock"),
    ("rules", "/rules", "Rules"),
)
_TITLES = {
    HTTPStatus.NOT_FOUND: "That is not here",
    HTTPStatus.METHOD_NOT_ALLOWED: "That is no page",
}


def draw_problem(status: int, message: str) -> Response:
    """Draw the page; the message is a sentence without its full stop."""
    title = _TITLES.get(HTTPStatus(status), "That could not be done")
    return draw(
        "problem.html",
        status,
        title=title,
        message=message,
        section=None,
        sections=SECTIONS,
        problem=None,
        notice=None,
    )
