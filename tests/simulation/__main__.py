"""`make simulate`: play histories and say what broke; with a single one, show its trace."""

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tests.simulation.play import play
from tests.simulation.port_calls import POINTS
from tests.simulation.properties import judge
from tests.simulation.reach import Reach, words_of
from tests.simulation.runs import Outcome, run_in_parallel, spiky_count

FAILURES_SHOWN_MAX = 10
# So many histories reach everything; fewer need not.
FULL_RUN_HISTORIES = 1_000

console = Console(highlight=False)


def main(
    seed: Annotated[int, typer.Option(help="the first history")] = 1,
    histories: Annotated[int, typer.Option(help="how many; a single one shows its trace")] = 2_000,
    jobs: Annotated[int, typer.Option(help="processes; 0 means one per processor")] = 0,
    *,
    spikes: Annotated[bool, typer.Option("--spikes", help="a single one: let spikes wait")] = False,
) -> None:
    """Play HISTORIES histories from SEED on; exit 1 if one breaks a property."""
    if histories == 1:
        _replay(seed, holds_spikes=spikes)
        return
    outcome = _run(range(seed, seed + histories), jobs)
    console.print(_reach_table(outcome.reach))
    missing = [*outcome.reach.missing()] if histories >= FULL_RUN_HISTORIES else []
    for point in missing:
        console.print(f"simulate: never reached: {point}", soft_wrap=True)
    for failure in outcome.failures[:FAILURES_SHOWN_MAX]:
        console.print(str(failure), soft_wrap=True, markup=False)
        again = f"make simulate SEED={failure.seed} HISTORIES=1"
        again += " OPTIONS=--spikes" if failure.holds_spikes else ""
        console.print(f"  replay: {again}", soft_wrap=True)
    verdict = "FAILED" if outcome.failures or missing else "OK"
    console.print(
        f"simulate: {verdict}: {outcome.histories} histories, {len(outcome.failures)} failed",
        soft_wrap=True,
    )
    raise typer.Exit(verdict == "FAILED")


def _replay(seed: int, *, holds_spikes: bool) -> None:
    """Show one history, call by call."""
    world = play(seed, is_traced=True, holds_spikes=holds_spikes)
    print(*world.gate.trace.lines, sep="\n")  # noqa: T201 - the trace is the output
    console.print(world.plan, soft_wrap=True, markup=False)
    breaches = judge(world)
    for breach in breaches:
        console.print(breach, soft_wrap=True, markup=False)
    console.print(f"simulate: {'FAILED' if breaches else 'OK'}: history {seed}")
    raise typer.Exit(bool(breaches))


def _run(seeds: range, jobs: int) -> Outcome:
    columns = (TextColumn("histories"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("histories", total=len(seeds) + spiky_count(len(seeds)))
        return run_in_parallel(
            seeds, jobs=jobs or None, progress=lambda count: bar.advance(task, count)
        )


def _reach_table(reach: Reach) -> Table:
    """Show how often everything was reached."""
    table = Table(title="reached", show_header=False)
    for counted in (reach.climates, reach.ends, reach.happenings):
        table.add_section()
        for name, count in sorted(counted.items(), key=str):
            table.add_row(getattr(name, "value", str(name)), f"{count:,}")
    table.add_section()
    for step, count in sorted(reach.steps.items(), key=str):
        table.add_row(words_of(step), f"{count:,}")
    table.add_section()
    for port in dict.fromkeys(port for port, _ in POINTS):
        faults = {fault: reach.points[port, fault] for name, fault in POINTS if name == port}
        row = ", ".join(f"{fault} {count:,}" for fault, count in faults.items())
        table.add_row(port, row)
    return table


if __name__ == "__main__":
    typer.run(main)
