"""The bill and the invoices, as JSON.

All quantities and amounts are decimal strings, all money is US dollars.
"""

from decimal import Decimal
from typing import TypedDict

from marketplace_sandbox.control.documents import declare
from marketplace_sandbox.core.bill import double_billing
from marketplace_sandbox.core.model import bill, invoices
from marketplace_sandbox.core.model.bill import BilledAllocation, BilledRecord
from marketplace_sandbox.core.model.quantities import format_quantity


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


declare(
    AllocationDocument,
    BilledAllocation,
    quantity=lambda share: format_quantity(share.quantity),
    tags=lambda share: dict(share.tags),
)
bill_line_document = declare(
    BillLineDocument,
    BilledRecord,
    product_code=lambda line: line.key.product_code,
    agreement_id=lambda line: line.agreement.agreement_id,
    license_arn=lambda line: line.agreement.license_arn,
    customer_identifier=lambda line: line.agreement.customer_identifier,
    customer_aws_account_id=lambda line: line.agreement.customer_aws_account_id,
    dimension=lambda line: line.key.dimension,
    hour=lambda line: line.key.hour_at,
    quantity=lambda line: format_quantity(line.quantity),
    timestamp=lambda line: line.used_at,
    holder=lambda line: line.key.holder,
    region=lambda line: line.key.region,
)
double_billing_document = declare(
    DoubleBilling, double_billing.DoubleBilling, hour=lambda double: double.hour_at
)
lost_duplicate_document = declare(
    LostDuplicate,
    bill.LostDuplicate,
    quantity_sent=lambda lost: format_quantity(lost.quantity_sent),
    difference=lambda lost: format_quantity(lost.difference),
)
declare(
    Charge,
    invoices.Charge,
    product_code=lambda charge: charge.agreement.product_code,
    agreement_id=lambda charge: charge.agreement.agreement_id,
    license_arn=lambda charge: charge.agreement.license_arn,
    customer_identifier=lambda charge: charge.agreement.customer_identifier,
    customer_aws_account_id=lambda charge: charge.agreement.customer_aws_account_id,
    quantity=lambda charge: format_quantity(charge.quantity),
    unit_price=lambda charge: format_quantity(charge.unit_price),
    amount=lambda charge: format_quantity(charge.amount),
    is_free_trial=lambda charge: charge.agreement.is_free_trial,
)
declare(
    AgreementTotal,
    invoices.AgreementTotal,
    exact=lambda total: format_quantity(total.exact),
    charged=lambda total: format_money(total.charged),
)
invoice_document = declare(
    InvoiceDocument,
    invoices.Invoice,
    currency=lambda _: "USD",
    totals=lambda invoice: invoice.totals(),
    total_charged=lambda invoice: format_money(invoice.total_charged()),
)


def format_money(dollars: Decimal) -> str:
    """Write an amount of dollars with its cents, as 12.50."""
    return format(dollars, ".2f")
