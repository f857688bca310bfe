"""What a record cannot say if only Meterhouse wrote it."""

from collections.abc import Iterator

from meterhouse.domain.accounting.balances import ZERO
from meterhouse.domain.hours import HOUR
from meterhouse.domain.quantity import QUANTITY_MAX, format_quantity
from meterhouse.domain.records.lifecycle import FIRST_STATES, LEGAL_STEPS, RecordState
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.records.record import MeteringRecord

# Only AWS gives receipts: with its bill, or with the news that it holds another quantity.
_WITH_RECEIPT = frozenset({RecordState.METERED, RecordState.DISPUTED})


def _unsent_states() -> frozenset[RecordState]:
    """Return the states that legal steps reach without a claim for sending."""
    found: set[RecordState] = set()
    fresh = FIRST_STATES - {RecordState.SUBMITTING}
    while fresh:
        found |= fresh
        fresh = frozenset().union(*(LEGAL_STEPS[one] for one in fresh))
        fresh -= found | {RecordState.SUBMITTING}
    return frozenset(found) - {RecordState.EXPIRED}


_UNSENT = _unsent_states()
_DUPLICATES = (Reason.OWN_DUPLICATE, Reason.LOST_DUPLICATE)
# What ended at once for want of somebody to bill.
_UNNAMED = FIRST_STATES - {RecordState.SUBMITTING}


def contradictions(record: MeteringRecord) -> Iterator[str]:
    """Yield a clause for everything in a record that contradicts the rest of it.

    That it is due exactly while something remains to be done is checked when it is read.
    """
    yield from _of_state(record)
    yield from _of_what_is_frozen(record)


def _of_state(record: MeteringRecord) -> Iterator[str]:
    state, status = record.state, record.status
    # Whether a table that was lost had sent it nobody knows.
    is_unknown = status.reason == Reason.TABLE_RESTORED
    if not status.sends and state not in _UNSENT and not is_unknown:
        yield f"is {state} and was never sent"
    if record.sealed.identity is None and (status.sends or state not in _UNNAMED):
        yield f"is {state} and names nobody whom AWS could have been told of"
    has_receipt = status.metering_record_id is not None
    if state is RecordState.METERED and not has_receipt and status.reason not in _DUPLICATES:
        yield f"is {state} and has no receipt of AWS"
    if has_receipt and state not in _WITH_RECEIPT:
        yield f"is {state} and has a receipt of AWS"


def _of_what_is_frozen(record: MeteringRecord) -> Iterator[str]:
    sealed = record.sealed
    told = sum((part.quantity for part in sealed.parts), ZERO)
    if told != sealed.quantity:
        yield (
            f"allots {format_quantity(told)} units and stands for "
            f"{format_quantity(sealed.quantity)}"
        )
    if sealed.quantity > QUANTITY_MAX:
        yield f"stands for more than AWS takes: {format_quantity(sealed.quantity)} units"
    if sealed.rest_units and sealed.quantity < QUANTITY_MAX:
        yield (
            f"sets {format_quantity(sealed.rest_units)} units apart and has room for them: it "
            f"stands for {format_quantity(sealed.quantity)}"
        )
    if not sealed.key.hour_at <= sealed.timestamp_at < sealed.key.hour_at + HOUR:
        yield f"tells AWS a time outside its hour: {sealed.timestamp_at.isoformat()}"
