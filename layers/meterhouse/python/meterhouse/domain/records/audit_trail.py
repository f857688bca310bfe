"""The audit trail: what people did about records, as facts that are only ever added to."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records.record import MeteringRecord
from meterhouse.domain.records.settlement import Operator, RedriveOrder


class Deed(StrEnum):
    """What was done."""

    BILLED_ELSEWHERE = "billed_elsewhere"
    WRITTEN_OFF = "written_off"
    REOPENED = "reopened"
    REDRIVEN = "redriven"


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
