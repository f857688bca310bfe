"""What a person sees of a comparison."""

import io
from datetime import UTC, datetime
from decimal import Decimal

from rich.console import Console

from local.seller.comparison import compare
from local.seller.display import comparison_table
from local.seller.usage import UsageKey


def test_a_sellers_own_names_are_shown_to_the_letter() -> None:
    key = UsageKey("agreement", "tokens[input][/]", datetime(2026, 11, 22, 18, tzinfo=UTC))
    comparison = compare({key: Decimal(1)}, {key: Decimal(1)})
    console = Console(file=io.StringIO(), width=120)
    console.print(comparison_table(comparison, {"agreement": "[red]Acme[/red]"}))
    said = console.file.getvalue()  # type: ignore[attr-defined] # the buffer given above
    assert "[red]Acme[/red]" in said
    assert "tokens[input][/]" in said
