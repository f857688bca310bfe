"""Writing the bill: new lines, the months that they belong to, and usage that was lost."""

from collections.abc import Mapping
from datetime import datetime

from sandbox.marketplace.core.books.ledger import BilledRecord, LostDuplicate, UsageKey
from sandbox.marketplace.core.metering.batch_meter_usage import BatchDecision, Duplicate
from sandbox.marketplace.core.metering.windows import month_closes_at, month_of
from sandbox.marketplace.core.state import MarketplaceState
from sandbox.marketplace.core.time.agenda import Deed

# The oldest entries make room, as those of the journal do.
LOST_DUPLICATES_KEPT_MAX = 20_000


def book_lines(state: MarketplaceState, lines: Mapping[UsageKey, BilledRecord]) -> None:
    """Enter new lines into the bill; their months' invoices will be made when those close.

    A billed hour never changes (section 1.3), except for a zero that leaves its hour open (section
    0, C6). Costs as much as there are new lines.
    """
    for key, line in lines.items():
        before = state.bill.get(key)
        assert before is None or before.quantity == 0, "a billed hour never changes"
        state.bill[key] = line
        expect_invoice(state, key.hour_at)


def expect_invoice(state: MarketplaceState, at: datetime) -> None:
    """Enter the closing of a moment's month into the agenda, once (section 1.2, MODEL).

    Whatever is put on an invoice says so here: usage when it is billed, fees when they are due.
    """
    month = month_of(at)
    if month in state.months_to_close or month in state.invoices:
        return
    state.months_to_close.add(month)
    state.agenda.put(month_closes_at(at), Deed.CLOSE_MONTH, month)


def note_lost_duplicates(state: MarketplaceState, decision: BatchDecision, *, at: datetime) -> None:
    """Keep what DuplicateRecord took from the seller: another quantity than the one billed.

    An equal quantity loses nothing, however it is answered (section 0, C4). The same loss sent
    again is counted with the first.
    """
    for outcome in decision.outcomes:
        if not isinstance(outcome, Duplicate):
            continue
        sent, billed = outcome.record.quantity.value, outcome.billed
        if sent == billed.quantity:
            continue
        name = f"{billed.metering_record_id}/{sent.normalize():f}"
        known = state.lost_duplicates.pop(name, None)
        state.lost_duplicates[name] = LostDuplicate(
            billed=billed,
            quantity_sent=sent,
            times=1 if known is None else known.times + 1,
            first_at=at if known is None else known.first_at,
            last_at=at,
        )
        if len(state.lost_duplicates) > LOST_DUPLICATES_KEPT_MAX:
            del state.lost_duplicates[next(iter(state.lost_duplicates))]
