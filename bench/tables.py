"""The measurements as tables."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from rich.table import Table

from bench.counting import Rates
from bench.goals import Goal
from bench.results import Results
from bench.throttled import STEADY_SECONDS, BillingSpeed


def tables_of(results: Results, goals: Sequence[Goal]) -> Iterator[Table]:
    """Yield every table."""
    yield _units(results)
    yield _processor(results)
    yield _folding(results)
    yield _billing(results)
    yield _goals(goals)


def _table(title: str, *columns: str, names: int = 1) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for position, column in enumerate(columns):
        is_name = position < names
        table.add_column(column, justify="left" if is_name else "right", no_wrap=is_name)
    return table


def _units(results: Results) -> Table:
    table = _table(
        "DynamoDB units and calls of AWS for 1,000 events, ours and the usual way's",
        *("shape", "part"),
        *("write units", "of the index", "read units", "calls"),
        *("usual: write", "read", "calls", "usual/ours, write"),
        names=2,
    )
    for name, shape in results.shapes.items():
        records = f"{shape.records:,} records" if shape.records > 1 else "1 record"
        size = f"{shape.events:,} events in {records}"
        ours, usual = shape.ours, shape.usual
        table.add_row(name.value, "drain", *_compared(ours.drain, usual.drain))
        table.add_row(f"[dim]{size}[/]", "whole life", *_compared(ours.life, usual.life))
        look = ours.accounting
        reads, calls = _number(look.read_units), _number(look.calls)
        table.add_row("", "accounting, one look", "0.0", "0.0", reads, calls)
        table.add_section()
    return table


def _compared(ours: Rates, usual: Rates) -> Iterator[str]:
    for value in (ours.write_units, ours.index_units, ours.read_units, ours.calls):
        yield _number(value)
    for value in (usual.write_units, usual.read_units, usual.calls):
        yield _number(value)
    yield f"{usual.write_units / ours.write_units:.2g}x"


def _processor(results: Results) -> Table:
    table = _table(
        "CPU of the drain, microseconds per event",
        *("shape", "the drain's own", "with encoding and SDK", "usual way", "usual/ours"),
    )
    for name, shape in results.shapes.items():
        cpu = shape.cpu
        ratio = f"{cpu.usual_way / cpu.with_sdk:.2g}x"
        table.add_row(
            name.value, f"{cpu.own:.1f}", f"{cpu.with_sdk:.1f}", f"{cpu.usual_way:.0f}", ratio
        )
    return table


def _folding(results: Results) -> Table:
    table = _table(
        "Reading and folding the journal of one record",
        *("events", "events/s", "fold alone, events/s", "peak memory", "function's memory"),
        names=0,
    )
    fold = results.fold
    table.add_row(
        f"{fold.events:,}",
        f"{fold.events_per_second:,.0f}",
        f"{fold.fold_events_per_second:,.0f}",
        f"{fold.peak_bytes / 2**20:.0f} MiB",
        f"{fold.function_bytes / 2**20:.0f} MiB",
    )
    return table


def _billing(results: Results) -> Table:
    table = _table(
        "Billing against a Marketplace that takes ten calls a second",
        *("table", "records", "records/call", "calls/s", "records/s", "whole run", "throttled"),
    )
    steady = f"answers in {STEADY_SECONDS * 1_000:.0f} ms"
    rows = [
        (steady, results.billing.steady),
        ("local emulator", results.billing.emulator),
        ("usual way, one record a call", results.usual_billing),
    ]
    for name, speed in rows:
        table.add_row(name, *_speed(speed))
    return table


def _speed(speed: BillingSpeed) -> Iterator[str]:
    yield f"{speed.records:,}"
    yield f"{speed.records_per_call:.2f}"
    yield f"{speed.calls_per_second:.2f}"
    yield f"{speed.calls_per_second * speed.records_per_call:.1f}"
    yield f"{speed.records_per_second:.1f}/s"
    yield str(speed.throttled)


def _goals(goals: Sequence[Goal]) -> Table:
    table = _table("Goals", "what", "kind", "measured", "goal", "verdict", names=2)
    for goal in goals:
        sign = "≥" if goal.is_least else "≤"
        verdict = "[green]met[/]" if goal.is_met else "[red]missed[/]"
        measured, limit = f"{goal.measured:,.2f}", f"{sign} {goal.limit:,.10g}"
        table.add_row(goal.what, goal.kind.value, measured, limit, verdict)
    return table


def _number(value: Decimal) -> str:
    return f"{value:,.1f}"
