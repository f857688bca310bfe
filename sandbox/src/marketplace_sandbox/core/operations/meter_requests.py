"""What MeterUsage is asked to do, parsed; what is malformed in itself is refused."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from marketplace_sandbox.core.model.errors import ErrorCode, ServiceError
from marketplace_sandbox.core.model.instants import format_iso
from marketplace_sandbox.core.model.quantities import (
    NO_QUANTITY,
    Quantity,
    check_number_type,
    format_quantity,
    read_quantity,
)
from marketplace_sandbox.core.model.readings import Readings
from marketplace_sandbox.core.operations.allocations import (
    Allocation,
    check_allocations,
    check_tag_counts,
    read_allocations,
)
from marketplace_sandbox.core.protocol.fields import read_list, read_text, read_time, require


@dataclass(frozen=True, slots=True)
class MeterRequest:
    """A well-formed MeterUsage request."""

    product_code: str
    used_at: datetime
    dimension: str
    quantity: Quantity
    allocations: tuple[Allocation, ...]
    client_token: str | None
    is_dry_run: bool


def read_meter_request(document: Mapping[str, object], readings: Readings) -> MeterRequest:
    """Parse a request, by the rules for numbers, allocations and tags that BatchMeterUsage has.

    A request without a quantity meters 0 (MODEL). Lengths and patterns were checked against AWS's
    model before.
    """
    quantity = (
        read_quantity(document, whole_field="UsageQuantity", decimal_field="UsageQuantityAsDecimal")
        or NO_QUANTITY
    )
    items = read_list(document, "UsageAllocations")
    allocations = () if items is None else read_allocations(items)
    check_number_type((quantity,), readings.decimals)
    check_allocations(allocations, quantity)
    check_tag_counts(allocations, readings.too_many_tags)
    return MeterRequest(
        product_code=require(read_text(document, "ProductCode"), "productCode"),
        used_at=require(read_time(document, "Timestamp"), "timestamp"),
        dimension=require(read_text(document, "UsageDimension"), "usageDimension"),
        quantity=quantity,
        allocations=allocations,
        client_token=read_text(document, "ClientToken"),
        is_dry_run=_read_flag(document, "DryRun"),
    )


def fingerprint_of(request: MeterRequest, *, used_at: datetime, resource_id: str) -> str:
    """Make one text of all that must be the same when a ClientToken comes again.

    Quantities count by value and tags in any order: 17, 17.0 and 17.00 are the same (MODEL).
    """
    shares = sorted(
        (allocation.tags, format_quantity(allocation.quantity.value))
        for allocation in request.allocations
    )
    parameters = (
        resource_id,
        request.product_code,
        format_iso(used_at),
        request.dimension,
        format_quantity(request.quantity.value),
        shares,
    )
    return hashlib.sha256(repr(parameters).encode("utf-8", "surrogatepass")).hexdigest()


def _read_flag(document: Mapping[str, object], name: str) -> bool:
    value = document.get(name)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise ServiceError(ErrorCode.SERIALIZATION, f"{name} must be true or false.")
