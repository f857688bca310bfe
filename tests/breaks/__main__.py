"""`python -m tests.breaks`: try every break of the list."""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import typer
from rich.console import Console

from tests.breaks.breaks import BREAKS
from tests.breaks.trying import is_noticed


def main(
    jobs: Annotated[int, typer.Option(help="processes; 0 means one per processor")] = 0,
) -> None:
    """Try every break, and name those that no test notices."""
    console = Console(highlight=False, soft_wrap=True)
    survivors = 0
    with ThreadPoolExecutor(jobs or os.cpu_count()) as pool:
        for one, noticed in zip(BREAKS, pool.map(is_noticed, BREAKS), strict=True):
            survivors += not noticed
            if not noticed:
                console.print(f"SURVIVED {one}", markup=False)
    verdict = "FAILED" if survivors else "OK"
    console.print(f"breaks: {verdict}: {len(BREAKS)} breaks, {survivors} not noticed")
    raise typer.Exit(bool(survivors))


if __name__ == "__main__":
    typer.run(main)
