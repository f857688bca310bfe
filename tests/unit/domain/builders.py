"""Events, pages and records that are right by default."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from meterhouse.domain.events import (
    QueueMessage,
    Rejection,
    Tags,
    UsageEvent,
    read_message,
)
from meterhouse.domain.identity import (
    BilledIdentity,
    LegacyCustomerIdentity,
    LicenseIdentity,
    license_key,
)
from meterhouse.domain.journal import Entry, Page, PageKind
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.lifecycle import UNFINISHED, RecordState
from meterhouse.domain.records import Allocation, FrozenUsage, MeteringRecord
from meterhouse.domain.subscriptions import Subscription

NOON_AT = datetime(2026, 11, 18, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
ACCOUNT = "444455556666"
LICENSE_ARN = "arn:aws:license-manager::294406891311:license:l-5f2c8f6d1b0e4a7c9d3e2f1a0b4c5d6e"
PRODUCT_CODE = "3cxm4ss7bq0p1v9d2ak6t8ynz"
LICENSE = LicenseIdentity(ACCOUNT, LICENSE_ARN)
LEGACY = LegacyCustomerIdentity(PRODUCT_CODE, "ifAPi5AcF3")
KEY = RecordKey(license_key(LICENSE_ARN), "api_calls", NOON_AT)
SUBSCRIPTION = Subscription(KEY.subscription, PRODUCT_CODE, LICENSE)

USAGE: Mapping[str, object] = {
    "id": "e1",
    "subscription": LICENSE_ARN,
    "dimension": "api_calls",
    "quantity": 12,
    "time": "2026-11-18T12:04:05Z",
}
READ_AT = NOON_AT + HOUR
SENT_AT = NOON_AT + 50 * MINUTE


def read_body(body: str, *, message_id: str = "m1") -> list[UsageEvent | Rejection]:
    return list(read_message(QueueMessage(message_id, body, SENT_AT), now=READ_AT))


def usage_event(
    event_id: str = "e1",
    quantity: Decimal | int | str = 1,
    *,
    tags: Tags = (),
    occurred_at: datetime = NOON_AT,
    home: RecordKey = KEY,
) -> UsageEvent:
    return UsageEvent(event_id, home, Decimal(quantity), occurred_at, tags)


def page_of(
    *quantities: tuple[str, Decimal | int | str],
    kind: PageKind = PageKind.HOME,
    from_hour_at: datetime = NOON_AT,
    earliest_at: datetime = NOON_AT,
    tags: Tags = (),
) -> Page:
    entries = tuple(Entry(event_id, Decimal(quantity), tags) for event_id, quantity in quantities)
    return Page(kind, from_hour_at, earliest_at, entries)


def frozen_usage(
    quantity: Decimal | int | str = 7,
    *allocations: tuple[Decimal | int | str, Tags],
    identity: BilledIdentity = LICENSE,
    product_code: str = PRODUCT_CODE,
) -> FrozenUsage:
    parts = tuple(Allocation(Decimal(part), tags) for part, tags in allocations)
    return FrozenUsage(identity, product_code, NOON_AT, Decimal(quantity), parts)


def record_in(
    state: RecordState,
    *pages: Page,
    key: RecordKey = KEY,
    units: Decimal | int | str | None = None,
    frozen: FrozenUsage | None = None,
    reason: str | None = None,
    holds: int = 0,
    due_at: datetime = NOON_AT,
    written_at: datetime = NOON_AT,
    rest_units: Decimal | int | str = 0,
) -> MeteringRecord:
    """Return a record that is due if its state allows, sealed with 7 units by default."""
    is_sealed = state is not RecordState.OPEN
    if is_sealed and units is None:
        units, frozen = 7, frozen or frozen_usage()
    return MeteringRecord(
        key=key,
        state=state,
        version=3,
        due_at=due_at if state in UNFINISHED else None,
        written_at=written_at,
        pages=pages,
        units=None if units is None else Decimal(units),
        frozen=frozen,
        rest_units=Decimal(rest_units),
        sends=1 if state is RecordState.SUBMITTING else 0,
        holds=holds,
        reason=reason,
    )
