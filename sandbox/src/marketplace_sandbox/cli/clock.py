"""`sandbox clock`."""

from typing import Annotated

import typer

from marketplace_sandbox.cli.commands import client_command, group
from marketplace_sandbox.cli.options import Duration, read_duration
from marketplace_sandbox.cli.terminal import Terminal

clock_commands = group("clock", "The sandbox's clock; what falls due on the way happens.")


@client_command(clock_commands, "show")
def show_clock(terminal: Terminal) -> None:
    """Show what time it is in the sandbox."""
    terminal.show_one(terminal.api.show_clock())


@client_command(clock_commands, "set")
def set_clock(
    terminal: Terminal,
    at: Annotated[str, typer.Argument(metavar="TIME", help="Such as 2026-12-01T05:59:00Z.")],
) -> None:
    """Show a time; going back is allowed and undoes nothing."""
    terminal.show_one(terminal.api.set_clock(at))


@client_command(clock_commands, "advance")
def advance_clock(terminal: Terminal, by: Duration) -> None:
    """Move forward."""
    terminal.show_one(terminal.api.advance_clock(read_duration(by)))


@client_command(clock_commands, "freeze")
def freeze_clock(terminal: Terminal) -> None:
    """Let time stand still."""
    terminal.show_one(terminal.api.freeze_clock())


@client_command(clock_commands, "resume")
def resume_clock(terminal: Terminal) -> None:
    """Let time run on as fast as the machine's."""
    terminal.show_one(terminal.api.resume_clock())


@client_command(clock_commands, "speed")
def set_speed(
    terminal: Terminal,
    speed: Annotated[str, typer.Argument(metavar="NUMBER", help="Such as 60; 0 freezes.")],
) -> None:
    """Run so many times as fast as the machine's clock."""
    terminal.show_one(terminal.api.set_clock_speed(speed))


@client_command(clock_commands, "offset")
def offset_clock(
    terminal: Terminal,
    seconds: Annotated[
        int, typer.Option(help="How far ahead of the machine's clock; below 0, behind it.")
    ] = 0,
) -> None:
    """Run with the machine's clock, so far ahead of it."""
    terminal.show_one(terminal.api.offset_clock(seconds))
