"""From a record that was taken to a line of the bill."""

import uuid

from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.bill import BilledAllocation, BilledRecord, UsageKey
from marketplace_sandbox.core.model.instants import hour_of
from marketplace_sandbox.core.operations.usage_records import UsageRecord

_RECORD_ID_NAMESPACE = uuid.UUID("6d2f1f0e-6c0b-5c53-9c53-0d3f5b7a3b11")


def key_of(record: UsageRecord, agreement: Agreement, *, region: str) -> UsageKey:
    """Return under which key AWS bills this usage; `region` is empty where it does not count.

    A record's own identity decides (`key.license`, `key.legacy`), and its allocations are no part
    of that (`key.allocations`). So usage of one buyer that is sent by license and by product code
    has two keys, and is billed twice (`license.double-billing`).
    """
    holder = agreement.customer_identifier if record.license_arn is None else agreement.license_arn
    assert holder is not None, "the subscriber was found by it"
    return UsageKey(
        agreement.product_code, holder, record.dimension, hour_of(record.used_at), region
    )


def bill_record(
    record: UsageRecord, agreement: Agreement, key: UsageKey, *, record_name: str
) -> BilledRecord:
    """Decide the line that a first record becomes; `record_name` must be unique to it."""
    return BilledRecord(
        metering_record_id=str(uuid.uuid5(_RECORD_ID_NAMESPACE, record_name)),
        key=key,
        agreement=agreement,
        quantity=record.quantity.value,
        used_at=record.used_at,
        allocations=tuple(
            BilledAllocation(allocation.quantity.value, allocation.tags)
            for allocation in record.allocations
        ),
    )
