"""`python -m local.demo`: start a private stack, play the main job, stop the stack."""

import shutil
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from local.demo.play import Demo, DemoOptions
from local.demo.report import print_report
from local.demo.verdict import last_line
from local.seller.display import build_console
from local.seller.stack_user import use_private_stack
from local.seller.verdicts import ending_in_a_verdict
from local.stack.layout import BUILT_TEMPLATE, DEFAULT_DIRECTORY, StackFiles
from local.stack.termination import terminate_like_an_interrupt

_LOOK_AROUND = (
    "To look around: `make up` starts such a stack and prints the addresses of both consoles; "
    "`make console` serves Meterhouse's."
)


def main(
    *,
    seed: Annotated[
        int | None,
        typer.Option(help="Repeat a run: same usage, same mishaps. Default: new ones."),
    ] = None,
    seconds_max: Annotated[
        float, typer.Option(help="How long to wait until everything is metered.")
    ] = 120,
    directory: Annotated[
        Path | None, typer.Option(help="Where to keep the stack's files. Default: a new folder.")
    ] = None,
    template: Annotated[Path, typer.Option(help="The built template.")] = BUILT_TEMPLATE,
) -> None:
    """Play the main job on a private local stack and check every unit of it."""
    terminate_like_an_interrupt()
    console = build_console()
    chosen_seed = int(time.time()) if seed is None else seed
    console.print(f"demo: seed {chosen_seed} (repeat with --seed {chosen_seed})")
    folder = directory.resolve() if directory else _new_folder()
    with ending_in_a_verdict(console, "demo", logs=folder):
        succeeded = _play(console, folder, template, DemoOptions(chosen_seed, seconds_max))
    if not succeeded:
        raise typer.Exit(1)
    if directory is None:
        shutil.rmtree(folder)


def _new_folder() -> Path:
    DEFAULT_DIRECTORY.mkdir(exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="demo-", dir=DEFAULT_DIRECTORY))


def _play(console: Console, directory: Path, template: Path, options: DemoOptions) -> bool:
    """Run the demo inside its own stack; the verdict is printed when the stack is down again."""
    files = StackFiles(directory)
    with use_private_stack(console, files, template) as user:
        outcome, names = Demo(console, user, options).run()
        refusals = user.marketplace.list_refusals()["refusals"]
    print_report(console, outcome, refusals, names)
    line, succeeded = last_line(outcome)
    if not succeeded:
        console.print(f"logs are in {directory}", markup=False, soft_wrap=True)
    console.print(_LOOK_AROUND, markup=False, soft_wrap=True)
    console.print(line, markup=False, soft_wrap=True)
    return succeeded


if __name__ == "__main__":
    typer.run(main)
