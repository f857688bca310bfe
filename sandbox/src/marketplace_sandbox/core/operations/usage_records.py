"""What BatchMeterUsage is asked to do: a request and its records, parsed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from marketplace_sandbox.core.model.errors import ErrorCode, ServiceError
from marketplace_sandbox.core.model.quantities import NO_QUANTITY, Quantity, read_quantity
from marketplace_sandbox.core.operations.allocations import (
    Allocation,
    check_allocations,
    read_allocations,
)
from marketplace_sandbox.core.protocol.fields import (
    as_structure,
    read_list,
    read_text,
    read_time,
    require,
)

RECORDS_MAX = 25  # what AWS's model says today; requests are held against the model itself
# "less than 1 MB" (MODEL) does not say which megabyte; the smaller one is the safe reading.
REQUEST_SIZE_BYTES_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """One usage record, well-formed in itself, and the document in which it was sent."""

    used_at: datetime
    dimension: str
    quantity: Quantity
    allocations: tuple[Allocation, ...]
    customer_identifier: str | None
    customer_aws_account_id: str | None
    license_arn: str | None
    as_sent: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """A well-formed BatchMeterUsage request."""

    product_code: str | None
    records: tuple[UsageRecord, ...]


def check_size(size_bytes: int) -> None:
    """Refuse a request that is too large, before anything in it is looked at (`batch.size-max`)."""
    if size_bytes >= REQUEST_SIZE_BYTES_LIMIT:
        raise ServiceError(
            ErrorCode.VALIDATION,
            f"A request must be smaller than {REQUEST_SIZE_BYTES_LIMIT} bytes.",
        )


def read_batch_request(document: Mapping[str, object]) -> BatchRequest:
    """Parse a request; raise what AWS answers if any part of it is malformed.

    Lengths, ranges and patterns were held against AWS's model before; here is what the model cannot
    say. A malformed record fails the whole request, also for one tag or allocation
    (`outcome.tags-and-allocations`); the ServiceError names it.
    """
    items = require(read_list(document, "UsageRecords"), "UsageRecords")
    return BatchRequest(
        _read_name(document, "ProductCode"),
        tuple(_read_record(as_structure(item, "UsageRecord")) for item in items),
    )


def count_records(document: Mapping[str, object]) -> int:
    """Count the records that a request holds, however malformed it is otherwise."""
    items = document.get("UsageRecords")
    return len(items) if isinstance(items, list) else 0


def _read_record(document: dict[str, object]) -> UsageRecord:
    try:
        return _read_fields(document)
    except ServiceError as error:
        raise ServiceError(error.code, error.detail, record=document) from error


def _read_fields(document: Mapping[str, object]) -> UsageRecord:
    # A record without a quantity silently meters 0 (`quantity.missing-is-zero`).
    quantity = (
        read_quantity(document, whole_field="Quantity", decimal_field="QuantityAsDecimal")
        or NO_QUANTITY
    )
    items = read_list(document, "UsageAllocations")
    allocations = () if items is None else read_allocations(items)
    check_allocations(allocations, quantity)
    return UsageRecord(
        used_at=require(read_time(document, "Timestamp"), "Timestamp"),
        dimension=require(read_text(document, "Dimension"), "Dimension"),
        quantity=quantity,
        allocations=allocations,
        customer_identifier=_read_name(document, "CustomerIdentifier"),
        customer_aws_account_id=read_text(document, "CustomerAWSAccountId"),
        license_arn=read_text(document, "LicenseArn"),
        as_sent=document,
    )


def _read_name(document: Mapping[str, object], name: str) -> str | None:
    """Read a name that the model lets be empty; that counts as absent (`batch.empty-is-absent`)."""
    return read_text(document, name) or None
