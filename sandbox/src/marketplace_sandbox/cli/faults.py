"""`sandbox fault`: what goes wrong on purpose."""

import re
from typing import Annotated

import typer

from marketplace_sandbox.cli.commands import client_command, group
from marketplace_sandbox.cli.options import read_duration
from marketplace_sandbox.cli.tables import Column
from marketplace_sandbox.cli.terminal import Terminal
from marketplace_sandbox.core.model.faults import MATCHERS, FaultKind
from marketplace_sandbox.core.model.operation import Operation

_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)

fault_commands = group("fault", "Faults: what goes wrong on purpose.")

_COLUMNS: tuple[Column, ...] = (
    ("fault", "fault_id"),
    ("operation", "operation"),
    ("kind", "kind"),
    ("count", "count"),
    ("probability", "probability"),
    ("hits only", lambda fault: [fault[name] for name in MATCHERS if fault[name] is not None]),
)


@client_command(fault_commands, "list")
def list_faults(terminal: Terminal) -> None:
    """List the faults that are not used up; the oldest hits first."""
    terminal.show_list(
        terminal.api.list_faults(),
        "faults",
        _COLUMNS,
        nothing="nothing goes wrong on purpose",
        prose=("hits only",),
    )


@client_command(fault_commands, "add")
def add_fault(  # noqa: PLR0913 - each option is a parameter
    terminal: Terminal,
    kind: Annotated[FaultKind, typer.Argument(help="What goes wrong.")],
    *,
    operation: Annotated[
        Operation | None, typer.Option(help="Which operation it hits; any by default.")
    ] = None,
    count: Annotated[
        int | None, typer.Option(help="How many calls, or records, it hits; one by default.")
    ] = None,
    until_cleared: Annotated[
        bool, typer.Option("--until-cleared", help="Until it is removed.")
    ] = False,
    dimension: Annotated[str | None, typer.Option(help="Of this dimension.")] = None,
    license_arn: Annotated[str | None, typer.Option(help="Of this license.")] = None,
    account: Annotated[str | None, typer.Option(help="Of this buyer's account.")] = None,
    customer: Annotated[str | None, typer.Option(help="Of this customer identifier.")] = None,
    product: Annotated[str | None, typer.Option(help="Of this product.")] = None,
    region: Annotated[str | None, typer.Option(help="Called in this region.")] = None,
    probability: Annotated[
        str | None, typer.Option(help="Only so many of them, above 0, at most 1.")
    ] = None,
    delay: Annotated[
        str | None,
        typer.Option(
            metavar="DURATION", help="For slow: how late, such as 5s, 1m or 1.5 (seconds)."
        ),
    ] = None,
) -> None:
    """Script a fault; what it hits must fit all that is said."""
    if kind is FaultKind.SLOW and delay is None:
        raise typer.BadParameter("slow needs --delay, such as 5s")
    terminal.show_one(
        terminal.api.script_fault(
            kind,
            operation=operation,
            count=count,
            until_cleared=until_cleared,
            dimension=dimension,
            license_arn=license_arn,
            customer_aws_account_id=account,
            customer_identifier=customer,
            product_code=product,
            region=region,
            probability=probability,
            delay_seconds=None if delay is None else _in_seconds(delay),
        )
    )


@client_command(fault_commands, "remove")
def remove_fault(
    terminal: Terminal, fault: Annotated[str, typer.Argument(help="The fault's id.")]
) -> None:
    """Forget one fault."""
    terminal.say(terminal.api.remove_fault(fault), f"{fault} is forgotten")


@client_command(fault_commands, "clear")
def clear_faults(terminal: Terminal) -> None:
    """Forget all faults."""
    terminal.say(terminal.api.clear_faults(), "nothing goes wrong on purpose any more")


def _in_seconds(text: str) -> str:
    """Read a delay that is said in seconds, or with units as everywhere else."""
    seconds = text.removesuffix("s")
    return seconds if _SECONDS.fullmatch(seconds) else str(read_duration(text))
