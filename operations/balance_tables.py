"""The statements of all meters, added up: as tables for people and as JSON for scripts."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.table import Table

from meterhouse.domain.accounting.balances import ZERO, Standing
from meterhouse.domain.hours import format_hour
from meterhouse.domain.quantity import format_quantity
from operations.findings import NOT_SEEN, Fault, Findings, Scope, Statement
from operations.showing import new_table, paged, print_whole, write_csv, write_json

_RUN_AGAIN = (
    "Usage that moved while this was read can look like a fault once: run it again before you "
    "believe it."
)


@dataclass(frozen=True, slots=True)
class Units:
    """One line of a statement, in units; `difference` counts both kinds, by amount."""

    journalled: Decimal
    standings: dict[Standing, Decimal]
    difference: Decimal


def units_of(statement: Statement) -> Units:
    """Return the line of one meter."""
    balance = statement.balance
    difference = abs(balance.difference) + statement.crossed.lost
    return Units(balance.journalled, balance.standings, difference)


def add_up(statements: Iterable[Statement]) -> Units:
    """Return the line of all meters."""
    lines = [units_of(one) for one in statements]
    return Units(
        sum((line.journalled for line in lines), ZERO),
        {place: sum((line.standings[place] for line in lines), ZERO) for place in Standing},
        sum((line.difference for line in lines), ZERO),
    )


def verdict(findings: Findings) -> str:
    """Return the last line: what the exit code says, in words."""
    statements, subscription = findings.statements, findings.scope.subscription
    whose = "" if subscription is None else f" of {subscription}"
    if not findings.is_right:
        wrong = sum(not one.is_right for one in statements)
        faults = len(findings.faults) + sum(len(one.faults) for one in statements)
        meters = _count(len(statements), "meter")
        return f"FAILED: {wrong} of {meters} wrong, {_count(faults, 'fault')} named"
    if not statements:
        return f"OK: no meter{whose} has usage"
    units = format_quantity(add_up(statements).journalled)
    meters = _count(len(statements), "meter")
    return f"OK: {meters}{whose}, {units} units journalled, each in its place"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def write_document(table_name: str, findings: Findings) -> str:
    """Return one JSON document with everything that the tables show."""
    document = {
        "table": table_name,
        "since": findings.scope.since_at,
        "subscription": findings.scope.subscription,
        "is_right": findings.is_right,
        "totals": asdict(add_up(findings.statements)),
        "meters": [_meter(one) for one in findings.statements],
        "faults": [_fault(one) for one in findings.faults],
        "not_seen": NOT_SEEN,
    }
    return write_json(document)


def write_table(findings: Findings) -> str:
    """Return one line of CSV for each meter, with what the document has of it; faults by number."""
    columns = (
        *("subscription", "dimension", "is_right", "records", "journalled", *Standing),
        *("difference", "unplaced", "carried_out", "carried_in", "faults"),
    )
    return write_csv(columns, (_flat(_meter(one)) for one in findings.statements))


def _flat(meter: dict[str, Any]) -> dict[str, Any]:
    standings = meter.pop("standings")
    return {**meter, **standings, "faults": len(meter["faults"])}


def _meter(statement: Statement) -> dict[str, Any]:
    return {
        **statement.meter._asdict(),
        "is_right": statement.is_right,
        "records": statement.balance.records,
        **asdict(units_of(statement)),
        "unplaced": statement.balance.difference,
        "carried_out": statement.crossed.left,
        "carried_in": statement.crossed.arrived,
        "faults": [_fault(one) for one in statement.faults],
    }


def _fault(fault: Fault) -> dict[str, str]:
    return {"subject": fault.subject, "kind": fault.kind.value, "detail": fault.detail}


@paged()
def print_statements(table_name: str, findings: Findings) -> None:
    """Print the table of units, the faults, and the verdict as last line."""
    console = Console(highlight=False, markup=False)
    console.print(f"{table_name}, {_say_scope(findings.scope)}", soft_wrap=True)
    if findings.statements:
        print_whole(_units_table(findings.statements))
    faults = [fault for one in findings.statements for fault in one.faults]
    for fault in (*faults, *findings.faults):
        line = f"{fault.subject}: {fault.kind}: {fault.detail}"
        console.print(line, soft_wrap=True, style="red")
    if not findings.is_right:
        console.print(_RUN_AGAIN, soft_wrap=True)
    console.print("Usage that was carried is journalled twice: where it left, and where it went.")
    console.print(NOT_SEEN, soft_wrap=True)
    console.print(f"balance: {verdict(findings)}", soft_wrap=True)


def _say_scope(scope: Scope) -> str:
    hours = "all hours"
    if scope.since_at is not None:
        hours = f"hours from {format_hour(scope.since_at)} UTC on"
    return hours if scope.subscription is None else f"{hours}, {scope.subscription} alone"


def _units_table(statements: Sequence[Statement]) -> Table:
    places = [
        place
        for place in Standing
        if place is Standing.METERED or any(one.balance.standings[place] for one in statements)
    ]
    numbers = ["journalled", *(place.value for place in places), "difference"]
    table = new_table("subscription and dimension", *numbers, numbers=numbers)
    for subscription, group in groupby(statements, key=lambda one: one.meter.subscription):
        table.add_row(subscription)
        for statement in group:
            style = None if statement.is_right else "red"
            cells = _cells(units_of(statement), places)
            table.add_row(f"  {statement.meter.dimension}", *cells, style=style)
    table.add_section()
    table.add_row("all", *_cells(add_up(statements), places))
    return table


def _cells(line: Units, places: Sequence[Standing]) -> list[str]:
    amounts = [line.journalled, *(line.standings[place] for place in places), line.difference]
    return [format_quantity(amount) for amount in amounts]
