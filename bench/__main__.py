"""`python -m bench`: measure what Meterhouse costs, and set it against its goals."""

import json
import os
from typing import Annotated

import boto3
import typer
from rich.console import Console

from bench.counting import count_shape, watch_account
from bench.deployment import (
    REGION,
    access_environment,
    create_account,
    environment,
)
from bench.emulation import emulated_account, throttling_marketplace
from bench.folding import measure_fold
from bench.goals import Kind, goals_of
from bench.processor import time_drain
from bench.recorder import Recorder
from bench.results import Results, ShapeResult, to_document
from bench.shapes import ShapeName, build_shape
from bench.tables import tables_of
from bench.throttled import BillingSpeed, BillingTimes, time_billing, time_usual_billing
from bench.usual_way import SCHEMA, count_usual_way, create_event_table
from sandbox.stack.errors import StackError
from sandbox.stack.termination import terminate_like_an_interrupt

EVENTS = {
    ShapeName.BUSY: 100_000,
    ShapeName.MANY: 100_000,
    ShapeName.SPARSE: 2_000,
    ShapeName.ARREARS: 2_000,
}
_WIDTH = 150

app = typer.Typer(add_completion=False)
_progress = Console(stderr=True)


@app.command()
def main(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Measure what Meterhouse costs. Ends with 1 if a counted goal is missed, whatever the time."""
    terminate_like_an_interrupt()
    try:
        results = _measure()
    except StackError as error:
        typer.echo(f"bench: {error}", err=True)
        raise typer.Exit(2) from error
    except KeyboardInterrupt:
        typer.echo("bench: stopped", err=True)
        raise typer.Exit(130) from None
    goals = goals_of(results)
    if as_json:
        verdicts = [
            {"what": goal.what, "kind": goal.kind.value, "measured": goal.measured}
            | {"limit": goal.limit, "is_least": goal.is_least, "is_met": goal.is_met}
            for goal in goals
        ]
        typer.echo(json.dumps({**to_document(results), "goals": verdicts}, indent=2))
    else:
        console = Console(width=_WIDTH)
        for table in tables_of(results, goals):
            console.print(table)
        console.print(
            f"Timed numbers are of this machine: {results.processors} processors, "
            f"with a load of {results.load:.1f} before the bench began."
        )
    if any(goal.kind is Kind.COUNTED and not goal.is_met for goal in goals):
        raise typer.Exit(1)


def _measure() -> Results:
    load = os.getloadavg()[0]
    with emulated_account() as endpoint_url:
        with environment(access_environment(endpoint_url, None)):
            shapes = {name: _measure_shape(name) for name in ShapeName}
        billing, usual = _measure_billing(endpoint_url)
    _progress.print("folding a million events of one record")
    return Results(
        load=load,
        processors=os.cpu_count() or 1,
        shapes=shapes,
        fold=measure_fold(),
        billing=billing,
        usual_billing=usual,
    )


def _measure_shape(name: ShapeName) -> ShapeResult:
    _progress.print(f"{name.value}: CPU time")
    shape = build_shape(name, EVENTS[name])
    cpu = time_drain(shape)
    _progress.print(f"{name.value}: units and calls")
    session = boto3.Session(region_name=REGION)
    reader = session.client("dynamodb")
    account = create_account(reader, session.client("sqs"), f"-{name.name.lower()}")
    recorder = Recorder(reader)
    watch_account(recorder, account)
    ours = count_shape(shape, account, recorder)
    event_table = f"Events-{name.name.lower()}"
    create_event_table(reader, event_table)
    recorder.add_table(event_table, SCHEMA)
    watched = session.client("dynamodb")
    recorder.watch(watched.meta.events)
    # The marketplace would take a record that it knows already for the same one.
    usual = count_usual_way(build_shape(name, EVENTS[name]), watched, event_table, recorder)
    return ShapeResult(
        events=shape.event_count,
        records=shape.record_count,
        drains=len(shape.drains),
        ours=ours,
        usual=usual,
        cpu=cpu,
    )


def _measure_billing(endpoint_url: str) -> tuple[BillingTimes, BillingSpeed]:
    _progress.print("billing against ten calls a second")
    with (
        throttling_marketplace() as marketplace_url,
        environment(access_environment(endpoint_url, marketplace_url)),
    ):
        billing = time_billing(marketplace_url)
    with (
        throttling_marketplace() as marketplace_url,
        environment(access_environment(endpoint_url, marketplace_url)),
    ):
        return billing, time_usual_billing(marketplace_url)


if __name__ == "__main__":
    app(prog_name="python -m bench")
