"""Drawing a page: the template engine, and how values look to people."""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlencode

import jinja2
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

STYLE_PATH = "/console.css"
_FOLDER = Path(__file__).parent
# Joiners make one picture of several characters; other format characters turn text around or hide.
_JOINERS = frozenset("\u200c\u200d")
_LINES = frozenset("\n\t")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'; "
)

type Filters = Mapping[str, Callable[..., object]]
_NO_FILTERS: Filters = MappingProxyType({})


class Drawing:
    """Draws the templates of one console, which find this package's own beside them.

    `frame.html` is the frame that a console's pages extend, `fields.html` has the inputs of forms.
    What a template shows is escaped, and written out where it would be invisible.
    """

    def __init__(self, templates: Path, filters: Filters = _NO_FILTERS) -> None:
        folders = [templates, _FOLDER / "templates"]
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folders),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            finalize=show_plainly,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "when": show_instant,
            "quantity": show_quantity,
            "duration": show_duration,
            "count": lambda number: f"{number:,}",
            "exact": keep_exact,
            **filters,
        }
        self._environment.globals |= {"query": write_query, "style_path": STYLE_PATH}

    def draw(
        self, template: str, status: int = 200, *, posts_to: str = "'self'", **values: object
    ) -> Response:
        """Draw a template; `posts_to` is where its forms may go, as a source of a policy."""
        html = self._environment.get_template(template).render(**values)
        headers = {
            "Content-Security-Policy": f"{_POLICY}form-action {posts_to}",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
        return Response(html.encode(), status, headers, "text/html")


def style_route() -> Route:
    """Make the route of the one style sheet, which every page loads."""

    def show_style(_: Request) -> Response:
        headers = {"Cache-Control": "max-age=60"}
        return Response(_read_style(), media_type="text/css", headers=headers)

    return Route(STYLE_PATH, show_style, methods=["GET"])


@cache
def _read_style() -> bytes:
    return (_FOLDER / "console.css").read_bytes()


def asks_for_a_page(request: Request) -> bool:
    """Whether a browser asks on behalf of a person; programs take JSON."""
    return "text/html" in request.headers.get("accept", "")


def show_plainly(value: object) -> object:
    """Write out what would be invisible, would turn text around, or is only half a character."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    if value.isascii() and value.isprintable():
        return value
    return "".join(_show_character(character) for character in value)


def keep_exact(text: str) -> Markup:
    """Write what a browser sends back and nobody sees, such as a hidden field: as it is."""
    return escape(text)


def show_instant(instant: datetime) -> Markup:
    """Write an instant for people, to the second; the pages say that all of them are UTC."""
    at = instant.astimezone(UTC)
    machine = at.isoformat().removesuffix("+00:00") + "Z"
    return Markup('<time datetime="{}">{}</time>').format(machine, f"{at:%Y-%m-%d %H:%M:%S}")


def show_quantity(value: Decimal | int) -> str:
    """Write a quantity for people: 22,361,870 or 12.5."""
    return format(Decimal(value).normalize(), ",f")


def show_duration(value: timedelta) -> str:
    """Write a duration in days, hours, minutes and seconds: -1 d 2 h."""
    seconds = abs(round(value.total_seconds()))
    sizes = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    parts = []
    for unit, size in sizes:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count:,} {unit}")
    sign = "-" if value < timedelta() else ""
    return sign + (" ".join(parts) or "0 s")


def cut(text: str, length: int) -> str:
    """Cut a text where nobody would read on."""
    return text if len(text) <= length else text[:length] + "…"


def write_query(**parameters: object) -> str:
    """Write the query of an address; half characters cannot stand in one."""
    return "?" + urlencode(
        {name: value for name, value in parameters.items() if value not in {None, ""}},
        errors="replace",
    )


def _show_character(character: str) -> str:
    if character in _JOINERS or character in _LINES:
        return character
    if unicodedata.category(character) not in _UNSEEN:
        return character
    return f"\\u{ord(character):04x}"
