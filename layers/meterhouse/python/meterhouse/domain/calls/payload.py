"""The words in which AWS is told about a frozen record, and how many fit into one call."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import NotRequired, TypedDict

from meterhouse.domain.packing import pack
from meterhouse.domain.quantity import INTEGER_QUANTITY_MAX, format_quantity
from meterhouse.domain.records.record import Allocation, SealedRecord
from meterhouse.domain.subscriptions.identity import (
    LegacyAccountIdentity,
    LegacyCustomerIdentity,
    LicenseIdentity,
)

# Two independent limits of BatchMeterUsage: 25 records, and a request under 1 MB.
RECORDS_PER_CALL_MAX = 25
CALL_BYTES_MAX = 1_000_000
_CALL_OVERHEAD_BYTES = 1_000


class Tag(TypedDict):
    """Tag of the service model."""

    Key: str
    Value: str


class UsageAllocation(TypedDict):
    """UsageAllocation of the service model."""

    AllocatedUsageQuantity: NotRequired[int]
    AllocatedUsageQuantityAsDecimal: NotRequired[str]
    Tags: NotRequired[list[Tag]]


class UsageRecord(TypedDict):
    """UsageRecord of the service model, with the timestamp in whole seconds of the epoch."""

    Timestamp: int
    Dimension: str
    Quantity: NotRequired[int]
    QuantityAsDecimal: NotRequired[str]
    UsageAllocations: NotRequired[list[UsageAllocation]]
    CustomerIdentifier: NotRequired[str]
    CustomerAWSAccountId: NotRequired[str]
    LicenseArn: NotRequired[str]


def usage_record(sealed: SealedRecord) -> UsageRecord:
    """Return exactly what AWS is sent; equal records give equal bytes, on every send.

    A record is integer or decimal as a whole: AWS refuses allocations of the other type.
    """
    record = UsageRecord(
        Timestamp=int(sealed.timestamp_at.timestamp()), Dimension=sealed.key.dimension
    )
    quantities = [sealed.quantity, *(part.quantity for part in sealed.allocations)]
    whole = all(_is_whole(quantity) for quantity in quantities)
    if whole:
        record["Quantity"] = int(sealed.quantity)
    else:
        record["QuantityAsDecimal"] = format_quantity(sealed.quantity)
    if sealed.allocations:
        record["UsageAllocations"] = [_allocation(part, whole=whole) for part in sealed.allocations]
    match sealed.identity:
        case LicenseIdentity(account, license_arn):
            record["CustomerAWSAccountId"] = account
            record["LicenseArn"] = license_arn
        case LegacyCustomerIdentity(customer_identifier=identifier):
            record["CustomerIdentifier"] = identifier
        case LegacyAccountIdentity(customer_aws_account_id=account):
            record["CustomerAWSAccountId"] = account
        case None:
            raise AssertionError("a record of an unknown subscription is never sent")
    return record


def product_code_to_send(sealed: SealedRecord) -> str | None:
    """Return the ProductCode of the call, which license mode must leave out."""
    return None if isinstance(sealed.identity, LicenseIdentity) else sealed.product_code


def pack_calls[Item](
    items: Iterable[Item],
    sealed_of: Callable[[Item], SealedRecord],
    *,
    bytes_max: int = CALL_BYTES_MAX,
) -> Iterator[list[Item]]:
    """Group sealed records into calls: one product and mode each, the soonest deadline first.

    `sealed_of` says which record an item stands for.
    """
    groups: dict[tuple[str, str | None], list[Item]] = {}
    for item in sorted(items, key=lambda one: _call_order(sealed_of(one))):
        sealed = sealed_of(item)
        group = (sealed.product_code, product_code_to_send(sealed))
        groups.setdefault(group, []).append(item)
    calls = [
        call
        for group in groups.values()
        for call in pack(
            group,
            lambda item: len(json.dumps(usage_record(sealed_of(item)))),
            weight_max=bytes_max - _CALL_OVERHEAD_BYTES,
            count_max=RECORDS_PER_CALL_MAX,
        )
    ]
    yield from sorted(calls, key=lambda call: _call_order(sealed_of(call[0])))


def _call_order(sealed: SealedRecord) -> tuple[datetime, str, str]:
    # Deadlines grow with hours, month end included.
    return sealed.key.hour_at, sealed.key.subscription, sealed.key.dimension


def _is_whole(quantity: Decimal) -> bool:
    return quantity <= INTEGER_QUANTITY_MAX and quantity == quantity.to_integral_value()


def _allocation(part: Allocation, *, whole: bool) -> UsageAllocation:
    allocation = UsageAllocation()
    if whole:
        allocation["AllocatedUsageQuantity"] = int(part.quantity)
    else:
        allocation["AllocatedUsageQuantityAsDecimal"] = format_quantity(part.quantity)
    if part.tags:
        allocation["Tags"] = [Tag(Key=key, Value=value) for key, value in part.tags]
    return allocation
