"""What a command prints: documents for programs, tables for people."""

import json
import re
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import typer
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from marketplace_sandbox.client import SandboxClient

type Record = Mapping[str, object]
type Column = tuple[str, str | Callable[[Record], object]]

_WIDTH_IN_A_PIPE = 240  # a program's line is as wide as it is
_PROSE_WIDTH_MIN = 16
_GAP = 2
_SECONDS_WITH_FRACTION = re.compile(r"([0-9-]{10}T[0-9:]{8})\.[0-9]+Z", re.ASCII)


class Terminal:
    """A sandbox and the place where a command's result is shown.

    Attributes:
        api: the sandbox's control API.
        is_for_programs: whether documents are printed instead of tables.

    """

    def __init__(self, api: SandboxClient, *, as_json: bool) -> None:
        self.api = api
        self.is_for_programs = as_json

    def show_list(
        self,
        document: Record,
        name: str,
        columns: Sequence[Column],
        *,
        nothing: str | Callable[[], str],
        prose: Collection[str] = (),
    ) -> None:
        """Print a document's list of records as a table, or say that there is nothing.

        `prose` names the columns whose cells may be broken into lines; ids and times never are.
        """
        if self._print_json(document):
            return
        records = document[name]
        assert isinstance(records, list)
        if records:
            self.show_table(records, columns, prose=prose)
        else:
            typer.echo(nothing if isinstance(nothing, str) else nothing())

    def show_table(
        self, records: Iterable[Record], columns: Sequence[Column], *, prose: Collection[str] = ()
    ) -> None:
        """Print records as a table, also where documents are wanted."""
        _print_records(records, columns, prose)

    def show_one(self, document: Record, *, without: Collection[str] = ()) -> None:
        """Print one record, a line per field; fields without a value are left out.

        `without` names fields that are for programs only.
        """
        if self._print_json(document):
            return
        _print_fields(
            (name.replace("_", " "), _clean(value))
            for name, value in document.items()
            if value not in (None, "", [], {}) and name not in without
        )

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


def show_line(text: str) -> None:
    """Print a line in which nothing can steer the terminal."""
    typer.echo(_plain(text))


def show_warning(text: str) -> None:
    """Say on stderr what is odd about what was done."""
    typer.echo(f"sandbox: {text}", err=True)


def _open_console() -> Console:
    width = None if sys.stdout.isatty() else _WIDTH_IN_A_PIPE
    return Console(width=width, markup=False, emoji=False, highlight=False)


def _print_fields(fields: Iterable[tuple[str, Text]]) -> None:
    """Print a line per field, or more where it is long."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in fields:
        table.add_row(_clean(name), value)
    _open_console().print(table)


def _print_records(
    records: Iterable[Record], columns: Sequence[Column], prose: Collection[str]
) -> None:
    """Print a table in which only prose is broken into lines.

    Where a terminal is too narrow for that, each record is a paragraph instead: no id is cut.
    """
    rows = [[_clean(_pick(record, source)) for _, source in columns] for record in records]
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    width_min = 0
    for place, (heading, _) in enumerate(columns):
        is_prose = heading in prose
        table.add_column(heading, overflow="fold", no_wrap=not is_prose)
        widest = max(len(heading), *(row[place].cell_len for row in rows))
        if is_prose:  # which may hold ids and addresses: no word is broken
            words = (cell_len(word) for row in rows for word in row[place].plain.split())
            widest = min(widest, max(_PROSE_WIDTH_MIN, *words, 0))
        width_min += _GAP + widest
    for row in rows:
        table.add_row(*row)
    console = _open_console()
    if width_min > console.width and console.is_terminal:
        for row in rows:
            _print_fields((heading, cell) for (heading, _), cell in zip(columns, row, strict=True))
            typer.echo()
        show_warning(
            f"{console.width} columns are too few for a table, which takes {width_min}: "
            "each record is a paragraph; --json prints it for programs"
        )
        return
    console.width = max(console.width, width_min)
    console.print(table)


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
            text = _SECONDS_WITH_FRACTION.sub(r"\1Z", value)
        case dict():
            text = ", ".join(
                f"{name.replace('_', ' ')} {_plain(one)}" for name, one in value.items()
            )
        case _:
            text = json.dumps(value)
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
