"""The metering record: what AWS bills for one subscription, dimension and UTC hour.

A record has two parts: what was sealed, which never changes, and where it stands, which does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from meterhouse.domain.keys import LogKey, RecordKey
from meterhouse.domain.records.lifecycle import (
    NOT_BILLED,
    UNFINISHED,
    RecordState,
    is_legal_step,
)
from meterhouse.domain.records.reasons import Why
from meterhouse.domain.subscriptions.identity import BilledIdentity
from meterhouse.domain.usage.events import Tags

RECORDS_PER_BATCH_MAX = 25


@dataclass(frozen=True, slots=True)
class Allocation:
    """A part of the quantity that carries one tag set (vendor-metered tagging)."""

    quantity: Decimal
    tags: Tags


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """Everything AWS is told about a record; it never changes once it is written.

    Attributes:
        identity: license or legacy mode, frozen too, so that a retry cannot bill in the other mode;
            None when the subscription never became known, and then nothing is sent.
        product_code: groups calls (one product per call); sent only in legacy mode.
        timestamp_at: whole seconds, the earliest usage within the hour.
        allocations: sum to `quantity` exactly; empty when nothing is tagged.
        rest: usage beyond the largest quantity, to be carried forward.

    """

    key: RecordKey
    identity: BilledIdentity | None
    product_code: str
    timestamp_at: datetime
    quantity: Decimal
    allocations: tuple[Allocation, ...] = ()
    rest: tuple[Allocation, ...] = ()

    @property
    def parts(self) -> tuple[Allocation, ...]:
        """The quantity by tags, untagged usage included."""
        return self.allocations or (Allocation(self.quantity, ()),)

    @property
    def rest_units(self) -> Decimal:
        """What goes beyond the largest quantity."""
        return sum((part.quantity for part in self.rest), Decimal(0))


@dataclass(frozen=True, slots=True)
class RecordStatus:
    """Where a sealed record stands.

    Attributes:
        due_at: when to look at it next; None once nothing remains to be done.
        reason: why it is held, or why it ended as it did.
        sends: how often it was claimed for sending.
        holds: how often in a row it was put off; makes the pauses grow.
        metering_record_id: AWS's receipt.

    """

    state: RecordState
    due_at: datetime | None
    reason: Why | None = None
    sends: int = 0
    holds: int = 0
    metering_record_id: str | None = None

    def __post_init__(self) -> None:
        # What was carried is looked at until it has arrived in the other hour.
        is_due = self.due_at is not None
        assert self.state is RecordState.CARRIED or is_due == (self.state in UNFINISHED)

    def stepped(
        self,
        state: RecordState,
        *,
        due_at: datetime | None = None,
        reason: Why | None = None,
        holds: int = 0,
    ) -> "RecordStatus":
        """Return the status after a step to `state`, which must be legal."""
        assert is_legal_step(self.state, state), f"{self.state} cannot become {state}"
        return replace(self, state=state, due_at=due_at, reason=reason, holds=holds)


@dataclass(frozen=True, slots=True)
class MeteringRecord:
    """A sealed record and where it stands."""

    sealed: SealedRecord
    status: RecordStatus

    @property
    def key(self) -> RecordKey:
        """The subscription, dimension and hour that it is for."""
        return self.sealed.key

    @property
    def state(self) -> RecordState:
        """What is known about it."""
        return self.status.state

    @property
    def units(self) -> Decimal:
        """What it bills, or failed to bill."""
        return self.sealed.quantity


class BatchKey(NamedTuple):
    """One batch; its name derives from what was frozen in it."""

    log: LogKey
    name: str

    def __str__(self) -> str:
        return f"{self.log}/{self.name}"


@dataclass(frozen=True, slots=True)
class Batch:
    """Up to 25 records of one hour log that were frozen together.

    Attributes:
        through: the last generation of the log whose usage its records hold.
        left_out: segments of manifests that could not be read then, as `<generation>#<name>`.
        version: grows by one with every write, from 1; guards every step.

    """

    key: BatchKey
    through: int
    records: tuple[MeteringRecord, ...]
    left_out: tuple[str, ...] = ()
    version: int = 1

    @property
    def due_at(self) -> datetime | None:
        """When to look at it next; None once all its records are finished."""
        due = [one.status.due_at for one in self.records if one.status.due_at is not None]
        return min(due) if due else None

    @property
    def needs_person(self) -> bool:
        """Tell whether some of its usage ended unbilled, where somebody has to look."""
        return any(one.state in NOT_BILLED and one.units for one in self.records)

    def with_statuses(self, changes: Mapping[int, RecordStatus]) -> "Batch":
        """Return the next version, in which the records at some places have another status."""
        records = tuple(
            replace(record, status=changes[place]) if place in changes else record
            for place, record in enumerate(self.records)
        )
        return replace(self, records=records, version=self.version + 1)
