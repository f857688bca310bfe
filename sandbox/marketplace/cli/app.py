"""All commands under one name."""

from typing import Annotated

import typer

from sandbox.marketplace.cli.books import bill_commands
from sandbox.marketplace.cli.buyers import buyer_commands
from sandbox.marketplace.cli.calls import call_commands
from sandbox.marketplace.cli.catalogue import offer_commands, product_commands
from sandbox.marketplace.cli.clock import clock_commands
from sandbox.marketplace.cli.commands import PlainGroup
from sandbox.marketplace.cli.connection import URL_DEFAULT
from sandbox.marketplace.cli.events import event_commands
from sandbox.marketplace.cli.faults import fault_commands
from sandbox.marketplace.cli.resources import resource_commands
from sandbox.marketplace.cli.rules import rule_commands
from sandbox.marketplace.cli.serve import serve
from sandbox.marketplace.cli.whole import whole_commands

app = typer.Typer(add_completion=False, no_args_is_help=True, cls=PlainGroup)
app.command()(serve)
for commands in (
    product_commands,
    offer_commands,
    buyer_commands,
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


@app.callback()
def main(
    context: typer.Context,
    *,
    url: Annotated[
        str,
        typer.Option("--url", envvar="SANDBOX_URL", metavar="URL", help="The sandbox's address."),
    ] = URL_DEFAULT,
) -> None:
    """Run a local AWS Marketplace: sell to buyers, meter usage, see the bill.

    `serve` runs one. All other commands talk to the one at `--url`, before the command or behind
    it, or at $SANDBOX_URL, or where `serve` listens when it is not told otherwise.
    """
    context.obj = url
