"""Short words for what the ledger's contract is told in."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from meterhouse.domain.journal.carrying import Carry
from meterhouse.domain.journal.head import Head
from meterhouse.domain.journal.segments import CarriedPart
from meterhouse.domain.keys import LogKey, MeterKey, RecordKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.records.record import (
    Allocation,
    Batch,
    BatchKey,
    MeteringRecord,
    RecordStatus,
    SealedRecord,
)
from meterhouse.domain.subscriptions.identity import (
    BilledIdentity,
    LicenseIdentity,
    SubscriptionKey,
    license_key,
)
from meterhouse.domain.usage.events import Tags
from meterhouse.ports.ledger import Lease, StoredSegment, UsageLedger

NOON_AT = datetime(2026, 11, 18, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
MICROSECOND = timedelta(microseconds=1)
LOG = LogKey(NOON_AT, 0)
# To the microsecond, as clocks tell the time.
DUE_AT = NOON_AT + 75 * MINUTE + 123_457 * MICROSECOND
NOW = DUE_AT + MINUTE
LEASED_UNTIL = NOW + timedelta(seconds=250)
PRODUCT_CODE = "3cxm4ss7bq0p1v9d2ak6t8ynz"
LICENSE_PREFIX = "arn:aws:license-manager::294406891311:license:l-"


def opened(ledger: UsageLedger, log: LogKey = LOG, *, written_at: datetime | None = None) -> Head:
    """Open a log; return its head."""
    assert ledger.open_log(log, DUE_AT, written_at)
    return head_of(ledger, log)


def head_of(ledger: UsageLedger, log: LogKey = LOG) -> Head:
    return ledger.heads([log])[log]


def taken(ledger: UsageLedger, holder: str = "mine", log: LogKey = LOG) -> Lease:
    """Take the lease of an open log at `NOW`."""
    lease = Lease(log, holder)
    assert ledger.take(head_of(ledger, log), lease, NOW, LEASED_UNTIL)
    return lease


def taken_over(ledger: UsageLedger, log: LogKey = LOG) -> Lease:
    """Take a lease that somebody else let run out."""
    lease = Lease(log, "theirs")
    assert ledger.take(head_of(ledger, log), lease, LEASED_UNTIL, LEASED_UNTIL + 4 * MINUTE)
    return lease


def segment(generation: int, number: int, blob: bytes = b"blob") -> StoredSegment:
    return StoredSegment(generation, name_of(number), blob)


def name_of(number: int) -> str:
    """Return a segment's name, which sorts as its number does."""
    return f"{number:032x}"


def license_of(number: int) -> LicenseIdentity:
    digits = uuid.uuid5(uuid.NAMESPACE_OID, str(number)).hex
    return LicenseIdentity(f"{444_455_556_666 + number:012}", LICENSE_PREFIX + digits)


def sealed(
    number: int = 0,
    quantity: Decimal | int | str = 7,
    *,
    dimension: str = "api_calls",
    identity: BilledIdentity | None = None,
    subscription: SubscriptionKey | None = None,
    log: LogKey = LOG,
    allocations: Sequence[tuple[Decimal | int | str, Tags]] = (),
    rest: Sequence[tuple[Decimal | int | str, Tags]] = (),
) -> SealedRecord:
    """Return the record of the license with a number, if no other identity is given."""
    licensed = license_of(number)
    return SealedRecord(
        key=RecordKey(subscription or license_key(licensed.license_arn), dimension, log.hour_at),
        identity=licensed if identity is None and subscription is None else identity,
        product_code=PRODUCT_CODE,
        timestamp_at=log.hour_at + timedelta(seconds=number),
        quantity=Decimal(quantity),
        allocations=tuple(Allocation(Decimal(part), tags) for part, tags in allocations),
        rest=tuple(Allocation(Decimal(part), tags) for part, tags in rest),
    )


def submitting(due_at: datetime = LEASED_UNTIL, sends: int = 1) -> RecordStatus:
    return RecordStatus(RecordState.SUBMITTING, due_at, sends=sends)


def metered(receipt: str | None) -> RecordStatus:
    # AWS may name none where it holds the record already.
    reason = Reason.OWN_DUPLICATE if receipt is None else None
    return RecordStatus(RecordState.METERED, None, reason, 1, metering_record_id=receipt)


def batch(
    name: str, *records: SealedRecord, log: LogKey = LOG, due_at: datetime = LEASED_UNTIL
) -> Batch:
    """Return a batch that is claimed for its first send."""
    status = submitting(due_at)
    members = tuple(MeteringRecord(one, status) for one in records or (sealed(log=log),))
    return Batch(BatchKey(log, name), 0, members)


def frozen(ledger: UsageLedger, name: str, *records: SealedRecord, log: LogKey = LOG) -> Batch:
    """Write a batch under a new lease of a new log."""
    opened(ledger, log)
    written = batch(name, *records, log=log)
    assert ledger.freeze(taken(ledger, log=log), [written])
    return written


def finished(before: Batch) -> Batch:
    """Return the version of a batch in which AWS bills everything."""
    return before.with_statuses(
        {place: metered(f"receipt {place}") for place in range(len(before.records))}
    )


def carry(name: str = "late#000000#000", *parts: CarriedPart, log: LogKey = LOG) -> Carry:
    target = LogKey(log.hour_at + 5 * HOUR, log.shard)
    return Carry(log, name, parts or (carried_part(),), NOW, target, generation=2)


def carried_part(
    number: int = 0, quantity: Decimal | int | str = 5, tags: Tags = (), dimension: str = "users"
) -> CarriedPart:
    meter = MeterKey(license_key(license_of(number).license_arn), dimension)
    return CarriedPart(meter, Decimal(quantity), tags)


def moved(before: Carry, hours: int = 1) -> Carry:
    """Return the version of a carry that goes to a later hour."""
    target = before.target._replace(hour_at=before.target.hour_at + hours * HOUR)
    return replace(before, target=target, generation=0, version=before.version + 1)
