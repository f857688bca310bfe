"""Reading what a call holds, however malformed it is: for faults and for the log.

Texts are cut to a length that the log can bear.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from marketplace_sandbox.core.model.instants import parse_epoch_seconds
from marketplace_sandbox.core.protocol.excerpts import cut

_TEXTS_SHARED_MAX = 4_096


def peek_text(document: Mapping[str, object], name: str) -> str | None:
    """Return a text as it was sent."""
    value = document.get(name)
    return value if isinstance(value, str) else None


def peek_shared_text(document: Mapping[str, object], name: str) -> str | None:
    """Return a text for the log."""
    value = document.get(name)
    return share(value) if isinstance(value, str) else None


def peek_number(value: object) -> str | None:
    """Return a number as a text for the log."""
    return share(str(value)) if isinstance(value, int | Decimal | str) else None


def peek_time(document: Mapping[str, object], name: str) -> datetime | None:
    """Return a timestamp."""
    value = document.get(name)
    return parse_epoch_seconds(value) if isinstance(value, int | Decimal) else None


def share(text: str) -> str:
    """Return a text, cut, and one object for equal texts: the log repeats few of them often."""
    return _one_of_equals(cut(text))


@lru_cache(maxsize=_TEXTS_SHARED_MAX)
def _one_of_equals(text: str) -> str:
    """Hold the last few thousand texts, a megabyte or so; longer ones must never come here."""
    return text
