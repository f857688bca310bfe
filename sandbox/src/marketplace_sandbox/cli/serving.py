"""Serving a sandbox as the options of `sandbox serve` say."""

import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import typer
from loopback_console.serving import bind_socket, url_of

from marketplace_sandbox.cli.commands import fail
from marketplace_sandbox.cli.terminal import show_warning
from marketplace_sandbox.core.model.errors import ControlError
from marketplace_sandbox.core.model.instants import parse_iso
from marketplace_sandbox.delivery.addresses import is_loopback
from marketplace_sandbox.hosted import HostedMarketplace
from marketplace_sandbox.seed import SeedError, plant_seed
from marketplace_sandbox.server import serve_forever
from marketplace_sandbox.state_file import StateFile, StateFileError
from marketplace_sandbox.telling.line_writer import LineWriter
from marketplace_sandbox.telling.requests import Tell, telling_calls


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the options say.

    Attributes:
        state: the file to start from and save to; None keeps nothing.
        seed: the file that says what there is at the start, unless the state says so.
        readings: NAME=VALUE each, or a preset.
        frozen_at: an ISO 8601 time; None lets time run.
        allowed_hosts: names by which browsers may call it, beside localhost.
        target_hosts: hosts beyond this machine to which events may go.
        is_quiet: whether calls are not told.

    """

    host: str
    port: int
    state: Path | None
    seed: Path | None
    metering_calls_per_second: int | None
    readings: tuple[str, ...]
    frozen_at: str | None
    allowed_hosts: tuple[str, ...]
    target_hosts: tuple[str, ...]
    is_quiet: bool


def run_server(wishes: Wishes) -> None:
    """Serve until the process is told to stop; what cannot be done ends in one sentence."""
    if not is_loopback(wishes.host):
        typer.echo(
            f"sandbox: {wishes.host} may be reached from other machines, "
            "and the sandbox asks nobody who they are",
            err=True,
        )
    try:
        listener = bind_socket(wishes.host, wishes.port)
    except OSError as error:
        fail(f"cannot listen on {wishes.host}:{wishes.port}: {error.strerror}")
    url = url_of(listener)
    writer = LineWriter()

    def announce() -> None:
        typer.echo(f"sandbox: listening on {url}")
        writer.start(
            sys.stdout
        )  # only now: whoever starts a sandbox waits for that line as the first one

    tell = None if wishes.is_quiet else writer.tell
    try:
        with listener, closing(writer):
            serve_forever(
                _prepare(wishes, tell),
                listener,
                announce=announce,
                names_allowed=[name.lower() for name in wishes.allowed_hosts],
                tell=tell,
            )
    except (StateFileError, SeedError, ControlError) as error:
        fail(str(error))
    except KeyboardInterrupt:
        typer.echo("sandbox: stopped", err=True)


def _prepare(wishes: Wishes, tell: Tell | None) -> HostedMarketplace:
    """Make the marketplace; raise BadParameter if an option makes no sense.

    Nothing is saved of one that could not be made.
    """
    marketplace = HostedMarketplace(
        metering_calls_per_second=wishes.metering_calls_per_second,
        state=None if wishes.state is None else StateFile(wishes.state),
        target_hosts=frozenset(wishes.target_hosts),
        on_call=None if tell is None else telling_calls(tell),
    )
    try:
        for reading in wishes.readings:
            name, is_one, value = reading.partition("=")
            if is_one:
                marketplace.desks.facts.set_reading(name, value)
            else:
                marketplace.desks.facts.set_preset(name)
        if wishes.frozen_at is not None:
            at = parse_iso(wishes.frozen_at)
            if at is None:
                raise typer.BadParameter("write a time with its offset, like 2026-11-30T23:00:00Z")
            marketplace.desks.clock.freeze()
            marketplace.desks.clock.set(at)
    except ControlError as error:
        raise typer.BadParameter(error.message) from error
    if wishes.seed is not None:
        if marketplace.desks.catalogue.products():
            show_warning(f"{wishes.state} has products already: {wishes.seed} is left out")
        else:
            plant_seed(marketplace, wishes.seed)
    return marketplace
