"""How a client command is declared: it gets the terminal, and the options that all share."""

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, NoReturn, get_args

import typer
from typer.core import TyperGroup
from typer.models import ArgumentInfo, OptionInfo

from marketplace_sandbox.cli.addresses import URL_DEFAULT
from marketplace_sandbox.cli.terminal import Terminal
from marketplace_sandbox.client import SandboxClient, SandboxError

AsJson = Annotated[
    bool, typer.Option("--json", help="Print the control API's document, for programs.")
]
_Url = Annotated[
    str | None,
    typer.Option("--url", metavar="URL", help="The sandbox's address; as before the command."),
]
_LEAK = "Value error, "  # how typer's own validator begins to speak


class PlainGroup(TyperGroup):
    """All commands; what is wrong with a value is said without the name of who found it out."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]  # typer's own subclass
        """Run the command that was typed."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix(_LEAK)
            raise


def group(name: str, description: str) -> typer.Typer:
    """Make a group of commands that explains itself."""
    return typer.Typer(name=name, help=description, no_args_is_help=True, add_completion=False)


def client_command(
    commands: typer.Typer, name: str, *, was: str | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare a command that talks to a sandbox; it adds `--url` and `--json`.

    The function takes a Terminal first, then what the command line says. `was` is an older name,
    which still works. What the sandbox refuses is printed in one sentence, and the exit code is 1.
    """

    def declare(run: Callable[..., None]) -> Callable[..., None]:
        def run_with_terminal(
            *, context: typer.Context, url: _Url = None, as_json: AsJson = False, **options: object
        ) -> None:
            try:
                with SandboxClient(url or context.find_root().obj or URL_DEFAULT) as api:
                    run(Terminal(api, as_json=as_json), **options)
            except SandboxError as error:
                fail(str(error))

        first, *shared, _ = inspect.signature(run_with_terminal).parameters.values()
        own = list(inspect.signature(run).parameters.values())[1:]
        for parameter in own:
            _name_value(parameter)
        declared = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own]
        signature = inspect.Signature([first, *declared, *shared])
        functools.update_wrapper(run_with_terminal, run)
        run_with_terminal.__signature__ = signature  # type: ignore[attr-defined] # read by typer
        run_with_terminal.__annotations__ = {
            one.name: one.annotation for one in signature.parameters.values()
        }
        commands.command(name, short_help=summary_of(run))(run_with_terminal)
        if was is not None:
            commands.command(was, hidden=True)(run_with_terminal)
        return run_with_terminal

    return declare


def summary_of(run: Callable[..., None]) -> str:
    """Return what a list of commands says of one; what is given so is wrapped, and not cut."""
    return (inspect.getdoc(run) or "").partition("\n\n")[0].replace("\n", " ")


def fail(message: str) -> NoReturn:
    """Say on stderr what is wrong, and end with exit code 1."""
    typer.echo(f"sandbox: {message}", err=True)
    raise typer.Exit(1)


def _name_value(parameter: inspect.Parameter) -> None:
    """Let the help name a value by what it is, in capitals: PRODUCT, URL, NUMBER."""
    kind, *told = get_args(parameter.annotation)
    kinds = {kind, *get_args(kind)}
    for info in told:
        if not isinstance(info, ArgumentInfo | OptionInfo) or info.metavar is not None:
            continue
        if isinstance(info, ArgumentInfo) or kinds & {str, list[str]}:
            info.metavar = parameter.name.rpartition("_")[2].upper()
        elif int in kinds:
            info.metavar = "NUMBER"
