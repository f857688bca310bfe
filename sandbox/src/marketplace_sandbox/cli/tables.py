"""Records as tables and paragraphs: nothing in them is cut, and nothing can steer the terminal."""

import json
import re
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import typer
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

type Record = Mapping[str, object]
type Column = tuple[str, str | Callable[[Record], object]]

_WIDTH_IN_A_PIPE = 240  # a program's line is as wide as it is
_PROSE_WIDTH_MIN = 16
_GAP = 2
_SECONDS_WITH_FRACTION = re.compile(r"([0-9-]{10}T[0-9:]{8})\.[0-9]+Z", re.ASCII)


def open_console() -> Console:
    """Open standard output, as wide as the terminal that it is."""
    width = None if sys.stdout.isatty() else _WIDTH_IN_A_PIPE
    return Console(width=width, markup=False, emoji=False, highlight=False)


def print_fields(console: Console, fields: Iterable[tuple[str, object]]) -> None:
    """Print a line per field, or more where it is long."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in fields:
        table.add_row(_clean(name), _clean(value))
    console.print(table)


def print_records(
    console: Console, records: Iterable[Record], columns: Sequence[Column], prose: Collection[str]
) -> None:
    """Print a table in which only prose is broken into lines, between words.

    Where a terminal is too narrow for that, each record is a paragraph instead.
    """
    headings = [heading for heading, _ in columns]
    rows = [[_clean(_pick(record, source)) for _, source in columns] for record in records]
    needs = [
        _measure([Text(heading), *cells], is_prose=heading in prose)
        for heading, *cells in zip(headings, *rows, strict=True)
    ]
    width_min = sum(need.width_min + _GAP for need in needs)
    if width_min > console.width and console.is_terminal:
        for row in rows:
            print_fields(console, zip(headings, row, strict=True))
            console.print()
        typer.echo(
            f"sandbox: {console.width} columns are too few for a table, which takes {width_min}: "
            "each record is a paragraph; --json prints it for programs",
            err=True,
        )
        return
    console.width = max(console.width, width_min)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for heading, width in zip(headings, _fit(needs, room=console.width - width_min), strict=True):
        table.add_column(heading, overflow="fold", width=width)
    for row in rows:
        table.add_row(*row)
    console.print(table)


class _Need(NamedTuple):
    """How wide a column must be, and how wide it would be in one line."""

    width_min: int
    width_max: int


def _measure(cells: Sequence[Text], *, is_prose: bool) -> _Need:
    """Measure a column; no word of it is broken, as it may be an id or an address."""
    widest = max(line.cell_len for cell in cells for line in cell.split())
    if not is_prose:
        return _Need(widest, widest)
    longest_word = max((cell_len(word) for cell in cells for word in cell.plain.split()), default=0)
    return _Need(min(widest, max(_PROSE_WIDTH_MIN, longest_word)), widest)


def _fit(needs: Sequence[_Need], *, room: int) -> list[int]:
    """Share out what room is left: evenly, but to none more than it can use."""
    widths = [need.width_min for need in needs]
    hungry = sorted(range(len(needs)), key=lambda at: needs[at].width_max - needs[at].width_min)
    for place, at in enumerate(hungry):
        share = min(needs[at].width_max - widths[at], room // (len(hungry) - place))
        widths[at] += share
        room -= share
    return widths


def _pick(record: Record, source: str | Callable[[Record], object]) -> object:
    return record.get(source) if isinstance(source, str) else source(record)


def _clean(value: object) -> Text:
    """Write a value so that nothing in it can steer the terminal."""
    if isinstance(value, Text):
        return value
    if not isinstance(value, list):
        return Text(plain(value))
    has_parts = any(isinstance(one, dict) for one in value)
    return Text(("\n" if has_parts else ", ").join(plain(one) for one in value) or "-")


def plain(value: object) -> str:
    """Write a value in one line of printable characters."""
    match value:
        case None:
            text = "-"
        case bool():
            text = "yes" if value else "no"
        case str():
            text = _SECONDS_WITH_FRACTION.sub(r"\1Z", value)
        case dict():
            text = ", ".join(
                f"{name.replace('_', ' ')} {plain(one)}" for name, one in value.items()
            )
        case _:
            text = json.dumps(value)
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
