"""What AWS would bill: the first record of a buyer, dimension and UTC hour (section 1.3)."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sandbox.marketplace.core.instants import hour_of
from sandbox.marketplace.core.metering.usage_records import UsageRecord
from sandbox.marketplace.core.sales.agreements import Agreement

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
    """One line of the bill. It never changes: AWS knows no update of a metered hour.

    Attributes:
        resource_id: what metered itself with MeterUsage (section 4); None for the seller's records.

    """

    metering_record_id: str
    key: UsageKey
    agreement: Agreement
    quantity: Decimal
    used_at: datetime
    allocations: tuple[BilledAllocation, ...]
    resource_id: str | None = None


@dataclass(frozen=True, slots=True)
class LostDuplicate:
    """A quantity that was sent for an hour which was billed already with another one.

    Attributes:
        billed: the line that stays.
        times: how often that quantity was sent.

    """

    billed: BilledRecord
    quantity_sent: Decimal
    times: int
    first_at: datetime
    last_at: datetime

    @property
    def difference(self) -> Decimal:
        """How much more was sent than is billed; negative when too much is billed."""
        return self.quantity_sent - self.billed.quantity


type Bill = dict[UsageKey, BilledRecord]


def key_of(record: UsageRecord, agreement: Agreement, *, region: str) -> UsageKey:
    """Return under which key AWS bills this usage; `region` is empty where it does not count.

    A record's own identity decides: usage of one buyer that is sent by license and by product code
    has two keys, and is billed twice (section 2, MODEL).
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
