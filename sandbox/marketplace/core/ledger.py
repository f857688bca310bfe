"""What AWS would bill: the first record of a buyer, dimension and UTC hour (section 1.3)."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sandbox.marketplace.core.agreements import Agreement
from sandbox.marketplace.core.instants import hour_of
from sandbox.marketplace.core.usage_records import UsageRecord

_RECORD_ID_NAMESPACE = uuid.UUID("6d2f1f0e-6c0b-5c53-9c53-0d3f5b7a3b11")


@dataclass(frozen=True, slots=True)
class UsageKey:
    """The identity of billed usage; the holder is a license or a product's legacy customer.

    Whichever of CustomerIdentifier and CustomerAWSAccountId named a legacy buyer, the holder is
    the same, so both name the same usage.

    Attributes:
        region: where it was metered; empty where AWS is read to know one hour everywhere (C5).

    """

    product_code: str
    holder: str
    dimension: str
    hour_at: datetime
    region: str = ""


@dataclass(frozen=True, slots=True)
class BilledAllocation:
    """A share of billed usage with its tags."""

    quantity: Decimal
    tags: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class BilledRecord:
    """One line of the bill. It never changes: AWS knows no update of a metered hour."""

    metering_record_id: str
    key: UsageKey
    agreement: Agreement
    quantity: Decimal
    used_at: datetime
    allocations: tuple[BilledAllocation, ...]


type Bill = dict[UsageKey, BilledRecord]


def key_of(record: UsageRecord, agreement: Agreement) -> UsageKey:
    """Return under which key AWS bills this usage."""
    return UsageKey(
        agreement.product_code, agreement.holder, record.dimension, hour_of(record.used_at)
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
