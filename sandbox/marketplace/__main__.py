"""`python -m sandbox.marketplace serve`: AWS Marketplace on a local port."""

from typing import Annotated

import typer

from sandbox.marketplace.core.pacing import CALLS_PER_SECOND_AT_AWS, CALLS_PER_SECOND_MAX
from sandbox.marketplace.hosted import HostedMarketplace
from sandbox.marketplace.server import LOOPBACK_HOST, bind_socket, serve_forever, url_of

_PORT_MAX = 65_535

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def main() -> None:
    """Run a local AWS Marketplace: register buyers, meter usage, see the bill."""


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = LOOPBACK_HOST,
    port: Annotated[
        int, typer.Option(min=0, max=_PORT_MAX, help="The port; 0 takes a free one.")
    ] = 0,
    metering_calls_per_second: Annotated[
        int,
        typer.Option(
            min=0,
            max=CALLS_PER_SECOND_MAX,
            help="How many BatchMeterUsage calls a second are not throttled; 0 never throttles.",
        ),
    ] = CALLS_PER_SECOND_AT_AWS,
) -> None:
    """Serve the sandbox until Ctrl-C; everything it knows is gone afterwards."""
    try:
        listener = bind_socket(host, port)
    except OSError as error:
        typer.echo(f"sandbox: cannot listen on {host}:{port}: {error.strerror}", err=True)
        raise typer.Exit(1) from error
    url = url_of(listener)
    try:
        serve_forever(
            HostedMarketplace(metering_calls_per_second=metering_calls_per_second or None),
            listener,
            announce=lambda: typer.echo(f"sandbox: listening on {url}"),
        )
    except KeyboardInterrupt:
        typer.echo("sandbox: stopped", err=True)


if __name__ == "__main__":
    app(prog_name="python -m sandbox.marketplace")
