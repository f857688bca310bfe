"""The statements as tables for people: every digit is shown, however wide that makes a line."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from rich import box
from rich.console import Console
from rich.table import Table

from meterhouse.domain.accounting import Standing
from meterhouse.domain.hours import format_hour
from meterhouse.domain.quantity import format_quantity
from operations.audit import NOT_SEEN, Statement
from operations.statement_totals import Units, add_up, units_of, verdict

# No table is as wide as this; without a bound of its own it would be cut to the terminal's.
_WIDTH_MAX = 1_000


def print_statements(
    table_name: str, since_at: datetime | None, statements: Sequence[Statement]
) -> None:
    """Print the table of units, the faults, and the verdict as last line."""
    console = Console(highlight=False, markup=False)
    period = "all hours" if since_at is None else f"hours from {format_hour(since_at)} UTC on"
    console.print(f"{table_name}, {period}", soft_wrap=True)
    if statements:
        _print_whole(_units_table(statements))
    for statement in statements:
        _print_faults(console, statement)
    console.print("Usage that was carried is journalled twice: where it left, and where it went.")
    console.print(NOT_SEEN, soft_wrap=True)
    console.print(f"account: {verdict(statements)}", soft_wrap=True)


def _print_whole(table: Table) -> None:
    """Print a table with every digit, also where the terminal is narrower."""
    width = Console(width=_WIDTH_MAX).measure(table).maximum
    Console(width=width, highlight=False, markup=False).print(table)


def _units_table(statements: Sequence[Statement]) -> Table:
    totals = add_up(statements)
    places = [place for place in Standing if place is Standing.METERED or totals.standings[place]]
    table = Table(box=box.SIMPLE_HEAD, padding=0, pad_edge=False)
    table.add_column("subscription and dimension", no_wrap=True)
    for heading in ("journalled", *(place.value for place in places), "difference"):
        table.add_column(heading, justify="right", no_wrap=True)
    for subscription, group in groupby(statements, key=lambda one: one.account.subscription):
        table.add_row(subscription)
        for statement in group:
            cells = ["?"] * (len(places) + 2)
            if statement.balance is not None:
                cells = _cells(units_of(statement.balance), places)
            style = None if statement.is_right else "red"
            table.add_row(f"  {statement.account.dimension}", *cells, style=style)
    table.add_section()
    table.add_row("all", *_cells(totals, places))
    return table


def _cells(line: Units, places: Sequence[Standing]) -> list[str]:
    amounts = [line.journalled, *(line.standings[place] for place in places), line.difference]
    return [format_quantity(amount) for amount in amounts]


def _print_faults(console: Console, statement: Statement) -> None:
    if statement.balance is None and not statement.faults:
        subscription, dimension = statement.account
        console.print(f"{subscription}|{dimension}: its journal cannot be read", soft_wrap=True)
    for fault in statement.faults:
        console.print(f"{fault.record}: {fault.kind}: {fault.detail}", soft_wrap=True, style="red")
