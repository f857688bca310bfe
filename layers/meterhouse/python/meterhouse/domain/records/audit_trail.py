"""The audit trail: what people did about records, as facts that are only ever added to."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records.record import MeteringRecord
from meterhouse.domain.records.settlement import Operator, RedriveOrder, SpikeWord


class Deed(StrEnum):
    """What was done."""

    BILLED_ELSEWHERE = "billed_elsewhere"
    WRITTEN_OFF = "written_off"
    REOPENED = "reopened"
    REDRIVEN = "redriven"
    SPIKE_RELEASED = "spike_released"
    SPIKE_REJECTED = "spike_rejected"


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
    deed: Deed
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


def redrive_entry(order: RedriveOrder, before: MeteringRecord, after: MeteringRecord) -> AuditEntry:
    """Return what is on record of a redrive.

    Late usage that goes along has a carry of its own, which names where it came from.
    """
    return AuditEntry(
        done_at=order.redriven_at,
        deed=Deed.REDRIVEN,
        record=before.key,
        units=before.units,
        late_units=Decimal(0),
        operator=order.redriven_by,
        reason=order.redriven_reason,
        reference=None,
        before=standing_text(before),
        after=standing_text(after),
    )


def spike_entry(word: SpikeWord, before: MeteringRecord, after: MeteringRecord) -> AuditEntry:
    """Return what is on record of a decision about a spike, which the record's reason names."""
    order = RedriveOrder(word.decided_by, word.decided_at, word.decided_reason)
    return replace(redrive_entry(order, before, after), deed=Deed(str(after.status.reason)))
