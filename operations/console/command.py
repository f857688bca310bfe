"""`console`: all that the other commands show and do, as pages in a browser."""

from typing import Annotated

import typer

from operations.options import (
    DEFAULT_DIRECTORY,
    EXIT_NOT_DONE,
    Chosen,
    Directory,
    StackName,
)
from operations.showing import SHOWS_PROGRESS

PORT_DEFAULT = 8_920
_PORT_MAX = 65_535


def console(
    *,
    port: Annotated[
        int,
        typer.Option(metavar="PORT", min=0, max=_PORT_MAX, help="The port; 0 takes a free one."),
    ] = PORT_DEFAULT,
    allow_changes: Annotated[
        bool,
        typer.Option("--allow-changes", help="Let forms change something. Without, it only looks."),
    ] = False,
    stack_name: StackName = None,
    directory: Directory = DEFAULT_DIRECTORY,
) -> None:
    """Serve pages about a stack on this machine, until Ctrl-C.

    Only this machine reaches them, and they call AWS with the credentials of whoever started them.
    """
    # Loading a server takes a moment, which other commands need not wait for.
    from loopback_console.serving import (  # noqa: PLC0415 - see above
        LOOPBACK_HOST,
        Server,
        bind_socket,
        run_until_told,
        url_of,
    )

    from operations.console.app import build_app  # noqa: PLC0415 - as above
    from operations.console.stack import Stack  # noqa: PLC0415 - as above

    try:
        listener = bind_socket(LOOPBACK_HOST, port)
    except OSError as error:
        typer.echo(
            f"console: cannot listen on {LOOPBACK_HOST}:{port}: {error.strerror}; "
            "name another port with --port, or 0 for any that is free",
            err=True,
        )
        raise typer.Exit(EXIT_NOT_DONE) from error
    stack = Stack(Chosen(None, stack_name, directory))
    manner = "changes are allowed" if allow_changes else "it only looks"

    def announce() -> None:
        typer.echo(f"console: {stack.name} at {url_of(listener)} ({manner}); Ctrl-C ends it")

    # Pages are read several at a time, and the terminal is none of theirs.
    SHOWS_PROGRESS.set(False)
    app = build_app(stack, may_change=allow_changes)
    try:
        run_until_told(Server(app, announce=announce), listener)
    except KeyboardInterrupt:
        typer.echo("console: stopped", err=True)
