"""`sandbox rules`, `switch`, `preset` and `shapes`: what is known of AWS."""

import json
from collections.abc import ItemsView
from typing import Annotated

import typer

from marketplace_sandbox.cli.commands import AsJson, client_command, fail
from marketplace_sandbox.cli.terminal import Terminal, show_text, show_warning
from marketplace_sandbox.client import SandboxUnreachableError
from marketplace_sandbox.control.fact_documents import (
    SwitchListDocument,
    rule_document,
    switch_document,
)
from marketplace_sandbox.core.model.errors import ControlError
from marketplace_sandbox.core.model.readings import Readings

rule_commands = typer.Typer()


@client_command(rule_commands, "rules")
def list_rules(
    terminal: Terminal,
    section: Annotated[str | None, typer.Argument(help="Such as 1.3, or 1 for all of 1.")] = None,
) -> None:
    """List what is known of AWS, how well, and from where; this needs no sandbox."""
    # Loading the register takes a moment, which the other commands need not wait for.
    from marketplace_sandbox.facts.register import RULES  # noqa: PLC0415 - see above

    rules = [rule for rule in RULES if section is None or _is_within(rule.section, section)]
    terminal.show_list(
        {"rules": [rule_document(rule) for rule in rules]},
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
    """List the questions that AWS leaves open, show one, or read one in another way.

    Where no sandbox answers, the defaults are shown.
    """
    if name is not None and reading is not None:
        terminal.show_one(terminal.api.set_reading(name, reading))
        return
    document = _list_switches(terminal)
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


@client_command(rule_commands, "preset")
def preset(
    terminal: Terminal,
    name: Annotated[str | None, typer.Argument(help="The preset to turn to.")] = None,
) -> None:
    """List the presets, or turn all switches of one at once."""
    if name is not None:
        terminal.show_one(terminal.api.set_preset(name))
        return
    terminal.show_list(
        terminal.api.list_presets(),
        "presets",
        (
            ("preset", "name"),
            ("what it is", "sentence"),
            ("in force", "is_in_force"),
            ("switches", lambda one: [f"{switch}={value}" for switch, value in _turned(one)]),
        ),
        nothing="no presets",
        prose=("what it is", "switches"),
    )


@rule_commands.command("shapes")
def show_shapes(
    operation: Annotated[
        str | None, typer.Argument(help="Such as BatchMeterUsage; all of them by default.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show what AWS's model says of operations.

    That is their input, their output, their errors, and what all have in common.
    """
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


def _list_switches(terminal: Terminal) -> SwitchListDocument:
    try:
        return terminal.api.list_switches()
    except SandboxUnreachableError as error:
        from marketplace_sandbox.facts.switches import SWITCHES  # noqa: PLC0415 - as above

        show_warning(f"these are the defaults, because {error}")
        return {"switches": [switch_document(one, Readings()) for one in SWITCHES]}


def _readings(one: object) -> list[dict[str, str]]:
    assert isinstance(one, dict)
    readings: list[dict[str, str]] = one["readings"]
    return readings


def _turned(one: object) -> ItemsView[str, str]:
    assert isinstance(one, dict)
    readings: dict[str, str] = one["readings"]
    return readings.items()


def _is_within(section: str, wanted: str) -> bool:
    return section == wanted or section.startswith(f"{wanted}.")
