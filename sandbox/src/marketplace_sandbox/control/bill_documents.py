"""How `core.bill.documents` writes the books, for the description of the control API.

All quantities and amounts are decimal strings, all money is US dollars.
"""

from typing import TypedDict


class AllocationDocument(TypedDict):
    """A share of billed usage with its tags."""

    quantity: str
    tags: dict[str, str]


class BillLineDocument(TypedDict):
    """One line of the bill; `region` is empty where regions do not count."""

    product_code: str
    agreement_id: str
    license_arn: str | None
    customer_identifier: str | None
    customer_aws_account_id: str
    dimension: str
    hour: str
    quantity: str
    timestamp: str
    allocations: list[AllocationDocument]
    metering_record_id: str
    holder: str
    region: str
    resource_id: str | None


class BillDocument(TypedDict):
    """What AWS would bill, in the order of arrival."""

    records: list[BillLineDocument]


class DoubleBilling(TypedDict):
    """An hour that was billed twice."""

    cause: str
    product_code: str
    customer_aws_account_id: str
    dimension: str
    hour: str
    first: BillLineDocument
    second: BillLineDocument


class DoubleBilledDocument(TypedDict):
    """The hours that AWS bills twice."""

    double_billed: list[DoubleBilling]


class LostDuplicate(TypedDict):
    """A quantity that DuplicateRecord refused; `difference` is sent less billed."""

    billed: BillLineDocument
    quantity_sent: str
    difference: str
    times: int
    first_at: str
    last_at: str


class LostDuplicatesDocument(TypedDict):
    """What was sent for hours that had been billed with another quantity."""

    lost_duplicates: list[LostDuplicate]


class Charge(TypedDict):
    """One line of an invoice; `amount` is exact, not in whole cents."""

    product_code: str
    agreement_id: str
    license_arn: str | None
    customer_identifier: str | None
    customer_aws_account_id: str
    kind: str
    dimension: str
    quantity: str
    unit_price: str
    amount: str
    entitled: int | float | bool | str | None
    is_free_trial: bool


class AgreementTotal(TypedDict):
    """What one agreement costs in a month: exactly, and as charged, in whole cents."""

    agreement_id: str
    exact: str
    charged: str


class InvoiceDocument(TypedDict):
    """A month's invoice; `closed_at` is null while it is open."""

    month: str
    closed_at: str | None
    currency: str
    charges: list[Charge]
    totals: list[AgreementTotal]
    total_charged: str


class MonthsDocument(TypedDict):
    """The months that have an invoice, oldest first, such as 2026-11."""

    months: list[str]
