"""The command `meterhouse`; without an installation, `python -m operations`."""

from typing import Annotated

import typer

from operations import dead_letters, records, rejected, spikes, subscriptions
from operations.announce import announce
from operations.audit_trail import audit_trail
from operations.balance import balance
from operations.check_product import check_product
from operations.console.command import console
from operations.evidence import evidence
from operations.explain import explain
from operations.flush import flush
from operations.forget_contact import forget_contact
from operations.options import EXIT_CODES, PlainGroup
from operations.record import record
from operations.redrive import redrive
from operations.refused import refused
from operations.restore import restore_begin, restore_finish, restore_report
from operations.settling import bill_elsewhere, reopen, write_off
from operations.showing import WANTS_PAGES
from operations.statement import statement
from operations.status import status
from operations.stop import stop
from operations.sweep import sweep
from operations.unfinished import unfinished
from operations.usage import usage

COMMANDS = (
    status,
    balance,
    usage,
    unfinished,
    refused,
    redrive,
    write_off,
    bill_elsewhere,
    reopen,
    audit_trail,
    flush,
    stop,
    sweep,
    forget_contact,
    announce,
    restore_begin,
    restore_finish,
    restore_report,
    statement,
    evidence,
    explain,
    check_product,
    console,
)

# Plain help: Rich's tables would cut names short.
app = typer.Typer(
    cls=PlainGroup,
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def main(
    *,
    no_pager: Annotated[
        bool,
        typer.Option(
            "--no-pager", help="Do not leaf through what is longer than the terminal; PAGER does."
        ),
    ] = False,
) -> None:
    """Look at a Meterhouse from outside. What writes says so first, and asks."""
    WANTS_PAGES.set(not no_pager)


for one in COMMANDS:
    app.command()(one)
# As it was called before there was a list of them.
app.command(hidden=True)(record)
app.add_typer(records.app, name="records")
app.add_typer(subscriptions.app, name="subscriptions")
app.add_typer(rejected.app, name="rejected")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(spikes.app, name="spikes")

for group in (app, *(inner.typer_instance for inner in app.registered_groups)):
    for command in group.registered_commands if group else ():
        command.epilog = EXIT_CODES


if __name__ == "__main__":
    app()
