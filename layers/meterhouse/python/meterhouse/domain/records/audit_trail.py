"""The audit trail: what people did about records, as facts that are only ever added to."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records.settlement import Operator


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
