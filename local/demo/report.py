"""The demo's last page: the table, what was rejected and why, what the sandbox saw."""

from collections import Counter
from collections.abc import Mapping, Sequence

from marketplace_sandbox.client import RefusalDocument
from rich.console import Console

from local.demo.verdict import Outcome
from local.seller.comparison import format_units
from local.seller.display import comparison_table


def print_report(
    console: Console,
    outcome: Outcome,
    refusals: Sequence[RefusalDocument],
    names: Mapping[str, str],
) -> None:
    """Print everything that the last line sums up."""
    console.print(comparison_table(outcome.comparison, names))
    console.print("[bold]Rejected, and why[/bold]")
    for event in outcome.rejected_events:
        console.print(
            f"  an event: {', '.join(event.codes)}: {event.reason}", markup=False, soft_wrap=True
        )
    for record in outcome.rejected_records:
        console.print(
            f"  a record of {format_units(record.units)} units: {record.reason}",
            markup=False,
        )
        console.print(f"    {record.key}", markup=False, soft_wrap=True)
    console.print("[bold]What the sandbox saw[/bold]")
    calls = Counter(
        f"{call['operation']}: {call['fault'] or call['outcome']}" for call in outcome.calls
    )
    codes = Counter(refusal["code"] for refusal in refusals)
    for what, count in sorted(calls.items()):
        console.print(f"  {count:>4} {what}", markup=False)
    for code, count in sorted(codes.items()):
        console.print(f"  {count:>4} refused as {code}", markup=False)
