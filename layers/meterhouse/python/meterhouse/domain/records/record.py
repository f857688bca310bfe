"""The metering record: what AWS bills for one subscription, dimension and UTC hour.

A record has two parts: what was sealed, which never changes, and where it stands, which does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from meterhouse.domain.hours import HOUR
from meterhouse.domain.keys import LogKey, RecordKey
from meterhouse.domain.quantity import QUANTITY_MAX, format_quantity
from meterhouse.domain.records.lifecycle import (
    FIRST_STATES,
    NOT_BILLED,
    UNFINISHED,
    UNSENT,
    RecordState,
    is_legal_step,
)
from meterhouse.domain.records.reasons import Reason, Why
from meterhouse.domain.records.settlement import Settlement
from meterhouse.domain.subscriptions.identity import BilledIdentity
from meterhouse.domain.usage.events import Tags

RECORDS_PER_BATCH_MAX = 25
# Only AWS gives receipts: with its bill, or with the news that it holds another quantity.
_WITH_RECEIPT = frozenset({RecordState.METERED, RecordState.DISPUTED})
_DUPLICATES = (Reason.OWN_DUPLICATE, Reason.LOST_DUPLICATE)
# What ended at once for want of somebody to bill.
_UNNAMED = FIRST_STATES - UNFINISHED - {RecordState.INCLUDED}


@dataclass(frozen=True, slots=True)
class Allocation:
    """A part of the quantity that carries one tag set (vendor-metered tagging)."""

    quantity: Decimal
    tags: Tags


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """What was frozen of a record, and AWS is told; it never changes once it is written.

    Attributes:
        identity: license or legacy mode, frozen too, so that a retry cannot bill in the other mode;
            None when the subscription never became known, and then nothing is sent.
        product_code: groups calls (one product per call); sent only in legacy mode.
        timestamp_at: whole seconds, the earliest usage within the hour.
        allocations: sum to `quantity` exactly; empty when nothing is tagged.
        rest: usage beyond the largest quantity, to be carried forward.
        is_carried: it holds nothing but what earlier hours carried in; for us, AWS is not told.
        included: usage beside `quantity` that the contract includes, which AWS is not told; None of
            a record that met no allowance, since nobody was to be billed, or is to meet one in the
            hour to which it is carried (ADR 0034).

    """

    key: RecordKey
    identity: BilledIdentity | None
    product_code: str
    timestamp_at: datetime
    quantity: Decimal
    allocations: tuple[Allocation, ...] = ()
    rest: tuple[Allocation, ...] = ()
    is_carried: bool = False
    included: Decimal | None = Decimal(0)

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
        settlement: what a person did about it after it had ended unbilled.

    """

    state: RecordState
    due_at: datetime | None
    reason: Why | None = None
    sends: int = 0
    holds: int = 0
    metering_record_id: str | None = None
    settlement: Settlement | None = None

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
        assert self.settlement is None, "what a person has settled goes nowhere"
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

    @property
    def included(self) -> Decimal:
        """What it does not bill because the contract includes it."""
        return self.sealed.included or Decimal(0)

    @property
    def needs_person(self) -> bool:
        """Tell whether its usage ended unbilled, and nobody has settled that."""
        return self.state in NOT_BILLED and self.units > 0 and self.status.settlement is None


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
        return any(one.needs_person for one in self.records)

    def with_statuses(self, changes: Mapping[int, RecordStatus]) -> "Batch":
        """Return the next version, in which the records at some places have another status.

        No step may make a record contradict itself; one that did before, as a hand can have written
        it, harms no other of the batch.
        """
        records = tuple(
            replace(record, status=changes[place]) if place in changes else record
            for place, record in enumerate(self.records)
        )
        for place in changes:
            wrong = list(_of_state(records[place]))
            assert not wrong or any(_of_state(self.records[place])), wrong
        return replace(self, records=records, version=self.version + 1)


@dataclass(frozen=True, slots=True)
class PlacedRecord:
    """A record, and where in its batch it stands."""

    batch: Batch
    place: int

    @property
    def record(self) -> MeteringRecord:
        """The record itself."""
        return self.batch.records[self.place]


def contradictions(record: MeteringRecord) -> Iterator[str]:
    """Yield a clause for everything in a record that contradicts the rest of it.

    No step of ours makes such a record: `Batch.with_statuses` and the closing of an hour see to it.
    One that is read may have been written by a hand. That it is due exactly while something remains
    to be done no record can contradict.
    """
    yield from _of_state(record)
    yield from _of_what_is_frozen(record)


def _of_state(record: MeteringRecord) -> Iterator[str]:
    state, status = record.state, record.status
    # Whether a table that was lost had sent it nobody knows.
    is_unknown = status.reason == Reason.TABLE_RESTORED
    if not status.sends and state not in UNSENT and not is_unknown:
        yield f"is {state} and was never sent"
    if record.sealed.identity is None and (status.sends or state not in _UNNAMED):
        yield f"is {state} and names nobody whom AWS could have been told of"
    has_receipt = status.metering_record_id is not None
    if state is RecordState.INCLUDED and (record.units or not record.included):
        yield f"is {state} and has something to be billed, or nothing that is included"
    if state is RecordState.METERED and not has_receipt and status.reason not in _DUPLICATES:
        yield f"is {state} and has no receipt of AWS"
    if has_receipt and state not in _WITH_RECEIPT:
        yield f"is {state} and has a receipt of AWS"
    if status.settlement is not None and not (state in NOT_BILLED and record.units):
        yield f"is {state} and was settled as {status.settlement.settled_as}"


def _of_what_is_frozen(record: MeteringRecord) -> Iterator[str]:
    sealed = record.sealed
    told = sum((part.quantity for part in sealed.parts), Decimal(0))
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
