"""`explain`: what the runbook says of a reason, a fault, a code or an alarm."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.markdown import Markdown

from operations.options import EXIT_NOT_DONE, AsJson
from operations.runbook import Entry, read_runbook
from operations.showing import paged, write_json


def explain(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="CODE", help="A reason, a code, a fault, a flag or an alarm. Without: all."
        ),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Say what a reason, a code or an alarm means, and what to do: the runbook's words.

    Nothing is read but this command's own copy of the runbook. Exits with 2 if it has no such name.
    """
    runbook = read_runbook()
    found = runbook.entries if name is None else runbook.about(name)
    sections = () if name is None else runbook.linked(found)
    if name is not None and not found:
        near = runbook.like(name)
        meant = f"did you mean {', '.join(near)}?" if near else "without a name it lists all it has"
        typer.echo(f"explain: the runbook has nothing on {name!a}; {meant}", err=True)
        raise typer.Exit(EXIT_NOT_DONE)
    if as_json:
        entries = [{**asdict(one), "columns": dict(one.columns)} for one in found]
        typer.echo(write_json({"entries": entries, "sections": sections}))
    elif name is None:
        _list(found)
    else:
        text = "\n\n".join([*map(_written, found), *sections])
        with paged():
            Console(highlight=False).print(Markdown(text, hyperlinks=False))


@paged()
def _list(entries: tuple[Entry, ...]) -> None:
    for section in dict.fromkeys(one.section for one in entries):
        typer.echo(f"{section}:")
        for entry in entries:
            if entry.section == section:
                typer.echo(f"  {', '.join(entry.names)}")


def _written(entry: Entry) -> str:
    (heading, about), *others = entry.columns
    told = [f"**{column.capitalize()}**: {text}" for column, text in others]
    return "\n\n".join([f"## {about}", f"*{entry.section}; {heading}*", *told])
