"""Quantities that were dropped as duplicates, which AWS says nothing about."""

from datetime import datetime

from marketplace_sandbox.core.model.bill import LostDuplicate
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.operations.batch_decision import BatchDecision, Duplicate

# The oldest entries make room, as those of the log of calls do.
LOST_DUPLICATES_KEPT_MAX = 20_000


def note_lost_duplicates(state: MarketplaceState, decision: BatchDecision, *, at: datetime) -> None:
    """Keep what DuplicateRecord took from the seller: another quantity than the one billed.

    An equal quantity loses nothing, however it is answered (`same_record_again`). The same loss
    sent again is counted with the first.
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
