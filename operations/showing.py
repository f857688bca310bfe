"""Showing what was found: JSON and CSV for programs, tables with every digit for people."""

import csv
import io
import json
import os
import pydoc
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.quantity import format_quantity
from operations.answers import Answer

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

# No table is as wide as this; without a bound of its own it would be cut to the terminal's.
_WIDTH_MAX = 1_000
# Whether the user of a terminal wants to leaf through what is longer than it.
WANTS_PAGES = ContextVar("WANTS_PAGES", default=True)
# Lines are cut at the edge, where the arrows lead on: tables are wider than terminals.
_PAGER = "less -S"
_WAITING = Console(stderr=True)
# Whether it is shown how far a reading has come: a console's pages are read several at a time.
SHOWS_PROGRESS = ContextVar("SHOWS_PROGRESS", default=True)
_MINUTE, _HOUR_MINUTES = timedelta(minutes=1), 60


@contextmanager
def paged() -> Iterator[None]:
    """Let the user of a terminal leaf through what is printed meanwhile, if it is longer."""
    if not (WANTS_PAGES.get() and sys.stdin.isatty() and sys.stdout.isatty()):
        yield
        return
    with redirect_stdout(_Pages()) as pages:
        yield
    text = pages.getvalue()
    if text.count("\n") < shutil.get_terminal_size().lines:
        sys.stdout.write(text)
    elif {"PAGER", "MANPAGER"} & os.environ.keys() or not shutil.which("less"):
        pydoc.pager(text)
    else:
        pydoc.pipe_pager(text, _PAGER)


class _Pages(io.StringIO):
    """What a terminal would show."""

    def isatty(self) -> bool:
        return True


@paged()
def print_answer(what: str, name: str, answer: Answer) -> None:
    """Print an answer for people: its values, its rows as tables, and its sentences."""
    console = Console(highlight=False, markup=False)
    console.print(f"{what}: {name}", soft_wrap=True)
    _print_fields(console, answer)
    for sentence in answer.sentences:
        console.print(sentence, soft_wrap=True)


def write_json(document: Mapping[str, Any]) -> str:
    """Return a JSON document: units are texts, since a JSON number may lose digits."""
    return json.dumps(document, indent=2, ensure_ascii=False, default=_plain)


def write_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows under their columns, as RFC 4180 has it; what a row lacks stays empty."""
    written = io.StringIO()
    writer = csv.DictWriter(written, columns)
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _csv_cell(value) for name, value in row.items()})
    return written.getvalue()


def write_answer_csv(answer: Answer) -> str:
    """Return all tables of an answer as one, whose first column names the table.

    The columns are those of every table that such an answer can have, whether it has rows or not.
    """
    tables = dict(_tables_of(type(answer)))
    columns = dict.fromkeys(name for names in tables.values() for name in names)
    rows = (
        {"table": table, **_row(one, names)}
        for table, names in tables.items()
        for one in getattr(answer, table)
    )
    return write_csv(["table", *columns], rows)


def as_text(value: object) -> str:
    """Return a value as a table has it."""
    return _cell(value)


@contextmanager
def waiting(what: str) -> Iterator[Callable[[object], None]]:
    """Say on a terminal what a block waits for; what it calls with how far that has come is shown.

    The block must print nothing on the standard output, nor ask.
    """
    if not _is_watched():
        yield lambda _: None
        return
    with _WAITING.status(what) as status:
        yield lambda how_far: status.update(f"{what}: {how_far}")


def shown_progress[Item](items: Sequence[Item], description: str) -> Iterable[Item]:
    """Show on a terminal how far the reading has come."""
    hide = not _is_watched()
    return track(items, description, console=_WAITING, disable=hide, transient=True)


def _is_watched() -> bool:
    return _WAITING.is_terminal and SHOWS_PROGRESS.get()


def new_table(*headings: str, numbers: Iterable[str]) -> Table:
    """Return a table without rows; the columns of `numbers` stand to the right."""
    table = Table(box=box.SIMPLE_HEAD, padding=0, pad_edge=False)
    for heading in headings:
        table.add_column(heading, justify="right" if heading in numbers else "left", no_wrap=True)
    return table


def print_rows(rows: "Sequence[DataclassInstance]") -> None:
    """Print rows beside an answer, where people look and scripts do not."""
    print_whole(_rows_table(rows), is_error=True)


def print_whole(table: Table, *, is_error: bool = False) -> None:
    """Print a table with every digit, also where the terminal is narrower."""
    console = Console(width=_WIDTH_MAX, highlight=False, markup=False, stderr=is_error)
    console.width = console.measure(table).maximum
    console.print(table)


def _print_fields(console: Console, found: "DataclassInstance") -> None:
    for field in fields(found):
        name, value = field.name.replace("_", " "), getattr(found, field.name)
        if isinstance(value, tuple) and value and is_dataclass(value[0]):
            console.print(f"{name}:")
            print_whole(_rows_table(value))
        elif is_dataclass(value) and not isinstance(value, type):
            _print_fields(console, value)
        elif value is not True and value not in (None, ()):
            console.print(f"{name}: {_cell(value)}", soft_wrap=True)


def _rows_table(rows: "Sequence[DataclassInstance]") -> Table:
    names = [field.name for field in fields(rows[0])]
    numbers = [name for name in names if isinstance(getattr(rows[0], name), Decimal | timedelta)]
    table = new_table(*names, numbers=numbers)
    for row in rows:
        table.add_row(*(_cell(getattr(row, name)) for name in names))
    return table


def _tables_of(answer: type[Answer]) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the fields of an answer that are rows, and what each row has; texts have a `name`."""
    hints = get_type_hints(answer)
    for field in fields(answer):
        kind, *more = get_args(hints[field.name]) or (None,)
        if more == [...]:
            yield field.name, [one.name for one in fields(kind)] if is_dataclass(kind) else ["name"]


def _row(one: object, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(one, name) for name in names} if is_dataclass(one) else {"name": one}


def _csv_cell(value: object) -> object:
    """Return a value as scripts read it: truth as JSON has it, and moments with their offset."""
    if isinstance(value, bool):
        return json.dumps(value)
    return _cell(value) if isinstance(value, tuple | dict) else _plain(value)


def _cell(value: Any) -> str:  # noqa: ANN401 - whatever an answer may hold
    if isinstance(value, dict):
        value = tuple(value.items())
    match value:
        case bool():
            return "yes" if value else "no"
        case timedelta():
            hours, minutes = divmod(abs(value) // _MINUTE, _HOUR_MINUTES)
            return f"{hours} h {minutes:02} min{'' if value > timedelta(0) else ' ago'}"
        case tuple() if not isinstance(value, RecordKey):
            # Names, or pairs of a name and what it has.
            texts = (one if isinstance(one, str) else f"{one[0]}={_cell(one[1])}" for one in value)
            return ", ".join(texts)
        case _:
            return "" if value is None else str(_plain(value))


def _plain(value: object) -> object:
    match value:
        case Decimal():
            return format_quantity(value)
        case datetime():
            return value.isoformat()
        case timedelta():
            return int(value.total_seconds())
        case _:
            return value
