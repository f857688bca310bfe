"""The page at `/`: what AWS would bill, what it refused, and what happens right now."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import jinja2

from sandbox.marketplace.bill_view import view_products
from sandbox.marketplace.core.aws_json import to_jsonable
from sandbox.marketplace.hosted import Snapshot

REFUSALS_SHOWN_MAX = 50
CALLS_SHOWN_MAX = 50
_RECORD_SHOWN_LENGTH_MAX = 400
_TEMPLATES = Path(__file__).parent / "templates"


def render_page(snapshot: Snapshot) -> str:
    """Draw the page; everything that came from outside is escaped by the template engine."""
    return _template().render(
        snapshot=snapshot,
        products=view_products(snapshot),
        refusals=snapshot.refusals[: -REFUSALS_SHOWN_MAX - 1 : -1],
        calls=snapshot.calls[: -CALLS_SHOWN_MAX - 1 : -1],
    )


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"when": _show_instant, "record": _show_record}
    return environment.get_template("bill.html")


def _show_instant(instant: datetime) -> str:
    """Write an instant for people, to the second; the page says that all of them are UTC."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _show_record(record: Mapping[str, object] | None) -> str:
    """Write a refused record in one line, cut where nobody would read on."""
    if record is None:
        return ""
    text = json.dumps(record, default=to_jsonable, ensure_ascii=False)
    return text if len(text) <= _RECORD_SHOWN_LENGTH_MAX else text[:_RECORD_SHOWN_LENGTH_MAX] + "…"
