"""`sandbox rules`, `sandbox switch` and `sandbox shapes`: what is known of AWS."""

import json
from typing import Annotated

import typer

from marketplace_sandbox.cli.commands import AsJson, client_command, fail
from marketplace_sandbox.cli.terminal import Terminal, show_text
from marketplace_sandbox.core.model.errors import ControlError

rule_commands = typer.Typer()


@client_command(rule_commands, "rules")
def list_rules(
    terminal: Terminal,
    section: Annotated[str | None, typer.Argument(help="Such as 1.3, or 1 for all of 1.")] = None,
) -> None:
    """List what is known of AWS, how well, and from where."""
    document = terminal.api.list_rules()
    if section is not None:
        rules = [one for one in document["rules"] if _is_within(one["section"], section)]
        document = document | {"rules": rules}
    terminal.show_list(
        document,
        "rules",
        (
            ("rule", "rule_id"),
            ("section", "section"),
            ("what AWS does", "sentence"),
            ("grade", "grade"),
            ("source", "source"),
            ("not modelled", "not_modelled"),
        ),
        nothing="no rules",
        prose=("rule", "what AWS does", "source", "not modelled"),
    )


@client_command(rule_commands, "switch")
def switch(
    terminal: Terminal,
    name: Annotated[str | None, typer.Argument(help="The switch.")] = None,
    reading: Annotated[str | None, typer.Argument(help="How to read AWS from now on.")] = None,
) -> None:
    """List the questions that AWS leaves open, show one, or read one in another way."""
    if name is not None and reading is not None:
        terminal.show_one(terminal.api.set_reading(name, reading))
        return
    document = terminal.api.list_switches()
    if name is not None:
        known = [one for one in document["switches"] if one["name"] == name]
        if not known:
            raise typer.BadParameter(f"there is no switch {name}")
        terminal.show_one(known[0])
        return
    terminal.show_list(
        document,
        "switches",
        (
            ("switch", "name"),
            ("question", "question"),
            ("read as", "reading"),
            ("default", "default"),
            ("readings", lambda one: [reading["value"] for reading in _readings(one)]),
        ),
        nothing="no switches",
        prose=("question", "readings"),
    )


@rule_commands.command("shapes")
def show_shapes(
    operation: Annotated[
        str | None, typer.Argument(help="Such as BatchMeterUsage; all of them by default.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show what AWS's model says of operations: their input, their output, what all share."""
    # Loading AWS's model takes a moment, which the other commands need not wait for.
    from marketplace_sandbox.shapes import (  # noqa: PLC0415 - see above
        describe_operations,
        write_shapes,
    )

    try:
        document = describe_operations(operation)
    except ControlError as error:
        fail(error.message)
    show_text(json.dumps(document, indent=2) if as_json else write_shapes(document))


def _readings(one: object) -> list[dict[str, str]]:
    assert isinstance(one, dict)
    readings: list[dict[str, str]] = one["readings"]
    return readings


def _is_within(section: str, wanted: str) -> bool:
    return section == wanted or section.startswith(f"{wanted}.")
