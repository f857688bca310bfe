"""How demo, chaos and replay end: whatever happens, the last line says whether it went well."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import typer
from botocore.exceptions import BotoCoreError, ClientError
from marketplace_sandbox.client import SandboxError
from rich.console import Console

from local.seller.comparison import Comparison, format_units
from local.seller.producer import SendingFailedError
from local.seller.registration import RegistrationFailedError
from local.stack.errors import StackError

_INTERRUPTED_EXIT_CODE = 130
_FAILURES = (
    StackError,
    RegistrationFailedError,
    SendingFailedError,
    BotoCoreError,
    ClientError,
    SandboxError,
    httpx.HTTPError,
)


@contextlib.contextmanager
def ending_in_a_verdict(
    console: Console,
    name: str,
    *failures: type[Exception],
    interrupted: str = "nothing is left running",
    logs: Path | None = None,
) -> Iterator[None]:
    """End the command `name` with its exit code and a last line when the block fails.

    `failures` are foreseen besides those of stack, seller and AWS: their text is for people.
    """
    try:
        yield
    except KeyboardInterrupt:
        console.print(f"{name}: FAILED: interrupted; {interrupted}")
        raise typer.Exit(_INTERRUPTED_EXIT_CODE) from None
    except Exception as error:
        is_foreseen = isinstance(error, (*_FAILURES, *failures))
        if not is_foreseen:
            # Also when the command itself is at fault.
            console.print_exception()
        if logs is not None:
            console.print(f"logs are in {logs}", markup=False, soft_wrap=True)
        said = str(error) if is_foreseen else repr(error)
        console.print(f"{name}: FAILED: {said}", markup=False, soft_wrap=True)
        raise typer.Exit(1) from error


def problems_of_bill(
    comparison: Comparison, messages_in_dlq: int, *, lost: str = "lost"
) -> list[str]:
    """Name what the bill has too little or too much of, and usage that never came to it."""
    problems = []
    if comparison.lost:
        problems.append(f"{format_units(comparison.lost)} units {lost}")
    if comparison.billed_twice:
        problems.append(f"{format_units(comparison.billed_twice)} units billed twice")
    if messages_in_dlq:
        problems.append(f"{messages_in_dlq} messages in the dead-letter queue")
    return problems
