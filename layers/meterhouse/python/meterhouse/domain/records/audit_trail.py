"""The audit trail: what people did about records, as facts that are only ever added to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records.reasons import Reason, Why
from meterhouse.domain.records.record import MeteringRecord
from meterhouse.domain.records.settlement import Operator, Order


class Action(StrEnum):
    """What was done."""

    BILLED_ELSEWHERE = "billed_elsewhere"
    WRITTEN_OFF = "written_off"
    REOPENED = "reopened"
    REDRIVEN = "redriven"
    SPIKE_RELEASED = "spike_released"
    SPIKE_REJECTED = "spike_rejected"


_ORDERED: Mapping[Why | None, Action] = {
    Reason.SPIKE_RELEASED: Action.SPIKE_RELEASED,
    Reason.SPIKE_REJECTED: Action.SPIKE_REJECTED,
}


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what about a record, when and why; written together with the change itself.

    Attributes:
        units: of the record, if it changed.
        late_units: of usage that came too late for the record, and was dealt with along.
        before: the record's state, and how it was settled.
        after: the same after it.

    """

    done_at: datetime
    action: Action
    record: RecordKey
    units: Decimal
    late_units: Decimal
    operator: Operator
    reason: str | None
    reference: str | None
    before: str
    after: str


def standing_text(record: MeteringRecord) -> str:
    """Return a record's state, and how it was settled."""
    settlement = record.status.settlement
    state = record.state.value
    return state if settlement is None else f"{state}, {settlement.settled_as}"


def order_entry(order: Order, before: MeteringRecord, after: MeteringRecord) -> AuditEntry:
    """Return what is on record of a redrive, or of a decision about a spike.

    Late usage that goes along with a redrive has a carry of its own, which names where it came
    from.
    """
    return AuditEntry(
        done_at=order.given_at,
        action=_ORDERED.get(after.status.reason, Action.REDRIVEN),
        record=before.key,
        units=before.units,
        late_units=Decimal(0),
        operator=order.given_by,
        reason=order.reason,
        reference=None,
        before=standing_text(before),
        after=standing_text(after),
    )
