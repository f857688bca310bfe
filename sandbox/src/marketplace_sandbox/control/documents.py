"""What several documents have in common."""

from datetime import datetime
from decimal import Decimal

from marketplace_sandbox.core.model.instants import format_iso


def instant_or_null(instant: datetime | None) -> str | None:
    """Write an instant that may be unknown."""
    return None if instant is None else format_iso(instant)


def amount_or_null(amount: Decimal | None) -> str | None:
    """Write an exact number that may be absent."""
    return None if amount is None else format(amount, "f")
