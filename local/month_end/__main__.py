"""`python -m local.month_end`: a private stack, a month's end in a minute, and what AWS billed."""

import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from local.month_end.play import NAME, MonthEnd, last_line, play_month_end
from local.seller.display import build_console, comparison_table
from local.seller.stack_user import use_private_stack
from local.seller.verdicts import ending_in_a_verdict
from local.stack.layout import DEFAULT_DIRECTORY, StackFiles
from local.stack.termination import terminate_like_an_interrupt


def main(
    *,
    seconds_max: Annotated[
        float, typer.Option(help="How long to wait in the end until everything is metered.")
    ] = 120,
) -> None:
    """Move the sandbox's clock over a month's end while usage is reported, and hold the bill to it.

    The deployed functions live in the sandbox's time. Every unit must be billed in its own hour as
    long as AWS takes it there, and what comes after the cut-off in the new month.
    """
    terminate_like_an_interrupt()
    console = build_console()
    DEFAULT_DIRECTORY.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="month-end-", dir=DEFAULT_DIRECTORY))
    with ending_in_a_verdict(console, "month-end", logs=folder):
        seen = _play(console, StackFiles(folder), seconds_max)
    names = {one.fact.subscription.agreement_id: NAME for one in seen.reported}
    console.print(comparison_table(seen.comparison, names))
    line, succeeded = last_line(seen)
    if not succeeded:
        console.print(f"logs are in {folder}", markup=False, soft_wrap=True)
    console.print(line, markup=False, soft_wrap=True)
    if not succeeded:
        raise typer.Exit(1)
    shutil.rmtree(folder)


def _play(console: Console, files: StackFiles, seconds_max: float) -> MonthEnd:
    """Play inside a stack of its own, which is down again when this returns."""
    with use_private_stack(console, files) as user:
        return play_month_end(console, user, seconds_max)


if __name__ == "__main__":
    typer.run(main)
