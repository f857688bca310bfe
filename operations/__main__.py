"""The command `meterhouse`; without an installation, `python -m operations`."""

import typer

from operations import dead_letters, rejected, spikes, subscriptions
from operations.announce import announce
from operations.balance import balance
from operations.evidence import evidence
from operations.explain import explain
from operations.flush import flush
from operations.forget_contact import forget_contact
from operations.record import record
from operations.redrive import redrive
from operations.refused import refused
from operations.restore import restore_begin, restore_finish, restore_report
from operations.statement import statement
from operations.stopped import stopped
from operations.sweep import sweep
from operations.unfinished import unfinished
from operations.usage import usage

COMMANDS = (
    balance,
    usage,
    record,
    unfinished,
    refused,
    redrive,
    flush,
    stopped,
    sweep,
    forget_contact,
    announce,
    restore_begin,
    restore_finish,
    restore_report,
    statement,
    evidence,
    explain,
)

# Plain help: Rich's tables would cut names short.
app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def main() -> None:
    """Look at a Meterhouse from outside. What writes says so first, and asks."""


for one in COMMANDS:
    app.command()(one)
app.add_typer(subscriptions.app, name="subscriptions")
app.add_typer(rejected.app, name="rejected")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(spikes.app, name="spikes")


if __name__ == "__main__":
    app()
