"""`sandbox save` and `sandbox reset`."""

from typing import Annotated

import typer

from marketplace_sandbox.cli.commands import client_command
from marketplace_sandbox.cli.terminal import Terminal

whole_commands = typer.Typer()


@client_command(whole_commands, "save")
def save(terminal: Terminal) -> None:
    """Save now to the file that the sandbox was started with."""
    terminal.show_one(terminal.api.save())


@client_command(whole_commands, "reset")
def reset(
    terminal: Terminal,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Really.")] = False,
) -> None:
    """Forget everything but how AWS is read and the quotas."""
    if not yes:
        raise typer.BadParameter("this forgets everything; say --yes if you mean it")
    terminal.say(terminal.api.reset(), "the sandbox is empty")
