"""What AWS would bill: the first record of a buyer, dimension and UTC hour (`key.first-stays`)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from marketplace_sandbox.core.model.agreements import Agreement


@dataclass(frozen=True, slots=True)
class UsageKey:
    """The identity of billed usage; the holder is a license or a product's legacy customer.

    Whichever of CustomerIdentifier and CustomerAWSAccountId named a legacy buyer, the holder is
    the same, so both name the same usage.

    Attributes:
        region: where it was metered; empty where an hour is the same everywhere (`dedupe_scope`).

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
        resource_id: what metered itself with MeterUsage; None for the seller's records.

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
