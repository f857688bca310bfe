"""The statements as JSON, for scripts: units are texts, since a JSON number may lose digits."""

import json
from typing import Any

from meterhouse.domain.quantity import format_quantity
from operations.faults import Fault
from operations.findings import NOT_SEEN, Findings, Statement
from operations.statement_totals import Units, add_up, units_of


def write_document(table_name: str, findings: Findings) -> str:
    """Return one JSON document with everything that the tables show."""
    since_at = findings.scope.since_at
    document = {
        "table": table_name,
        "since": None if since_at is None else since_at.isoformat(),
        "subscription": findings.scope.subscription,
        "is_right": findings.is_right,
        "totals": _line(add_up(findings.statements)),
        "meters": [_meter(one) for one in findings.statements],
        "faults": [_fault(one) for one in findings.faults],
        "not_seen": NOT_SEEN,
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _meter(statement: Statement) -> dict[str, Any]:
    return {
        "subscription": statement.meter.subscription,
        "dimension": statement.meter.dimension,
        "is_right": statement.is_right,
        "records": statement.balance.records,
        **_line(units_of(statement)),
        "unplaced": format_quantity(statement.balance.difference),
        "carried_out": format_quantity(statement.crossed.left),
        "carried_in": format_quantity(statement.crossed.arrived),
        "faults": [_fault(one) for one in statement.faults],
    }


def _fault(fault: Fault) -> dict[str, str]:
    return {"subject": fault.subject, "kind": fault.kind.value, "detail": fault.detail}


def _line(units: Units) -> dict[str, Any]:
    return {
        "journalled": format_quantity(units.journalled),
        "standings": {
            place.value: format_quantity(amount) for place, amount in units.standings.items()
        },
        "difference": format_quantity(units.difference),
    }
