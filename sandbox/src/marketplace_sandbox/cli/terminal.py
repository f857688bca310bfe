"""What a command prints: documents for programs, tables for people."""

import json
from collections.abc import Callable, Collection, Iterable, Sequence

import typer

from marketplace_sandbox.cli.tables import (
    Column,
    Record,
    open_console,
    plain,
    print_fields,
    print_records,
)
from marketplace_sandbox.client import SandboxClient


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
        print_records(open_console(), records, columns, prose)

    def show_one(self, document: Record, *, without: Collection[str] = ()) -> None:
        """Print one record, a line per field; fields without a value are left out.

        `without` names fields that are for programs only.
        """
        if self._print_json(document):
            return
        fields = (
            (name.replace("_", " "), value)
            for name, value in document.items()
            if value not in (None, "", [], {}) and name not in without
        )
        print_fields(open_console(), fields)

    def say(self, document: Record, sentence: str) -> None:
        """Print a sentence about what was done."""
        if not self._print_json(document):
            typer.echo(plain(sentence))

    def _print_json(self, document: object) -> bool:
        if self.is_for_programs:
            typer.echo(json.dumps(document, indent=2))
        return self.is_for_programs


def show_text(text: str) -> None:
    """Print a text as it is."""
    typer.echo(text, nl=not text.endswith("\n"))


def show_line(text: str) -> None:
    """Print a line in which nothing can steer the terminal."""
    typer.echo(plain(text))


def show_warning(text: str) -> None:
    """Say on stderr what is odd about what was done."""
    typer.echo(f"sandbox: {text}", err=True)
