"""The words in which AWS is told about a frozen record, and how many fit into one call."""

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NotRequired, TypedDict

from meterhouse.domain.identity import (
    LegacyAccountIdentity,
    LegacyCustomerIdentity,
    LicenseIdentity,
)
from meterhouse.domain.quantity import INTEGER_QUANTITY_MAX, format_quantity
from meterhouse.domain.records import Allocation, FrozenUsage, MeteringRecord

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


def usage_record(dimension: str, frozen: FrozenUsage) -> UsageRecord:
    """Return exactly what AWS is sent; equal frozen usage gives equal bytes, on every send.

    A record is integer or decimal as a whole: AWS refuses allocations of the other type.
    """
    record = UsageRecord(Timestamp=int(frozen.timestamp_at.timestamp()), Dimension=dimension)
    quantities = [frozen.quantity, *(part.quantity for part in frozen.allocations)]
    whole = all(_is_whole(quantity) for quantity in quantities)
    if whole:
        record["Quantity"] = int(frozen.quantity)
    else:
        record["QuantityAsDecimal"] = format_quantity(frozen.quantity)
    if frozen.allocations:
        record["UsageAllocations"] = [_allocation(part, whole=whole) for part in frozen.allocations]
    match frozen.identity:
        case LicenseIdentity(account, license_arn):
            record["CustomerAWSAccountId"] = account
            record["LicenseArn"] = license_arn
        case LegacyCustomerIdentity(customer_identifier=identifier):
            record["CustomerIdentifier"] = identifier
        case LegacyAccountIdentity(customer_aws_account_id=account):
            record["CustomerAWSAccountId"] = account
    return record


def product_code_to_send(frozen: FrozenUsage) -> str | None:
    """Return the ProductCode of the call, which license mode must leave out."""
    return None if isinstance(frozen.identity, LicenseIdentity) else frozen.product_code


def pack_calls(records: Iterable[MeteringRecord]) -> Iterator[list[MeteringRecord]]:
    """Group sealed records into calls: one product and mode each, the soonest deadline first."""
    groups: dict[tuple[str, str | None], list[MeteringRecord]] = {}
    for record in sorted(records, key=_call_order):
        frozen = record.frozen
        assert frozen is not None
        group = (frozen.product_code, product_code_to_send(frozen))
        groups.setdefault(group, []).append(record)
    calls = [call for group_records in groups.values() for call in _pack(group_records)]
    yield from sorted(calls, key=lambda call: _call_order(call[0]))


def _pack(records: list[MeteringRecord]) -> Iterator[list[MeteringRecord]]:
    batch: list[MeteringRecord] = []
    size = _CALL_OVERHEAD_BYTES
    for record in records:
        assert record.frozen is not None
        record_bytes = len(json.dumps(usage_record(record.key.dimension, record.frozen)))
        if batch and (len(batch) == RECORDS_PER_CALL_MAX or size + record_bytes > CALL_BYTES_MAX):
            yield batch
            batch, size = [], _CALL_OVERHEAD_BYTES
        batch.append(record)
        size += record_bytes
    if batch:
        yield batch


def _call_order(record: MeteringRecord) -> tuple[str, str]:
    # Deadlines grow with hours, month end included.
    return record.key.hour_at.isoformat(), str(record.key)


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
