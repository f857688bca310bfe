"""Writing the bill: new lines, the months that they belong to, and usage that was lost."""

from collections.abc import Mapping
from datetime import datetime

from marketplace_sandbox.core.model.agenda import DueAction
from marketplace_sandbox.core.model.bill import BilledRecord, UsageKey
from marketplace_sandbox.core.model.months import month_closes_at, month_of
from marketplace_sandbox.core.model.state import MarketplaceState


def book_lines(state: MarketplaceState, lines: Mapping[UsageKey, BilledRecord]) -> None:
    """Enter new lines into the bill; their months' invoices will be made when those close.

    A billed hour never changes (`key.first-stays`), except for a zero that leaves its hour open
    (`zero_quantity`). Costs as much as there are new lines.
    """
    for key, line in lines.items():
        before = state.bill.get(key)
        assert before is None or before.quantity == 0, "a billed hour never changes"
        state.bill[key] = line
        expect_invoice(state, key.hour_at)


def expect_invoice(state: MarketplaceState, at: datetime) -> None:
    """Enter the closing of a moment's month into the agenda, once (`time.month-end`).

    Whatever is put on an invoice says so here: usage when it is billed, fees when they are due.
    """
    month = month_of(at)
    if month in state.months_to_close or month in state.invoices:
        return
    state.months_to_close.add(month)
    state.agenda.put(month_closes_at(at), DueAction.CLOSE_MONTH, month)
