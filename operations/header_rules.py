"""What a record's header cannot say if only Meterhouse wrote it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from meterhouse.domain.lifecycle import UNFINISHED, RecordState
from meterhouse.domain.quantity import format_quantity
from meterhouse.domain.records import MeteringRecord

if TYPE_CHECKING:
    from meterhouse.adapters.usage_items import Item

# AWS was told of these, or will be, exactly as it was frozen.
_TOLD = frozenset(
    {
        RecordState.SEALED,
        RecordState.SUBMITTING,
        RecordState.METERED,
        RecordState.DISPUTED,
        RecordState.EXPIRED,
    }
)
_DUE_ATTRIBUTES = ("due_at", "due_shard")


def contradictions(header: "Item", record: MeteringRecord) -> Iterator[str]:
    """Yield a clause for everything that contradicts the record's state."""
    state = record.state
    is_open = state is RecordState.OPEN
    if is_open and record.units is not None:
        yield "is open and has frozen units"
    if not is_open and record.units is None:
        yield f"is {state} and has no frozen units"
    if state in _TOLD and record.frozen is None:
        yield f"is {state} and has nothing that AWS could have been told"
    if record.frozen is not None and record.units is not None:
        told, stands = record.frozen.quantity, record.units
        if told != stands:
            yield (
                f"tells AWS {format_quantity(told)} units and stands for {format_quantity(stands)}"
            )
    if state is RecordState.METERED and not record.sends:
        yield "is METERED and was never sent"
    due = [name for name in _DUE_ATTRIBUTES if name in header]
    if state in UNFINISHED and len(due) < len(_DUE_ATTRIBUTES):
        yield f"is {state} and not in the due index, so nothing will look at it"
    if state not in UNFINISHED and due:
        yield f"is {state} and still in the due index"
