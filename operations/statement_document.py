"""The statements as JSON, for scripts: units are texts, since a JSON number may lose digits."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from meterhouse.domain.quantity import format_quantity
from operations.audit import NOT_SEEN, Statement
from operations.statement_totals import Units, add_up, units_of


def write_document(
    table_name: str, since_at: datetime | None, statements: Sequence[Statement]
) -> str:
    """Return one JSON document with everything that the tables show."""
    document = {
        "table": table_name,
        "since": None if since_at is None else since_at.isoformat(),
        "is_right": all(one.is_right for one in statements),
        "totals": _line(add_up(statements)),
        "accounts": [_account(one) for one in statements],
        "not_seen": NOT_SEEN,
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _account(statement: Statement) -> dict[str, Any]:
    balance = statement.balance
    found: dict[str, Any] = {
        "subscription": statement.account.subscription,
        "dimension": statement.account.dimension,
        "is_registered": statement.is_registered,
        "is_right": statement.is_right,
        "is_readable": balance is not None,
    }
    if balance is not None:
        found |= _line(units_of(balance)) | {
            "unplaced": format_quantity(balance.difference),
            "carried_out": format_quantity(balance.carried_out),
            "carried_in": format_quantity(balance.carried_in),
        }
    found["faults"] = [
        {"record": str(fault.record), "kind": fault.kind.value, "detail": fault.detail}
        for fault in statement.faults
    ]
    return found


def _line(units: Units) -> dict[str, Any]:
    return {
        "journalled": format_quantity(units.journalled),
        "standings": {
            place.value: format_quantity(amount) for place, amount in units.standings.items()
        },
        "difference": format_quantity(units.difference),
    }
