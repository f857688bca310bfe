"""BatchMeterUsage: check the whole call, then decide each record (sections 1.1 to 1.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sandbox.marketplace.core.agreements import AgreementBook
from sandbox.marketplace.core.catalogue import Product
from sandbox.marketplace.core.errors import ErrorCode, ServiceError
from sandbox.marketplace.core.ledger import Bill, BilledRecord, UsageKey, bill_record, key_of
from sandbox.marketplace.core.subscribers import (
    Subscriber,
    find_legacy_subscriber,
    find_licensed_subscriber,
    find_product,
)
from sandbox.marketplace.core.usage_records import BatchRequest, UsageRecord
from sandbox.marketplace.core.windows import check_usage_time


class RecordStatus(StrEnum):
    """The statuses of UsageRecordResult (section 1.4)."""

    SUCCESS = "Success"
    CUSTOMER_NOT_SUBSCRIBED = "CustomerNotSubscribed"
    DUPLICATE_RECORD = "DuplicateRecord"


@dataclass(frozen=True, slots=True)
class Metered:
    """The record is billed: by this call, or already with the same quantity."""

    record: UsageRecord
    billed: BilledRecord


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Another quantity is billed for the key; that one stays."""

    record: UsageRecord
    billed: BilledRecord


@dataclass(frozen=True, slots=True)
class NotSubscribed:
    """No active agreement pays for the record."""

    record: UsageRecord


@dataclass(frozen=True, slots=True)
class Unprocessed:
    """The service did not get to the record: the caller sends it again."""

    record: UsageRecord


type Outcome = Metered | Duplicate | NotSubscribed | Unprocessed


@dataclass(frozen=True, slots=True)
class BatchDecision:
    """What a call does: an outcome per record, and the new lines of the bill."""

    outcomes: tuple[Outcome, ...]
    new_lines: Mapping[UsageKey, BilledRecord]


def check_batch(
    request: BatchRequest,
    products: Mapping[str, Product],
    book: AgreementBook,
    *,
    now: datetime,
) -> tuple[Subscriber, ...]:
    """Find each record's subscriber; raise if a single record makes AWS refuse the whole call."""
    product = None
    if request.product_code is not None:
        product = find_product(products, request.product_code)
    elif request.records and all(record.license_arn is None for record in request.records):
        raise ServiceError(
            ErrorCode.INVALID_PRODUCT_CODE, "A call without LicenseArn needs a ProductCode."
        )
    subscribers: list[Subscriber] = []
    for record in request.records:
        try:
            subscriber = (
                find_licensed_subscriber(products, book, record, now=now)
                if product is None
                else find_legacy_subscriber(product, book, record, now=now)
            )
            subscribers.append(subscriber)
            _check_record(record, subscriber, subscribers[0], now=now)
        except ServiceError as error:
            raise ServiceError(error.code, error.message, record=record.as_sent) from error
    return tuple(subscribers)


def decide_batch(
    request: BatchRequest,
    subscribers: tuple[Subscriber, ...],
    bill: Bill,
    *,
    unprocessed: frozenset[int],
    request_id: str,
) -> BatchDecision:
    """Decide each record of a checked call, in order: the first write of a key wins."""
    new_lines: dict[UsageKey, BilledRecord] = {}
    outcomes: list[Outcome] = []
    for position, (record, subscriber) in enumerate(zip(request.records, subscribers, strict=True)):
        agreement = subscriber.agreement
        if position in unprocessed:
            outcomes.append(Unprocessed(record))
        elif agreement is None:
            outcomes.append(NotSubscribed(record))
        else:
            key = key_of(record, agreement)
            billed = bill.get(key) or new_lines.get(key)
            if billed is None:
                name = f"{request_id}/{position}"
                billed = bill_record(record, agreement, key, record_name=name)
                new_lines[key] = billed
            outcomes.append(_compare(record, billed))
    return BatchDecision(tuple(outcomes), new_lines)


def _compare(record: UsageRecord, billed: BilledRecord) -> Outcome:
    """Compare by value: 17, 17.0 and 17.00 are equal in either field (section 1.1, MODEL)."""
    if record.quantity.value == billed.quantity:
        return Metered(record, billed)
    return Duplicate(record, billed)


def _check_record(
    record: UsageRecord, subscriber: Subscriber, first: Subscriber, *, now: datetime
) -> None:
    if subscriber.product is not first.product:
        raise ServiceError(
            ErrorCode.INVALID_LICENSE, "The licenses of one call must be of one product."
        )
    if record.dimension not in subscriber.product.metered_dimensions:
        raise ServiceError(
            ErrorCode.INVALID_USAGE_DIMENSION,
            f"Product {subscriber.product.product_code} has no dimension {record.dimension}.",
        )
    check_usage_time(record.used_at, now=now)
