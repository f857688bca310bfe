"""`python -m local.chaos`: the deployed stack under fire, and its bill to the last decimal."""

import random
import shutil
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from local.chaos.play import Chaos, ChaosOutcome
from local.chaos.saboteur import Saboteur
from local.seller.comparison import success_line
from local.seller.display import build_console
from local.seller.stack_user import use_private_stack
from local.seller.verdicts import ending_in_a_verdict, problems_of_bill
from local.stack.layout import DEFAULT_DIRECTORY, StackFiles
from local.stack.termination import terminate_like_an_interrupt


def main(
    *,
    seed: Annotated[int | None, typer.Option(help="What is sent and broken. Default: new.")] = None,
    minutes: Annotated[float, typer.Option(help="How long harm is done.")] = 2,
    quiet_minutes_max: Annotated[
        float, typer.Option(help="How long to wait after that until everything is metered.")
    ] = 15,
) -> None:
    """Report usage to a private local stack while its workers are killed and AWS misbehaves."""
    terminate_like_an_interrupt()
    console = build_console()
    chosen = int(time.time()) if seed is None else seed
    console.print(f"chaos: seed {chosen} (the same usage and harm again with --seed {chosen})")
    DEFAULT_DIRECTORY.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="chaos-", dir=DEFAULT_DIRECTORY))
    with ending_in_a_verdict(console, "chaos", logs=folder):
        outcome = _play(console, StackFiles(folder), chosen, (minutes * 60, quiet_minutes_max * 60))
    problems = find_problems(outcome)
    _print(console, outcome)
    if problems:
        console.print(f"logs are in {folder}", markup=False, soft_wrap=True)
        console.print(f"chaos: FAILED: {'; '.join(problems)}", markup=False, soft_wrap=True)
        raise typer.Exit(1)
    shutil.rmtree(folder)
    line = success_line(outcome.comparison, outcome.distinct_events)
    console.print(f"chaos: {line}", soft_wrap=True)


def find_problems(outcome: ChaosOutcome) -> list[str]:
    """Name everything that is not as it must be; a run without harm proves nothing."""
    problems = problems_of_bill(outcome.comparison, outcome.messages_in_dlq)
    if outcome.unknown:
        problems.append(f"not known as active: {', '.join(outcome.unknown)}")
    if not outcome.distinct_events or not outcome.done or not outcome.faulty_calls:
        problems.append("nothing was sent, nothing was broken, or no call failed")
    return problems


def _play(
    console: Console, files: StackFiles, seed: int, seconds: tuple[float, float]
) -> ChaosOutcome:
    """Play inside a stack of its own, which is down again when this returns."""
    saboteur = Saboteur(files, random.Random(f"{seed}/saboteur"))  # noqa: S311 - no secret
    with use_private_stack(console, files) as user:
        return Chaos(console, user, saboteur, seed).run(*seconds)


def _print(console: Console, outcome: ChaosOutcome) -> None:
    console.print(f"  {outcome.messages} messages sent, repeats included")
    console.print(f"  {outcome.faulty_calls} of {outcome.calls} calls went wrong on purpose")
    for what, count in sorted(outcome.done.items()):
        console.print(f"  {count} {what}")


if __name__ == "__main__":
    typer.run(main)
