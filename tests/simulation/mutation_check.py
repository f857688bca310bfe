"""`make mutants`: break the code on purpose, and see how many histories it takes to find out."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from typing import Annotated

import typer
from rich.console import Console

from tests.simulation.mutant import Mutant
from tests.simulation.mutants import MUTANTS
from tests.simulation.runs import run_histories


@dataclass(frozen=True, slots=True)
class Finding:
    """How a break was found: by which history, as the how-manieth, and what it said."""

    mutant: str
    histories: int
    seed: int
    breach: str

    @property
    def property_name(self) -> str:
        """The property that caught it."""
        return self.breach.partition(":")[0]


def find(position: int, seeds: Sequence[int]) -> Finding | None:
    """Break the code of this process and play histories until one shows it."""
    mutant = MUTANTS[position]
    mutant.apply()
    for count, seed in enumerate(seeds, start=1):
        # A break that raises shows nothing about the properties; mostly it no longer fits the code.
        played = run_histories(
            [seed], with_tenants=mutant.with_tenants, holds_spikes=mutant.holds_spikes
        )
        for failure in played.failures:
            if not failure.broke_off:
                return Finding(mutant.name, count, seed, failure.breaches[0])
    return None


def find_all(
    histories_max: int | None = None, jobs: int | None = None
) -> Iterator[tuple[Mutant, Finding | None]]:
    """Try every mutant, each in a process of its own.

    Without a limit each that has a seed is tried within its own, from that seed on.
    """
    workers = jobs or os.cpu_count() or 1
    with ProcessPoolExecutor(workers, mp_context=_context(), max_tasks_per_child=1) as pool:
        futures = [
            (mutant, pool.submit(find, position, seeds))
            for position, mutant in enumerate(MUTANTS)
            if (seeds := _seeds_of(mutant, histories_max))
        ]
        for mutant, future in futures:
            yield mutant, future.result()


def _seeds_of(mutant: Mutant, histories_max: int | None) -> range:
    if histories_max is not None:
        return range(1, histories_max + 1)
    if mutant.seed is None:
        return range(0)
    return range(mutant.seed, mutant.seed + mutant.histories_max)


def _context() -> ForkServerContext:
    """Return processes that begin with everything imported and nothing broken."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def main(
    histories: Annotated[
        int, typer.Option(help="from the first; 0 means from one that found it before")
    ] = 0,
    jobs: Annotated[int, typer.Option(help="processes; 0 means one per processor")] = 0,
) -> None:
    """Print each break, the property that caught it and the histories that it took."""
    console = Console(highlight=False, soft_wrap=True)
    survivors = tried_count = 0
    for mutant, finding in find_all(histories or None, jobs or None):
        tried_count += 1
        if finding is None:
            survivors += 1
            tried = histories or mutant.histories_max
            console.print(f"{mutant.name:42} SURVIVED {tried} histories")
        else:
            where = f"{finding.property_name}, history {finding.seed}"
            console.print(f"{mutant.name:42} {finding.histories:5}  {where}", markup=False)
    verdict = "FAILED" if survivors else "OK"
    if untried := len(MUTANTS) - tried_count:
        console.print(
            f"{untried} breaks are found too rarely for a short check and were not tried: "
            "--histories tries all from the first history on"
        )
    console.print(f"mutants: {verdict}: {tried_count} breaks, {survivors} not found")
    raise typer.Exit(bool(survivors))


if __name__ == "__main__":
    typer.run(main)
