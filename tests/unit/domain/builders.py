"""Events, segments and records that are right by default."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from meterhouse.domain.journal.distinct_events import distinct
from meterhouse.domain.journal.folding import Freeze, LogFold
from meterhouse.domain.journal.naming import NamedSpan, Names
from meterhouse.domain.journal.segments import (
    CarriedPart,
    Segment,
    decode_segment,
    encode_carried,
    encode_events,
)
from meterhouse.domain.keys import LogKey, MeterKey, RecordKey
from meterhouse.domain.records.lifecycle import UNFINISHED, RecordState
from meterhouse.domain.records.policy import LATE_USAGE_MAX
from meterhouse.domain.records.reasons import read_why
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
    LegacyCustomerIdentity,
    LicenseIdentity,
    license_key,
)
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.domain.usage.events import (
    QueueMessage,
    Rejection,
    Tags,
    UsageEvent,
    read_message,
)

NOON_AT = datetime(2026, 11, 18, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
ACCOUNT = "444455556666"
LICENSE_ARN = "arn:aws:license-manager::294406891311:license:l-5f2c8f6d1b0e4a7c9d3e2f1a0b4c5d6e"
PRODUCT_CODE = "3cxm4ss7bq0p1v9d2ak6t8ynz"
LICENSE = LicenseIdentity(ACCOUNT, LICENSE_ARN)
LEGACY = LegacyCustomerIdentity(PRODUCT_CODE, "ifAPi5AcF3")
KEY = RecordKey(license_key(LICENSE_ARN), "api_calls", NOON_AT)
METER = KEY.meter
LOG = LogKey(NOON_AT, 0)
SUBSCRIPTION = Subscription(KEY.subscription, PRODUCT_CODE, LICENSE)

USAGE: Mapping[str, object] = {
    "id": "e1",
    "subscription": LICENSE_ARN,
    "dimension": "api_calls",
    "quantity": 12,
    "time": "2026-11-18T12:04:05Z",
}
CLOUD_EVENT = {
    "specversion": "1.0",
    "id": "A234",
    "source": "urn:example:search",
    "type": "com.example.usage",
    "subject": LICENSE_ARN,
    "time": "2026-11-18T12:04:05Z",
    "data": {"dimension": "api_calls", "quantity": 7},
}
READ_AT = NOON_AT + HOUR
SENT_AT = NOON_AT + 50 * MINUTE


def read_body(body: str, *, message_id: str = "m1") -> list[UsageEvent | Rejection]:
    message = QueueMessage(message_id, body, SENT_AT)
    return list(read_message(message, now=READ_AT, late_max=LATE_USAGE_MAX))


def usage_event(
    event_id: str = "e1",
    quantity: Decimal | int | str = 1,
    *,
    tags: Tags = (),
    occurred_at: datetime = NOON_AT,
    home: RecordKey = KEY,
) -> UsageEvent:
    return UsageEvent(event_id, home, Decimal(quantity), occurred_at, tags)


def segment_of(*events: UsageEvent, hour_at: datetime = NOON_AT) -> Segment:
    """Return the events as a drain writes them into one segment of a log, and as they are read."""
    [encoded] = encode_events(hour_at, distinct(events))
    return decode_segment(encoded.name, encoded.blob)


def carried_segment(
    *parts: tuple[Decimal | int | str, Tags],
    origin: str = "2026-11-18T11#00/late#000001#000",
    meter: MeterKey = METER,
    carried_at: datetime = NOON_AT + 5 * MINUTE,
) -> Segment:
    """Return usage that was carried to noon, as it is read."""
    found = [CarriedPart(meter, Decimal(quantity), tags) for quantity, tags in parts]
    encoded = encode_carried(NOON_AT, origin, found, carried_at)
    return decode_segment(encoded.name, encoded.blob)


def fold_of(
    *generations: Sequence[Segment],
    through: Mapping[MeterKey, int] | None = None,
    wanted: AbstractSet[MeterKey] | None = None,
    left_out: AbstractSet[str] = frozenset(),
    names: Sequence[NamedSpan] = (),
) -> LogFold:
    """Fold the segments of generation 0, 1 and so on; the second one of 0 is named `0#1`."""
    frozen = {meter: Freeze(g, left_out) for meter, g in (through or {}).items()}
    fold = LogFold(frozen, wanted)
    for generation, segments in enumerate(generations):
        for place, segment in enumerate(segments):
            fold.add(generation, f"{place}", segment)
    fold.name(Names(names))
    return fold


def sealed_record(
    quantity: Decimal | int | str = 7,
    *allocations: tuple[Decimal | int | str, Tags],
    key: RecordKey = KEY,
    identity: BilledIdentity | None = LICENSE,
    product_code: str = PRODUCT_CODE,
    rest: Sequence[tuple[Decimal | int | str, Tags]] = (),
) -> SealedRecord:
    """Return what was frozen of noon: 7 units by default."""
    return SealedRecord(
        key=key,
        identity=identity,
        product_code=product_code,
        timestamp_at=key.hour_at,
        quantity=Decimal(quantity),
        allocations=tuple(Allocation(Decimal(part), tags) for part, tags in allocations),
        rest=tuple(Allocation(Decimal(part), tags) for part, tags in rest),
    )


def record_in(
    state: RecordState,
    sealed: SealedRecord | None = None,
    *,
    reason: str | None = None,
    holds: int = 0,
    due_at: datetime = NOON_AT,
) -> MeteringRecord:
    """Return a record that is due if its state allows, with 7 units by default."""
    status = RecordStatus(
        state=state,
        due_at=due_at if state in UNFINISHED else None,
        reason=read_why(reason),
        sends=1 if state is RecordState.SUBMITTING else 0,
        holds=holds,
    )
    return MeteringRecord(sealed or sealed_record(), status)


def batch_of(
    *records: MeteringRecord, through: int = 0, name: str = "batch", log: LogKey = LOG
) -> Batch:
    """Return records that were frozen together."""
    return Batch(BatchKey(log, name), through, records)
