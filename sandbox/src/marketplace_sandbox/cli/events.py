"""`sandbox event`: what AWS sends, where it goes, and what happens to it on the way."""

from typing import Annotated

import typer

from marketplace_sandbox.cli.commands import client_command, group
from marketplace_sandbox.cli.options import read_duration
from marketplace_sandbox.cli.tables import Record
from marketplace_sandbox.cli.terminal import Terminal, show_text
from marketplace_sandbox.core.model.callers import REGION_DEFAULT
from marketplace_sandbox.core.model.disturbances import DisturbanceKind
from marketplace_sandbox.core.model.events import Channel
from marketplace_sandbox.core.model.targets import TargetKind

event_commands = group("event", "What AWS sends to the seller.")
target_commands = group("target", "Where events go.")
disturb_commands = group("disturb", "What happens to events on the way.")
event_commands.add_typer(target_commands)
event_commands.add_typer(disturb_commands)

OfProduct = Annotated[str | None, typer.Option(help="Of this product only.")]
NamePrefix = Annotated[
    str | None, typer.Option("--name", help="With what the detail-type or action begins.")
]


@client_command(event_commands, "list")
def list_events(
    terminal: Terminal,
    *,
    product: OfProduct = None,
    name: NamePrefix = None,
    agreement: Annotated[str | None, typer.Option(help="Of this agreement only.")] = None,
    after: Annotated[int | None, typer.Option(help="After the event of this sequence.")] = None,
) -> None:
    """List what AWS sent, oldest first."""
    document = terminal.api.list_events(
        product_code=product, name_prefix=name, agreement_id=agreement, after=after
    )
    terminal.show_list(
        document,
        "events",
        (
            ("sequence", "sequence"),
            ("at", "at"),
            ("channel", "channel"),
            ("name", "name"),
            ("product", "product_code"),
        ),
        nothing=lambda: _say_nothing(terminal),
        prose=("name",),
    )


@client_command(event_commands, "deliveries")
def list_deliveries(terminal: Terminal) -> None:
    """List what became of each attempt to deliver an event, and what still waits.

    A target gets its events one after another. While it cannot be reached, all of them wait, and
    it is tried again after 1, 2, 4 and so on up to 60 seconds of the machine's time; the eighth
    attempt in vain, after two minutes, gives up all that waits. `target replay` sends it again.
    """
    document = terminal.api.list_deliveries()
    terminal.show_list(
        document,
        "deliveries",
        (
            ("at", "at"),
            ("sequence", "sequence"),
            ("target", "target_id"),
            ("outcome", _describe_outcome),
        ),
        nothing="nothing was delivered",
        prose=("outcome",),
    )
    waiting = document["waiting"]
    if waiting and not terminal.is_for_programs:
        show_text(f"{len(waiting)} waiting:")
        terminal.show_table(
            waiting,
            (
                ("sequence", "sequence"),
                ("name", "name"),
                ("target", "target_id"),
                ("attempts", "attempts"),
                ("until", _say_until),
            ),
            prose=("name",),
        )


@client_command(target_commands, "list")
def list_targets(terminal: Terminal) -> None:
    """List where events go."""
    terminal.show_list(
        terminal.api.list_targets(),
        "event_targets",
        (
            ("target", "target_id"),
            ("kind", "kind"),
            ("address", "address"),
            ("endpoint", "endpoint_url"),
            ("product", "product_code"),
            ("names", "name_prefix"),
        ),
        nothing="events go nowhere",
        prose=("address", "endpoint", "names"),
    )


@client_command(target_commands, "add")
def add_target(  # noqa: PLR0913 - each option is a parameter
    terminal: Terminal,
    kind: Annotated[TargetKind, typer.Argument(help="What takes them.")],
    address: Annotated[
        str, typer.Argument(help="A bus's name, a queue's URL, a topic's ARN, or a web address.")
    ],
    *,
    endpoint_url: Annotated[
        str | None, typer.Option(help="Where EventBridge, SQS or SNS is emulated.")
    ] = None,
    region: Annotated[str, typer.Option(help="The region of bus, queue or topic.")] = (
        REGION_DEFAULT
    ),
    channel: Annotated[list[Channel] | None, typer.Option(help="Only what is sent so.")] = None,
    product: OfProduct = None,
    name: NamePrefix = None,
    raw: Annotated[bool, typer.Option("--raw", help="Messages without their envelope.")] = False,
    bus_source: Annotated[
        str | None, typer.Option(help="What a bus is told that refuses AWS's own source.")
    ] = None,
) -> None:
    """Send events somewhere, from the next one on."""
    if kind is not TargetKind.HTTP and endpoint_url is None:
        raise typer.BadParameter(f"{kind} needs --endpoint-url: where it is emulated")
    terminal.show_one(
        terminal.api.add_target(
            kind,
            address,
            endpoint_url=endpoint_url,
            region=region,
            channels=channel or None,
            product_code=product,
            name_prefix=name,
            is_raw=raw,
            bus_source=bus_source,
        )
    )


@client_command(target_commands, "remove")
def remove_target(
    terminal: Terminal, target: Annotated[str, typer.Argument(help="The target's id.")]
) -> None:
    """Send nothing there any more."""
    terminal.say(terminal.api.remove_target(target), f"nothing goes to {target} any more")


@client_command(target_commands, "replay")
def replay_events(
    terminal: Terminal,
    target: Annotated[str, typer.Argument(help="The target's id.")],
    *,
    after: Annotated[int, typer.Option(help="Only after the event of this sequence.")] = 0,
) -> None:
    """Send a target all events once more."""
    document = terminal.api.replay_events(target, after=after)
    terminal.say(document, f"{document['events']} events are sent once more")


@client_command(disturb_commands, "list")
def list_disturbances(terminal: Terminal) -> None:
    """List the disturbances that are not used up."""
    terminal.show_list(
        terminal.api.list_disturbances(),
        "disturbances",
        (
            ("disturbance", "disturbance_id"),
            ("kind", "kind"),
            ("names", "name_prefix"),
            ("product", "product_code"),
            ("count", "count"),
            ("rate", "rate"),
            ("copies", "copies"),
            ("delay s", "delay_seconds"),
            ("held", "held"),
        ),
        nothing="nothing happens on the way",
        prose=("names",),
    )


@client_command(disturb_commands, "add")
def add_disturbance(  # noqa: PLR0913 - each option is a parameter
    terminal: Terminal,
    kind: Annotated[DisturbanceKind, typer.Argument(help="What happens.")],
    *,
    product: OfProduct = None,
    name: NamePrefix = None,
    target: Annotated[str | None, typer.Option(help="On the way to this target only.")] = None,
    count: Annotated[
        int | None, typer.Option(help="How many events; until removed by default.")
    ] = None,
    rate: Annotated[
        str | None, typer.Option(help="Which share of them, above 0; all (1) by default.")
    ] = None,
    copies: Annotated[
        int | None, typer.Option(help="How many more a repeat brings; 1 by default.")
    ] = None,
    delay: Annotated[
        int | None,
        typer.Option(
            parser=read_duration,
            metavar="DURATION",
            help="How much later; disorder waits 15m by default.",
        ),
    ] = None,
    held: Annotated[
        int | None, typer.Option(help="How many events disorder mixes; 2 by default.")
    ] = None,
) -> None:
    """Repeat, delay, mix or drop the events that are sent from now on."""
    if kind is DisturbanceKind.DELAY and delay is None:
        raise typer.BadParameter("delay needs --delay, such as 2h")
    terminal.show_one(
        terminal.api.script_disturbance(
            kind,
            product_code=product,
            name_prefix=name,
            target_id=target,
            count=count,
            rate=rate,
            copies=copies,
            delay_seconds=delay,
            held=held,
        )
    )


@client_command(disturb_commands, "remove")
def remove_disturbance(
    terminal: Terminal,
    disturbance: Annotated[str, typer.Argument(help="The disturbance's id.")],
) -> None:
    """Forget one disturbance; what it held back goes out."""
    document = terminal.api.remove_disturbance(disturbance)
    terminal.say(document, f"{disturbance} is forgotten")


@client_command(disturb_commands, "clear")
def clear_disturbances(terminal: Terminal) -> None:
    """Forget all disturbances."""
    terminal.say(terminal.api.clear_disturbances(), "nothing happens on the way any more")


def _say_nothing(terminal: Terminal) -> str:
    """Tell a list that is empty from one of which nothing fits."""
    known = len(terminal.api.list_events()["events"])
    return f"none of {known} events fits" if known else "AWS has sent nothing"


def _describe_outcome(delivery: Record) -> str:
    number, reason = delivery["attempt"], delivery["reason"]
    tried = f"attempt {number}: " if isinstance(number, int) and number > 1 else ""
    return f"{tried}{delivery['outcome']}" + ("" if reason is None else f": {reason}")


def _say_until(entry: Record) -> object:
    """Say what an entry waits for: a time, a disturbance, or its turn."""
    return entry["due_at"] or entry["held_by"] or "its turn"
