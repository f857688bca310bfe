"""`python -m bench`: measure what Meterhouse costs, and set it against its goals."""

import json
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from typing import Annotated

import typer
from rich.console import Console

from bench.goals import Goal, goals_of
from bench.measuring import Results, measure
from bench.tables import missed_of, tables_of
from local.stack.errors import StackError
from local.stack.termination import terminate_like_an_interrupt

_WIDTH = 200

app = typer.Typer(add_completion=False)
_progress = Console(stderr=True)


@app.command()
def main(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Measure what Meterhouse costs. Ends with 1 if a counted goal is missed, whatever the time.

    A counted goal that is known to be missed, and by what limit, fails only if it gets worse.
    """
    terminate_like_an_interrupt()
    try:
        results = measure(_progress.print)
    except StackError as error:
        typer.echo(f"bench: {error}", err=True)
        raise typer.Exit(2) from error
    except KeyboardInterrupt:
        typer.echo("bench: stopped", err=True)
        raise typer.Exit(130) from None
    goals = goals_of(results)
    if as_json:
        typer.echo(write_document(results, goals))
    else:
        _print(results, goals)
    if any(goal.fails for goal in goals):
        raise typer.Exit(1)


def _print(results: Results, goals: list[Goal]) -> None:
    console = Console(width=_WIDTH)
    for table in tables_of(results, goals):
        console.print(table)
    for sentence in missed_of(goals):
        console.print(sentence)
    console.print(
        f"Timed numbers are of this machine: {results.processors} processors, "
        f"with a load of {results.load:.1f} before the bench began."
    )


def write_document(results: Results, goals: list[Goal]) -> str:
    """Return everything as JSON; the numbers are measurements, not money."""
    verdicts = [{**asdict(goal), "is_met": goal.is_met, "fails": goal.fails} for goal in goals]
    return json.dumps({**asdict(results), "goals": verdicts}, default=_plain, indent=2)


def _plain(value: object) -> float:
    match value:
        case Decimal():
            return float(value)
        case timedelta():
            return value.total_seconds()
        case _:
            raise TypeError(f"no number: {value!r}")


if __name__ == "__main__":
    app(prog_name="python -m bench")
