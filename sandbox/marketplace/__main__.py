"""`python -m sandbox.marketplace serve`: AWS Marketplace on a local port."""

from typing import Annotated

import typer

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
            HostedMarketplace(),
            listener,
            announce=lambda: typer.echo(f"sandbox: listening on {url}"),
        )
    except KeyboardInterrupt:
        typer.echo("sandbox: stopped", err=True)


if __name__ == "__main__":
    app(prog_name="python -m sandbox.marketplace")
