"""`status`: a stack on one screen, and whether anything needs anybody."""

import typer

from operations.console.stack import Stack
from operations.errors import OperationError
from operations.options import (
    DEFAULT_DIRECTORY,
    EXIT_NOT_DONE,
    AsCsv,
    AsJson,
    Chosen,
    Directory,
    StackName,
    choose_form,
    tell_answer,
)
from operations.showing import waiting
from operations.status_checks import read_status


def status(
    *,
    stack_name: StackName = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    directory: Directory = DEFAULT_DIRECTORY,
) -> None:
    """Show a stack on one screen: is it whole, what waits, what needs somebody.

    Exits with 0 if nothing needs anybody, with 1 if something does, and with 2 if something cannot
    be read.
    """
    choose_form(as_json=as_json, as_csv=as_csv)
    stack = Stack(Chosen(None, stack_name, directory))
    try:
        with waiting("Looking"):
            answer = read_status(stack)
    except OperationError as error:
        typer.echo(f"status: {error}", err=True)
        raise typer.Exit(EXIT_NOT_DONE) from error
    tell_answer("status", ("stack", stack.name), answer, as_json=as_json, as_csv=as_csv)
