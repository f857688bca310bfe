"""BatchMeterUsage: check the whole call, then decide each record."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from marketplace_sandbox.core.model.agreements import AgreementBook
from marketplace_sandbox.core.model.bill import Bill, BilledRecord, UsageKey
from marketplace_sandbox.core.model.catalogue import Product
from marketplace_sandbox.core.model.errors import ErrorCode, ServiceError
from marketplace_sandbox.core.model.quantities import check_number_type
from marketplace_sandbox.core.model.readings import (
    DedupeScope,
    Readings,
    SameRecordAgain,
    ZeroQuantity,
)
from marketplace_sandbox.core.operations.allocations import check_tag_counts
from marketplace_sandbox.core.operations.billing import bill_record, key_of
from marketplace_sandbox.core.operations.subscribers import (
    Subscriber,
    find_legacy_subscriber,
    find_licensed_subscriber,
    find_product,
)
from marketplace_sandbox.core.operations.usage_records import BatchRequest, UsageRecord
from marketplace_sandbox.core.operations.windows import check_usage_time


class RecordStatus(StrEnum):
    """The statuses of UsageRecordResult."""

    SUCCESS = "Success"
    CUSTOMER_NOT_SUBSCRIBED = "CustomerNotSubscribed"
    DUPLICATE_RECORD = "DuplicateRecord"


# OBS: a seller must take any status that he does not know for a failure.
STATUS_OF_TOMORROW = "Quarantined"


@dataclass(frozen=True, slots=True)
class Metered:
    """The record is billed: by this call, or already with the same quantity."""

    record: UsageRecord
    billed: BilledRecord


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The key is billed already and stays as it is, whatever the quantity of this record."""

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


@dataclass(frozen=True, slots=True)
class Unrecognized:
    """A scripted fault answers the record with a status that no model knows; it is not billed."""

    record: UsageRecord
    status: str


type Outcome = Metered | Duplicate | NotSubscribed | Unprocessed | Unrecognized


@dataclass(frozen=True, slots=True)
class BatchDecision:
    """What a call does: an outcome per record, and the new lines of the bill."""

    outcomes: tuple[Outcome, ...]
    new_lines: Mapping[UsageKey, BilledRecord]


@dataclass(frozen=True, slots=True)
class Market:
    """What a call is checked against: what is sold, who bought it, and how AWS is read."""

    products: Mapping[str, Product]
    book: AgreementBook
    readings: Readings
    suspended_accounts: AbstractSet[str] = frozenset()


def check_batch(request: BatchRequest, market: Market, *, now: datetime) -> tuple[Subscriber, ...]:
    """Find each record's subscriber; raise if a single record makes AWS refuse the whole call.

    One out of bounds does (`outcome.timestamp`). Each record has its own buyer and dimension
    (`batch.many-buyers`), and a call without records fails nothing (`batch.no-records`). Costs as
    much as there are records, however much is sold or billed.
    """
    product = None
    if request.product_code is not None:
        product = find_product(market.products, request.product_code)
    elif request.records and all(record.license_arn is None for record in request.records):
        raise ServiceError(
            ErrorCode.INVALID_PRODUCT_CODE, "A call without LicenseArn needs a ProductCode."
        )
    subscribers: list[Subscriber] = []
    for record in request.records:
        try:
            _check_content(record, market.readings)
            subscriber = _find_subscriber(record, product, market, now=now)
            subscribers.append(_unless_suspended(subscriber, market.suspended_accounts))
            _check_sale(record, subscriber, subscribers[0])
            check_usage_time(record.used_at, now=now, readings=market.readings)
        except ServiceError as error:
            raise ServiceError(error.code, error.detail, record=record.as_sent) from error
    return tuple(subscribers)


@dataclass(frozen=True, slots=True)
class Counter:
    """Where records are counted: the bill as it stands, the caller's region, the readings."""

    bill: Bill
    region: str
    readings: Readings

    def key(self, record: UsageRecord, subscriber: Subscriber) -> UsageKey:
        """Return under which key a subscriber's record is billed (`dedupe_scope`)."""
        assert subscriber.agreement is not None, "nobody is billed without an agreement"
        by_region = self.readings.dedupe_scope is DedupeScope.REGION
        return key_of(record, subscriber.agreement, region=self.region if by_region else "")

    def leaves_open(self, billed: BilledRecord, record: UsageRecord) -> bool:
        """Whether a billed zero makes room for this record, as `zero_quantity` is read.

        By default it does not (`key.zero-uses-the-hour`).
        """
        return (
            self.readings.zero_quantity is ZeroQuantity.LEAVES_IT_OPEN
            and billed.quantity == 0
            and record.quantity.value != 0
        )


def decide_batch(
    request: BatchRequest,
    subscribers: tuple[Subscriber, ...],
    counter: Counter,
    *,
    unprocessed: frozenset[int],
    request_id: str,
    unrecognized: frozenset[int] = frozenset(),
) -> BatchDecision:
    """Decide each record of a checked call, in order: the first write of a key wins.

    What is billed stays (`key.first-stays`), and any part of a batch may be sent again
    (`key.subset-again`). What the service did not get to is not billed (`outcome.unprocessed`).
    Costs as much as there are records: of the bill it asks for their keys alone.
    """
    new_lines: dict[UsageKey, BilledRecord] = {}
    outcomes: list[Outcome] = []
    for position, (record, subscriber) in enumerate(zip(request.records, subscribers, strict=True)):
        agreement = subscriber.agreement
        if position in unprocessed:
            outcomes.append(Unprocessed(record))
        elif position in unrecognized:
            outcomes.append(Unrecognized(record, STATUS_OF_TOMORROW))
        elif agreement is None:
            outcomes.append(NotSubscribed(record))
        else:
            key = counter.key(record, subscriber)
            billed = new_lines.get(key) or counter.bill.get(key)
            if billed is None or counter.leaves_open(billed, record):
                name = f"{request_id}/{position}"
                new_lines[key] = bill_record(record, agreement, key, record_name=name)
                outcomes.append(Metered(record, new_lines[key]))
            else:
                outcomes.append(_compare(record, billed, counter.readings))
    return BatchDecision(tuple(outcomes), new_lines)


def _compare(record: UsageRecord, billed: BilledRecord, readings: Readings) -> Outcome:
    """Compare by value: 17, 17.0 and 17.00 are equal in either field (`quantity.by-value`).

    An equal record is a success again (`key.same-again`), as `same_record_again` is read.
    """
    is_equal = record.quantity.value == billed.quantity
    if is_equal and readings.same_record_again is SameRecordAgain.SUCCESS:
        return Metered(record, billed)
    return Duplicate(record, billed)


def _check_content(record: UsageRecord, readings: Readings) -> None:
    quantities = (record.quantity, *(one.quantity for one in record.allocations))
    check_number_type(quantities, readings.decimals)
    check_tag_counts(record.allocations, readings.too_many_tags)


def _find_subscriber(
    record: UsageRecord, product: Product | None, market: Market, *, now: datetime
) -> Subscriber:
    """Find the buyer as the call names them: with a product's code, or by license."""
    book, readings = market.book, market.readings
    if product is None:
        return find_licensed_subscriber(
            market.products, book, record, now=now, reading=readings.license_start
        )
    return find_legacy_subscriber(product, book, record, now=now, reading=readings.unknown_customer)


def _unless_suspended(subscriber: Subscriber, suspended: AbstractSet[str]) -> Subscriber:
    """Refuse a suspended account's record, and that alone (`outcome.suspended-account`)."""
    agreement = subscriber.agreement
    if agreement is None or agreement.customer_aws_account_id not in suspended:
        return subscriber
    return replace(subscriber, agreement=None)


def _check_sale(record: UsageRecord, subscriber: Subscriber, first: Subscriber) -> None:
    """Raise unless a record is for the call's one product and a dimension that it meters.

    `batch.one-product`; `outcome.dimension`, which is known by its case (`batch.dimension-case`).
    """
    if subscriber.product is not first.product:
        raise ServiceError(
            ErrorCode.INVALID_LICENSE, "The licenses of one call must be of one product."
        )
    if record.dimension not in subscriber.product.metered_dimensions:
        raise ServiceError(
            ErrorCode.INVALID_USAGE_DIMENSION,
            f"Product {subscriber.product.product_code} has no metered dimension "
            f"{record.dimension}.",
        )
