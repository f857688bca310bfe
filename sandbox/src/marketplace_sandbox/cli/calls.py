"""`sandbox call`: what was called, and what was refused."""

import json
from typing import Annotated

import typer

from marketplace_sandbox.cli.commands import client_command, group
from marketplace_sandbox.cli.refusals import REFUSED_COLUMNS, REFUSED_PROSE
from marketplace_sandbox.cli.terminal import Record, Terminal, show_text
from marketplace_sandbox.core.model.operation import Operation

call_commands = group("call", "The log of calls.")

LIMIT_DEFAULT = 100  # what fits a few screens

OfOperation = Annotated[Operation | None, typer.Option(help="Of this operation.")]
Outcome = Annotated[
    str | None, typer.Option(help="With this outcome, of the call or of one of its records.")
]
Account = Annotated[str | None, typer.Option(help="By or about this account.")]
Dimension = Annotated[str | None, typer.Option(help="With a record of this dimension.")]
Since = Annotated[str | None, typer.Option(metavar="TIME", help="From this time on.")]
Limit = Annotated[int, typer.Option(help="At most so many, the latest.")]


@client_command(call_commands, "list")
def list_calls(
    terminal: Terminal,
    *,
    operation: OfOperation = None,
    outcome: Outcome = None,
    account: Account = None,
    dimension: Dimension = None,
    since: Since = None,
    limit: Limit = LIMIT_DEFAULT,
) -> None:
    """List the calls of AWS's API, oldest first."""
    document = terminal.api.list_calls(
        operation=operation,
        outcome=outcome,
        account=account,
        dimension=dimension,
        since=since,
        limit=limit,
    )
    terminal.show_list(
        document,
        "calls",
        (
            ("at", "at"),
            ("operation", "operation"),
            ("records", "records"),
            ("outcome", _describe_outcome),
        ),
        nothing=lambda: _say_nothing(terminal),
        prose=("outcome",),
    )


@client_command(call_commands, "cloudtrail")
def print_cloudtrail(
    terminal: Terminal,
    *,
    operation: OfOperation = None,
    since: Since = None,
    limit: Limit = LIMIT_DEFAULT,
) -> None:
    """Print the calls as CloudTrail would log them, which is JSON."""
    document = terminal.api.list_calls_as_cloudtrail(operation=operation, since=since, limit=limit)
    show_text(json.dumps(document, indent=2))


@client_command(call_commands, "refusals")
def list_refusals(terminal: Terminal) -> None:
    """List what AWS's rules refused."""
    terminal.show_list(
        terminal.api.list_refusals(),
        "refusals",
        REFUSED_COLUMNS,
        nothing="nothing was refused",
        prose=REFUSED_PROSE,
    )


def _say_nothing(terminal: Terminal) -> str:
    """Tell a log that is empty from one of which nothing fits."""
    latest = terminal.api.list_calls(limit=1)["calls"]
    return f"none of the {latest[0]['sequence']} calls fits" if latest else "nothing was called"


def _describe_outcome(call: Record) -> str:
    fault = call["fault"]
    return str(call["outcome"]) + ("" if fault is None else f" (fault {fault})")
