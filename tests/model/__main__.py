"""Explore every scenario, or show the shortest way in which a broken rule does damage.

`python -m tests.model` or, for example, `python -m tests.model "freeze without the lease"`.
"""

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from time import monotonic
from typing import Annotated

import typer
from rich.console import Console

from tests.model.explore import Finding, explore
from tests.model.programs import Break
from tests.model.scenarios import SCENARIOS

console = Console(highlight=False, soft_wrap=True, markup=False)


def main(broken: Annotated[Break | None, typer.Argument(metavar="BREAK")] = None) -> None:
    """Exit 1 if a scenario that keeps all rules has a breach, or a break does no damage."""
    works = [n for n, one in enumerate(SCENARIOS) if broken is None or broken in one.finds]
    began, found = monotonic(), []
    with ProcessPoolExecutor() as pool:
        findings = pool.map(partial(_explored, broken), works)
        for number, finding in zip(works, findings, strict=True):
            verdict = "FOUND" if finding.breach else "holds"
            console.print(f"{verdict}: {SCENARIOS[number].name}: {finding.states:,} states")
            for line in finding.trace:
                console.print(f"  {line}")
            found.append(finding)
    states = sum(finding.states for finding in found)
    console.print(f"{states:,} states in {monotonic() - began:.0f} s")
    raise typer.Exit(any(bool(finding.breach) is (broken is None) for finding in found))


def _explored(broken: Break | None, number: int) -> Finding:
    scenario = SCENARIOS[number]
    return explore(scenario, broken, scenario.finds[broken] if broken else "")


if __name__ == "__main__":
    typer.run(main)
