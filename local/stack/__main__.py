"""The command line of the local stack: `python -m local.stack up|down|status|logs`."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from local.stack.addresses import read_addresses
from local.stack.errors import StackError
from local.stack.function_logs import save_function_logs
from local.stack.layout import BUILT_TEMPLATE, DEFAULT_DIRECTORY, LOOPBACK, StackFiles
from local.stack.lifecycle import aws_access, bring_up, read_status, take_down
from local.stack.parameters import parse_assignments
from local.stack.ports import StackPorts
from local.stack.start import StackPlan
from local.stack.termination import terminate_like_an_interrupt
from operations.console.command import PORT_DEFAULT

CONSOLE_URL = f"http://{LOOPBACK}:{PORT_DEFAULT}"
PORT_MAX = 65_535

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Directory = Annotated[Path, typer.Option(help="Where the stack keeps its files.")]


@app.command()
def up(
    *,
    directory: Directory = DEFAULT_DIRECTORY,
    port: Annotated[
        int, typer.Option(min=0, max=PORT_MAX, help="The emulator's port; 0: as last time, or any.")
    ] = 0,
    sandbox_port: Annotated[
        int, typer.Option(min=0, max=PORT_MAX, help="The sandbox's port; 0: as last time, or any.")
    ] = 0,
    template: Annotated[Path, typer.Option(help="The built template.")] = BUILT_TEMPLATE,
    parameter: Annotated[
        list[str] | None, typer.Option(help="A template parameter as Name=Value; repeatable.")
    ] = None,
) -> None:
    """Start the sandbox and the AWS emulator, deploy the built template, wait until it serves."""
    terminate_like_an_interrupt()
    with _errors_as_exit():
        ports = StackPorts(emulator=port, sandbox=sandbox_port)
        plan = StackPlan(ports, template.resolve(), parse_assignments(parameter or []))
        files = StackFiles(directory.resolve())
        addresses = bring_up(files, plan, _say)
        _say(f"buyers register at {addresses.register_url}")
        _say(f"the sandbox's console, and what AWS would bill: {addresses.sandbox_url}")
        _say(f"Meterhouse's console: `make console` serves it at {CONSOLE_URL}")
        _say(f"addresses are in {files.addresses}, logs beside it")


@app.command()
def down(*, directory: Directory = DEFAULT_DIRECTORY) -> None:
    """Stop what `up` started in this directory, and nothing else."""
    stopped = take_down(StackFiles(directory.resolve()))
    _say(f"stopped {' and '.join(stopped)}" if stopped else "nothing was running")


@app.command()
def status(*, directory: Directory = DEFAULT_DIRECTORY) -> None:
    """Say what runs; the exit code is 0 only when the stack is up and answers."""
    found = read_status(StackFiles(directory.resolve()))
    for name, process in found.running.items():
        _say(f"{name} runs as process {process.pid}")
    if found.addresses is not None:
        _say(f"AWS at {found.addresses.aws_endpoint_url}, sandbox at {found.addresses.sandbox_url}")
    _say("up" if found.healthy else "not up")
    raise typer.Exit(0 if found.healthy else 1)


@app.command()
def logs(*, directory: Directory = DEFAULT_DIRECTORY) -> None:
    """Write what the functions have logged to `functions.log` beside `stack.env`."""
    with _errors_as_exit():
        files = StackFiles(directory.resolve())
        try:
            with aws_access(read_addresses(files.addresses)) as aws:
                count = save_function_logs(aws, files.functions_log)
        except (BotoCoreError, ClientError) as error:
            raise StackError(f"the local stack does not answer ({error}): run `make up`") from error
        _say(f"{count} lines in {files.functions_log}")


@contextlib.contextmanager
def _errors_as_exit() -> Iterator[None]:
    try:
        yield
    except StackError as error:
        typer.echo(f"stack: {error}", err=True)
        raise typer.Exit(1) from error


def _say(text: str) -> None:
    typer.echo(f"stack: {text}")


if __name__ == "__main__":
    app()
