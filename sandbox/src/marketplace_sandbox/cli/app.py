"""All commands under one name."""

from importlib.metadata import version
from typing import Annotated

import typer

from marketplace_sandbox.cli.addresses import URL_DEFAULT
from marketplace_sandbox.cli.agreements import buyer_commands
from marketplace_sandbox.cli.bill import bill_commands
from marketplace_sandbox.cli.calls import call_commands
from marketplace_sandbox.cli.catalogue import offer_commands, product_commands
from marketplace_sandbox.cli.clock import clock_commands
from marketplace_sandbox.cli.commands import PlainGroup, summary_of
from marketplace_sandbox.cli.events import event_commands
from marketplace_sandbox.cli.facts import rule_commands
from marketplace_sandbox.cli.faults import fault_commands
from marketplace_sandbox.cli.requests import request_commands
from marketplace_sandbox.cli.resources import resource_commands
from marketplace_sandbox.cli.saved_state import whole_commands
from marketplace_sandbox.cli.serve import serve

# Plain help and errors: a box cuts the names of options and breaks sentences in a narrow terminal.
app = typer.Typer(add_completion=False, no_args_is_help=True, cls=PlainGroup, rich_markup_mode=None)
app.command(short_help=summary_of(serve))(serve)
for commands in (
    product_commands,
    offer_commands,
    buyer_commands,
    request_commands,
    resource_commands,
    clock_commands,
    fault_commands,
    bill_commands,
    call_commands,
    event_commands,
    rule_commands,
    whole_commands,
):
    app.add_typer(commands)


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        typer.echo(f"sandbox {version('marketplace-sandbox')}")
        raise typer.Exit


@app.callback()
def main(
    context: typer.Context,
    *,
    url: Annotated[
        str,
        typer.Option("--url", envvar="SANDBOX_URL", metavar="URL", help="The sandbox's address."),
    ] = URL_DEFAULT,
    show_version: Annotated[  # noqa: ARG001 - its callback has shown it
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Run a local AWS Marketplace: sell to buyers, meter usage, see the bill.

    `serve` runs one. All other commands talk to the one at `--url`, before the command or behind
    it, or at $SANDBOX_URL, or where `serve` listens when it is not told otherwise; `rules`,
    `shapes` and `switch` without a value need none.
    """
    context.obj = url
