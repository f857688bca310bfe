"""The statements as tables for people: every digit is shown, however wide that makes a line."""

from collections.abc import Sequence
from itertools import groupby

from rich import box
from rich.console import Console
from rich.table import Table

from meterhouse.domain.accounting import Standing
from meterhouse.domain.hours import format_hour
from meterhouse.domain.quantity import format_quantity
from operations.findings import NOT_SEEN, Findings, Scope, Statement
from operations.statement_totals import Units, add_up, units_of, verdict

# No table is as wide as this; without a bound of its own it would be cut to the terminal's.
_WIDTH_MAX = 1_000
_RUN_AGAIN = (
    "Usage that moved while this was read can look like a fault once: run it again before you "
    "believe it."
)


def print_statements(table_name: str, findings: Findings) -> None:
    """Print the table of units, the faults, and the verdict as last line."""
    console = Console(highlight=False, markup=False)
    console.print(f"{table_name}, {_say_scope(findings.scope)}", soft_wrap=True)
    if findings.statements:
        _print_whole(_units_table(findings.statements))
    faults = [fault for one in findings.statements for fault in one.faults]
    for fault in (*faults, *findings.faults):
        line = f"{fault.subject}: {fault.kind}: {fault.detail}"
        console.print(line, soft_wrap=True, style="red")
    if not findings.is_right:
        console.print(_RUN_AGAIN, soft_wrap=True)
    console.print("Usage that was carried is journalled twice: where it left, and where it went.")
    console.print(NOT_SEEN, soft_wrap=True)
    console.print(f"account: {verdict(findings)}", soft_wrap=True)


def _say_scope(scope: Scope) -> str:
    hours = "all hours"
    if scope.since_at is not None:
        hours = f"hours from {format_hour(scope.since_at)} UTC on"
    return hours if scope.subscription is None else f"{hours}, {scope.subscription} alone"


def _print_whole(table: Table) -> None:
    """Print a table with every digit, also where the terminal is narrower."""
    width = Console(width=_WIDTH_MAX).measure(table).maximum
    Console(width=width, highlight=False, markup=False).print(table)


def _units_table(statements: Sequence[Statement]) -> Table:
    totals = add_up(statements)
    places = [
        place
        for place in Standing
        if place is Standing.METERED or any(one.balance.standings[place] for one in statements)
    ]
    table = Table(box=box.SIMPLE_HEAD, padding=0, pad_edge=False)
    table.add_column("subscription and dimension", no_wrap=True)
    for heading in ("journalled", *(place.value for place in places), "difference"):
        table.add_column(heading, justify="right", no_wrap=True)
    for subscription, group in groupby(statements, key=lambda one: one.meter.subscription):
        table.add_row(subscription)
        for statement in group:
            style = None if statement.is_right else "red"
            cells = _cells(units_of(statement), places)
            table.add_row(f"  {statement.meter.dimension}", *cells, style=style)
    table.add_section()
    table.add_row("all", *_cells(totals, places))
    return table


def _cells(line: Units, places: Sequence[Standing]) -> list[str]:
    amounts = [line.journalled, *(line.standings[place] for place in places), line.difference]
    return [format_quantity(amount) for amount in amounts]
