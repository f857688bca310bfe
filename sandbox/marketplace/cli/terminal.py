"""What a command prints: documents for programs, tables for people."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sandbox.marketplace.cli.connection import Connection

type Record = Mapping[str, object]
type Column = tuple[str, str | Callable[[Record], object]]

_WIDTH_IN_A_PIPE = 240  # a program's line is as wide as it is


class Terminal:
    """A sandbox and the place where a command's result is shown.

    Attributes:
        api: the sandbox's control API.
        is_for_programs: whether documents are printed instead of tables.

    """

    def __init__(self, api: Connection, *, as_json: bool) -> None:
        self.api = api
        self.is_for_programs = as_json

    def show_list(
        self, document: Record, name: str, columns: Sequence[Column], *, nothing: str
    ) -> None:
        """Print a document's list of records as a table, or say that there is nothing."""
        if self._print_json(document):
            return
        records = document[name]
        assert isinstance(records, list)
        if records:
            _console().print(_table(records, columns))
        else:
            typer.echo(nothing)

    def show_one(self, document: Record) -> None:
        """Print one record, a line per field; fields without a value are left out."""
        if self._print_json(document):
            return
        table = Table(box=None, show_header=False, pad_edge=False)
        table.add_column(style="bold", no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in document.items():
            if value not in (None, [], {}):
                table.add_row(_clean(name.replace("_", " ")), _clean(value))
        _console().print(table)

    def say(self, document: Record, sentence: str) -> None:
        """Print a sentence about what was done."""
        if not self._print_json(document):
            typer.echo(_plain(sentence))

    def _print_json(self, document: object) -> bool:
        if self.is_for_programs:
            typer.echo(json.dumps(document, indent=2))
        return self.is_for_programs


def show_text(text: str) -> None:
    """Print a text as it is."""
    typer.echo(text, nl=not text.endswith("\n"))


def _console() -> Console:
    is_seen = sys.stdout.isatty()
    return Console(
        width=None if is_seen else _WIDTH_IN_A_PIPE, markup=False, emoji=False, highlight=False
    )


def _table(records: Iterable[Record], columns: Sequence[Column]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading, _ in columns:
        table.add_column(heading, overflow="fold")
    for record in records:
        table.add_row(*(_clean(_pick(record, source)) for _, source in columns))
    return table


def _pick(record: Record, source: str | Callable[[Record], object]) -> object:
    return record.get(source) if isinstance(source, str) else source(record)


def _clean(value: object) -> Text:
    """Write a value so that nothing in it can steer the terminal."""
    if not isinstance(value, list):
        return Text(_plain(value))
    has_parts = any(isinstance(one, dict) for one in value)
    return Text(("\n" if has_parts else ", ").join(_plain(one) for one in value) or "-")


def _plain(value: object) -> str:
    match value:
        case None:
            text = "-"
        case bool():
            text = "yes" if value else "no"
        case str():
            text = value
        case _:
            text = json.dumps(value)
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
