"""The measurements as tables."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from rich.table import Table

from bench.counting import Life
from bench.goals import Goal
from bench.measuring import Results
from bench.playing import Part
from bench.rivals import RIVALS


def tables_of(results: Results, goals: Sequence[Goal]) -> Iterator[Table]:
    """Yield every table."""
    yield _lives(results)
    yield _beside(results)
    yield _late(results)
    yield _settling(results)
    yield _sending(results)
    yield _look_ups(results)
    yield _large(results)
    yield _processor(results)
    yield _billing(results)
    yield _goals(goals)


def table_of(title: str, *columns: str, names: int = 1) -> Table:
    """Return an empty table; the first columns hold names, the others numbers."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for position, column in enumerate(columns):
        is_name = position < names
        table.add_column(column, justify="left" if is_name else "right", no_wrap=is_name)
    return table


def _lives(results: Results) -> Table:
    table = table_of(
        "What shapes of usage cost in all: write units by part of their life, and all else",
        *("shape", "events", "records", "drains", *(f"write: {part}" for part in Part)),
        *("write: all", "of the index", "read units", "calls of AWS", "of BatchMeterUsage"),
    )
    for life in results.lives.values():
        whole = life.whole
        counts = (life.events, life.records, life.drains)
        units = [*(life.parts[part].write_units for part in Part), whole.write_units]
        rest = (whole.index_units, whole.read_units, whole.calls, life.metering_calls)
        table.add_row(life.name, *(f"{number:,.0f}" for number in (*counts, *units, *rest)))
    return table


def _beside(results: Results) -> Table:
    titles = [rival.title for rival in RIVALS]
    table = table_of(
        "Units and bytes for 1,000 events, ours and beside the usual ways: "
        + "; ".join(f"({number}) {title}" for number, title in enumerate(titles, 1)),
        *("shape", "write: drain", "whole life", "read units", "KB stored"),
        *(
            f"({number}) {column}"
            for number in range(1, len(titles) + 1)
            for column in ("drain", "whole", "read", "KB", "whole/ours")
        ),
    )
    for key, life in results.lives.items():
        cells = [*_per_event(life, life.drain.write_units, life.whole.write_units)]
        cells += _per_event(life, life.whole.read_units, Decimal(life.stored_bytes) / 1_024)
        for title in titles:
            rival = results.rivals[key][title]
            cells += _per_event(life, rival.drain.write_units, rival.whole.write_units)
            cells += _per_event(life, rival.whole.read_units, rival.stored_bytes / 1_024)
            cells.append(f"{rival.whole.write_units / life.whole.write_units:,.1f}x")
        table.add_row(life.name, *cells)
    return table


def _per_event(life: Life, *units: Decimal) -> Iterator[str]:
    for one in units:
        yield f"{life.per_event(one):,.1f}"


def _late(results: Results) -> Table:
    table = table_of(
        "One late drain, of so many for one hour; each has the hour closed again",
        *("late drains", "write units", "read units", "calls of AWS"),
    )
    for one in results.late:
        units = (one.each.write_units, one.each.read_units, one.each.calls)
        table.add_row(str(one.drains), *(f"{number:,.1f}" for number in units))
    return table


def _settling(results: Results) -> Table:
    table = table_of(
        "Settling a record that AWS refused, a command each",
        *("records", "write units", "of the index", "read units", "calls of AWS"),
        names=0,
    )
    one, each = results.settling, results.settling.each
    units = (each.write_units, each.index_units, each.read_units, each.calls)
    table.add_row(f"{one.records:,}", *(f"{number:,.1f}" for number in units))
    return table


def _sending(results: Results) -> Table:
    table = table_of(
        "Sending 1,000 events, until they are in the journal",
        *("way", "requests", "sends to SQS", "sends, as billed", "write units"),
        "bytes an event in the queue",
    )
    for one in results.sending:
        counts = (one.requests, one.sends, one.billed_sends, one.write_units)
        cells = [f"{one.per_thousand(count):,.1f}" for count in counts]
        table.add_row(one.way, *cells, f"{one.message_bytes / one.events:,.0f}")
    return table


def _look_ups(results: Results) -> Table:
    table = table_of("Looking something up", "what", "in", "read units", names=2)
    for one in results.look_ups:
        table.add_row(one.what, one.of, f"{one.read_units:,.1f}")
    return table


def _large(results: Results) -> Table:
    table = table_of(
        "Looking at a month of records, few or a million",
        *("what", "records", "shown", "read units"),
    )
    for one in sorted(results.large, key=lambda look: (not look.is_bounded, look.what)):
        table.add_row(one.what, f"{one.records:,}", f"{one.shown:,}", f"{one.read_units:,.1f}")
    return table


def _processor(results: Results) -> Table:
    table = table_of(
        "Processor time of a drain, microseconds per event, encoding and SDK included",
        *("shape", "events a drain", "ours", "a write per event", "of ours"),
    )
    for one in results.processor:
        ratio = f"{one.usual / one.ours:,.1f}x"
        table.add_row(one.name, f"{one.events:,}", f"{one.ours:.1f}", f"{one.usual:.0f}", ratio)
    return table


def _billing(results: Results) -> Table:
    table = table_of(
        "Billing against a Marketplace that takes ten calls a second",
        *("records", "records/call", "calls/s", "records/s", "seconds of the run", "throttled"),
        names=0,
    )
    one = results.billing
    rates = (one.records_per_call, one.calls_per_second, one.records_per_second, one.seconds)
    rest = (f"{rate:.1f}" for rate in rates)
    table.add_row(f"{one.records:,}", *rest, str(one.throttled))
    return table


def _goals(goals: Sequence[Goal]) -> Table:
    table = table_of("Goals", "what", "kind", "measured", "goal", "verdict", names=2)
    for goal in goals:
        sign = "≥" if goal.is_least else "≤"
        verdict = "[green]met[/]" if goal.is_met else "[red]missed[/]"
        measured, limit = f"{goal.measured:,.2f}", f"{sign} {goal.limit:,.10g}"
        table.add_row(goal.what, goal.kind.value, measured, limit, verdict)
    return table


def missed_of(goals: Sequence[Goal]) -> Iterator[str]:
    """Yield a sentence for each thing that keeps goals from being met."""
    missed = [goal for goal in goals if not goal.is_met]
    for why in dict.fromkeys(goal.why for goal in missed):
        names = "; ".join(goal.what for goal in missed if goal.why == why)
        yield f"Missed: {names}. What limits it: {why or 'nobody knows yet'}."
    if worse := [goal.what for goal in missed if goal.fails]:
        yield f"Failed, because they are counted and got worse: {'; '.join(worse)}."
