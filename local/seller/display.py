"""What a person sees: at most 80 columns unless the terminal is wider, no colour in a file."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from itertools import groupby

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from local.seller.comparison import Comparison, ComparisonRow, format_units

_WIDTH_OF_A_FILE = 80
_BAR_WIDTH = 20


def build_console() -> Console:
    """Build the console for this run's standard output."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDTH_OF_A_FILE)


@contextmanager
def progress_of_units(console: Console, description: str) -> Iterator[Callable[[Comparison], None]]:
    """Show how many of the sent units are billed; in a file, the table must do."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=_BAR_WIDTH),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(description, total=None)

        def show(comparison: Comparison) -> None:
            right = comparison.sent - comparison.lost
            progress.update(task, total=float(comparison.sent), completed=float(right))

        yield show


@contextmanager
def progress_of_count(
    console: Console, description: str, total: int
) -> Iterator[Callable[[int], None]]:
    """Show how many of `total` things are done; in a file, show nothing."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=_BAR_WIDTH),
        MofNCompleteColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(description, total=total)
        yield lambda count: progress.advance(task, count)


def comparison_table(comparison: Comparison, names: Mapping[str, str]) -> Table:
    """Draw the comparison; `names` maps agreement ids to what the seller calls them."""
    table = Table(
        title="Units sent and units AWS would bill",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        padding=0,
        pad_edge=False,
    )
    table.add_column("subscription", overflow="fold")
    table.add_column("dimension", overflow="fold")
    table.add_column("hour (UTC)", no_wrap=True)
    for heading in ("sent", "billed", "difference"):
        table.add_column(heading, justify="right", no_wrap=True)

    def group_of(row: ComparisonRow) -> tuple[str, str]:
        return names.get(row.key.agreement_id, row.key.agreement_id), row.key.dimension

    ordered = sorted(comparison.rows, key=lambda row: (group_of(row), row.key.hour_at))
    for (subscription, dimension), group in groupby(ordered, key=group_of):
        rows = tuple(group)
        for row in rows:
            hour = f"{row.key.hour_at:%d %b %H}h"
            _add_row(table, (subscription, dimension, hour), row.sent, row.billed)
        sent = sum((row.sent for row in rows), Decimal(0))
        billed = sum((row.billed for row in rows), Decimal(0))
        _add_row(table, ("", "", "all hours"), sent, billed)
        table.add_section()
    _add_row(table, ("all", "", ""), comparison.sent, comparison.billed)
    return table


def _add_row(table: Table, labels: tuple[str, str, str], sent: Decimal, billed: Decimal) -> None:
    units = (format_units(sent), format_units(billed), format_units(billed - sent))
    table.add_row(*map(escape, labels), *units, style=None if billed == sent else "red")
