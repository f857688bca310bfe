"""Drawing a page: the template engine, and how values look to people."""

import json
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

import jinja2
from markupsafe import Markup
from starlette.responses import Response

from marketplace_sandbox.core.answer_request import to_jsonable
from marketplace_sandbox.core.model.instants import format_iso
from marketplace_sandbox.core.model.offers import EntitledValue, Grant

DOCUMENT_SHOWN_LENGTH_MAX = 20_000
RECORD_SHOWN_LENGTH_MAX = 400
USAGE_SHOWN_LENGTH_MAX = 255
# Quantity, dimension and buyer in the input of BatchMeterUsage and MeterUsage (MODEL).
_USAGE_NAMES = (
    ("Quantity", "QuantityAsDecimal", "UsageQuantity", "UsageQuantityAsDecimal"),
    ("Dimension", "UsageDimension"),
    ("CustomerAWSAccountId", "CustomerIdentifier"),
)
_FOLDER = Path(__file__).parent
# Joiners make one picture of several characters; other format characters turn text around or hide.
_JOINERS = frozenset("\u200c\u200d")
_LINES = frozenset("\n\t")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'; "
)


def draw(
    template: str, status: int = 200, *, posts_to: str = "'self'", **values: object
) -> Response:
    """Draw a template; `posts_to` is where its forms may go, as a source of a security policy."""
    html = _environment().get_template(template).render(**values)
    headers = {
        "Content-Security-Policy": f"{_POLICY}form-action {posts_to}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return Response(html.encode(), status, headers, "text/html")


@cache
def read_style() -> bytes:
    """Return the one style sheet."""
    return (_FOLDER / "console.css").read_bytes()


def show_plainly(value: object) -> object:
    """Write out what would be invisible, would turn text around, or is only half a character."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    if value.isascii() and value.isprintable():
        return value
    return "".join(_show_character(character) for character in value)


def show_instant(instant: datetime) -> Markup:
    """Write an instant for people, to the second; the pages say that all of them are UTC."""
    machine = format_iso(instant)
    return Markup('<time datetime="{}">{}</time>').format(
        machine, f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    )


def show_quantity(value: Decimal | int) -> str:
    """Write a quantity for people: 22,361,870 or 12.5."""
    return format(Decimal(value).normalize(), ",f")


def show_money(value: Decimal) -> str:
    """Write an amount of US dollars exactly, with two decimals at least: $1,234.50."""
    text = show_quantity(value)
    whole, _, fraction = text.partition(".")
    return f"${whole}.{fraction.ljust(2, '0')}"


def show_entitled(value: EntitledValue) -> str:
    """Write what is granted of a dimension: 40, 0.5, yes, no, or a text as it is."""
    match value:
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return show_quantity(Decimal(str(value)))
        case str():
            return value


def show_grant(grant: Grant) -> str:
    """Write a grant in a few words: 40 of seats, support included, plan: gold."""
    match grant.value:
        case bool(is_included):
            return f"{grant.dimension} {'included' if is_included else 'not included'}"
        case str(text):
            return f"{grant.dimension}: {text}"
        case number:
            return f"{show_entitled(number)} of {grant.dimension}"


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


def show_record(record: Mapping[str, object] | None) -> str:
    """Write a record in one line, cut where nobody would read on."""
    if record is None:
        return ""
    text = json.dumps(record, default=to_jsonable, ensure_ascii=False)
    return _cut(text, RECORD_SHOWN_LENGTH_MAX)


def show_usage(record: Mapping[str, object] | None) -> str:
    """Say what a record wanted to bill: 5 of api_calls for 444455556666.

    The record was refused, perhaps because of what stands in it, so any value is shown as it is.
    """
    if record is None:
        return ""
    named = (_find_first(record, names) for names in _USAGE_NAMES)
    quantity, dimension, buyer = (
        None if value is None else _cut(str(value), USAGE_SHOWN_LENGTH_MAX) for value in named
    )
    words = f"{quantity or 'no quantity'} of {dimension or 'no dimension'}"
    return words if buyer is None else f"{words} for {buyer}"


def show_document(document: object) -> str:
    """Write a document in lines, cut where nobody would read on."""
    text = json.dumps(document, default=to_jsonable, ensure_ascii=False, indent=2)
    return _cut(text, DOCUMENT_SHOWN_LENGTH_MAX)


def write_query(**parameters: object) -> str:
    """Write the query of an address; half characters cannot stand in one."""
    return "?" + urlencode(
        {name: value for name, value in parameters.items() if value not in {None, ""}},
        errors="replace",
    )


def _find_first(record: Mapping[str, object], names: Iterable[str]) -> object:
    return next((record[name] for name in names if record.get(name) is not None), None)


def _show_character(character: str) -> str:
    if character in _JOINERS or character in _LINES:
        return character
    if unicodedata.category(character) not in _UNSEEN:
        return character
    return f"\\u{ord(character):04x}"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[:length] + "…"


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=show_plainly,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "when": show_instant,
        "quantity": show_quantity,
        "money": show_money,
        "duration": show_duration,
        "entitled": show_entitled,
        "grant": show_grant,
        "record": show_record,
        "usage": show_usage,
        "document": show_document,
        "count": lambda number: f"{number:,}",
    }
    environment.globals["query"] = write_query
    return environment
