"""`sandbox serve`."""

from pathlib import Path
from typing import Annotated

import typer

from marketplace_sandbox.cli.addresses import HOST_DEFAULT, PORT_DEFAULT
from marketplace_sandbox.core.operations.pacing import CALLS_PER_SECOND_AT_AWS, CALLS_PER_SECOND_MAX

_PORT_MAX = 65_535

StateFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Start from this file, if it is there, and save to it.", dir_okay=False
    ),
]
SeedFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Begin with this file's products, offers, agreements and faults, in YAML or JSON. "
        "Beside a --state that has products it is left out.",
        dir_okay=False,
    ),
]


def serve(  # noqa: PLR0913 - each option is a parameter
    *,
    host: Annotated[
        str, typer.Option(metavar="HOST", help="The address to listen on.")
    ] = HOST_DEFAULT,
    port: Annotated[
        int,
        typer.Option(metavar="PORT", min=0, max=_PORT_MAX, help="The port; 0 takes a free one."),
    ] = PORT_DEFAULT,
    state: StateFile = None,
    seed: SeedFile = None,
    metering_calls_per_second: Annotated[
        int,
        typer.Option(
            metavar="NUMBER",
            min=0,
            max=CALLS_PER_SECOND_MAX,
            help="How many BatchMeterUsage calls a second are not throttled, and in proportion "
            "those of operations with other quotas; 0 never throttles.",
        ),
    ] = CALLS_PER_SECOND_AT_AWS,
    reading: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="How to read AWS where it contradicts itself; repeat for more. Or a preset: AWS's "
            "events as they were observed, or as they are documented.",
        ),
    ] = None,
    frozen_at: Annotated[
        str | None, typer.Option(metavar="TIME", help="Let time stand still at this moment.")
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="A name by which browsers may call it, beside localhost."
        ),
    ] = None,
    target_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A host beyond this machine to which events may go."),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Print no line for each call and its outcome.")
    ] = False,
) -> None:
    """Serve the sandbox until Ctrl-C; without --state everything is gone afterwards."""
    # Loading the server takes a second, which the other commands need not wait for.
    from marketplace_sandbox.cli.serving import Wishes, run_server  # noqa: PLC0415 - see above

    run_server(
        Wishes(
            host=host,
            port=port,
            state=state,
            seed=seed,
            metering_calls_per_second=metering_calls_per_second or None,
            readings=tuple(reading or ()),
            frozen_at=frozen_at,
            allowed_hosts=tuple(allow_host or ()),
            target_hosts=tuple(target_host or ()),
            is_quiet=quiet,
        )
    )
