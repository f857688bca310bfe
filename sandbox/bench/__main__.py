"""`python -m bench.__main__`: measure how fast the sandbox answers, however much is billed."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bench.speed import CALLS_TIMED, LEVELS, Pace, Speed, measure
from bench.usage import RECORDS_PER_CALL

CALLS_PER_SECOND_GOAL = 200

_WIDTH = 120

app = typer.Typer(add_completion=False)
_progress = Console(stderr=True)


@app.command()
def main(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    level: Annotated[
        list[int] | None, typer.Option(min=0, help="Billed records to measure at; repeatable.")
    ] = None,
    calls: Annotated[int, typer.Option(min=2, help="Calls to time at each.")] = CALLS_TIMED,
) -> None:
    """Time full BatchMeterUsage calls, in process and over HTTP with boto3. It judges nothing."""
    load = os.getloadavg()[0]
    speed = measure(sorted(level or LEVELS), calls_timed=calls, report=_progress.print)
    processors = os.cpu_count() or 1
    if as_json:
        typer.echo(json.dumps(to_document(speed, load=load, processors=processors), indent=2))
        return
    console = Console(width=_WIDTH)
    console.print(table_of(speed))
    for sentence in sentences_of(speed, load=load, processors=processors):
        console.print(sentence)


def to_document(speed: Speed, *, load: float, processors: int) -> dict[str, object]:
    """Return what was measured as JSON has it."""
    return {
        "records_per_call": RECORDS_PER_CALL,
        "calls_per_second_goal": CALLS_PER_SECOND_GOAL,
        "levels": [asdict(level) for level in speed.levels],
        "bytes_per_record": speed.bytes_per_record,
        "load": load,
        "processors": processors,
    }


def table_of(speed: Speed) -> Table:
    """Lay out the levels, one a row."""
    table = Table(title=f"BatchMeterUsage with {RECORDS_PER_CALL} records", title_justify="left")
    table.add_column("billed before", justify="right")
    for way in ("in process", "over HTTP"):
        for column in ("calls/s", "median ms", "p99 ms", "CPU ms"):
            table.add_column(f"{way}\n{column}", justify="right", no_wrap=True)
    for level in speed.levels:
        cells = [*_cells(level.in_process), *_cells(level.over_http)]
        table.add_row(f"{level.billed_records:,}", *cells)
    return table


def sentences_of(speed: Speed, *, load: float, processors: int) -> list[str]:
    """Say what no row says."""
    last = speed.levels[-1]
    memory = speed.bytes_per_record
    remembered = "too few to tell" if memory is None else f"{memory:,.0f} bytes"
    growth = f"{last.times_empty:.2f} times the processor time"
    return [
        f"In process, a call at {last.billed_records:,} billed records takes {growth} of one at 0.",
        f"Memory per billed record: {remembered}.",
        f"The goal is {CALLS_PER_SECOND_GOAL} calls a second in process.",
        f"Numbers are of this machine: {processors} processors, with a load of {load:.1f} before.",
    ]


def _cells(pace: Pace) -> Iterator[str]:
    yield f"{pace.calls_per_second:,.0f}"
    for milliseconds in (pace.median_ms, pace.p99_ms, pace.cpu_ms):
        yield f"{milliseconds:.2f}"


if __name__ == "__main__":
    app()
