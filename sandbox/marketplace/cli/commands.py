"""How a client command is declared: it gets the terminal, and the options that all share."""

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, NoReturn

import typer

from sandbox.marketplace.cli.connection import URL_DEFAULT, Connection, SandboxRefusedError
from sandbox.marketplace.cli.terminal import Terminal

Url = Annotated[
    str,
    typer.Option("--url", envvar="SANDBOX_URL", help="The sandbox's address.", metavar="URL"),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print the control API's document, for programs.")
]

_SHARED = (
    inspect.Parameter("url", inspect.Parameter.KEYWORD_ONLY, default=URL_DEFAULT, annotation=Url),
    inspect.Parameter("as_json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=AsJson),
)


def group(name: str, description: str) -> typer.Typer:
    """Make a group of commands that explains itself."""
    return typer.Typer(name=name, help=description, no_args_is_help=True, add_completion=False)


def client_command(
    commands: typer.Typer, name: str
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare a command that talks to a sandbox; it adds `--url` and `--json`.

    The function takes a Terminal first, then what the command line says.
    What the sandbox refuses is printed in one sentence, and the exit code is 1.
    """

    def declare(run: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(run)
        def run_with_terminal(*, url: str, as_json: bool, **options: object) -> None:
            try:
                with Connection(url) as api:
                    run(Terminal(api, as_json=as_json), **options)
            except SandboxRefusedError as refusal:
                fail(str(refusal))

        own = list(inspect.signature(run).parameters.values())[1:]
        declared = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own]
        signature = inspect.Signature([*declared, *_SHARED])
        run_with_terminal.__signature__ = signature  # type: ignore[attr-defined] # read by typer
        run_with_terminal.__annotations__ = {
            one.name: one.annotation for one in signature.parameters.values()
        }
        commands.command(name)(run_with_terminal)
        return run_with_terminal

    return declare


def fail(message: str) -> NoReturn:
    """Say on stderr what is wrong, and end with exit code 1."""
    typer.echo(f"sandbox: {message}", err=True)
    raise typer.Exit(1)
