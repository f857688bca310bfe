"""Reading the date and time of a form, by the rule that all of the sandbox reads instants by."""

from datetime import datetime

from loopback_console.forms import EntryError, Form, label_of

from marketplace_sandbox.core.model.instants import parse_iso


def read_instant(form: Form, name: str) -> datetime | None:
    """Read a date and time, which are UTC on every page; raises EntryError."""
    text = form.text(name)
    if text is None:
        return None
    has_offset = text.endswith("Z") or "+" in text
    instant = parse_iso(text if has_offset else f"{text}+00:00")
    if instant is None:
        raise EntryError(f"{label_of(name)} must be a time like 2026-12-01T06:00")
    return instant
