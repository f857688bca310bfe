"""The books as plain JSON documents: exact numbers are texts, times are ISO 8601 in UTC."""

from collections.abc import Mapping
from decimal import Decimal

from marketplace_sandbox.core.bill.double_billing import DoubleBilling
from marketplace_sandbox.core.model.bill import BilledRecord, LostDuplicate
from marketplace_sandbox.core.model.instants import format_iso
from marketplace_sandbox.core.model.invoices import Charge, Invoice
from marketplace_sandbox.core.model.quantities import format_quantity

type JsonObject = Mapping[str, object]


def bill_line_document(billed: BilledRecord) -> JsonObject:
    """Write one line of the bill; `region` is empty where regions do not count (`dedupe_scope`)."""
    key, agreement = billed.key, billed.agreement
    return {
        "product_code": key.product_code,
        "agreement_id": agreement.agreement_id,
        "license_arn": agreement.license_arn,
        "customer_identifier": agreement.customer_identifier,
        "customer_aws_account_id": agreement.customer_aws_account_id,
        "dimension": key.dimension,
        "hour": format_iso(key.hour_at),
        "quantity": format_quantity(billed.quantity),
        "timestamp": format_iso(billed.used_at),
        "allocations": [
            {"quantity": format_quantity(share.quantity), "tags": dict(share.tags)}
            for share in billed.allocations
        ],
        "metering_record_id": billed.metering_record_id,
        "holder": key.holder,
        "region": key.region,
        "resource_id": billed.resource_id,
    }


def double_billing_document(double: DoubleBilling) -> JsonObject:
    """Write an hour that was billed twice, with both lines."""
    return {
        "cause": str(double.cause),
        "product_code": double.product_code,
        "customer_aws_account_id": double.customer_aws_account_id,
        "dimension": double.dimension,
        "hour": format_iso(double.hour_at),
        "first": bill_line_document(double.first),
        "second": bill_line_document(double.second),
    }


def lost_duplicate_document(lost: LostDuplicate) -> JsonObject:
    """Write a quantity that DuplicateRecord refused; `difference` is sent less billed."""
    return {
        "billed": bill_line_document(lost.billed),
        "quantity_sent": format_quantity(lost.quantity_sent),
        "difference": format_quantity(lost.difference),
        "times": lost.times,
        "first_at": format_iso(lost.first_at),
        "last_at": format_iso(lost.last_at),
    }


def invoice_document(invoice: Invoice) -> JsonObject:
    """Write an invoice; `closed_at` is null while it is open, money is US dollars."""
    return {
        "month": invoice.month,
        "closed_at": None if invoice.closed_at is None else format_iso(invoice.closed_at),
        "currency": "USD",
        "charges": [charge_document(charge) for charge in invoice.charges],
        "totals": [
            {
                "agreement_id": total.agreement_id,
                "exact": format_quantity(total.exact),
                "charged": format_money(total.charged),
            }
            for total in invoice.totals()
        ],
        "total_charged": format_money(invoice.total_charged()),
    }


def charge_document(charge: Charge) -> JsonObject:
    """Write one line of an invoice; `amount` is exact, not in whole cents."""
    agreement = charge.agreement
    return {
        "product_code": agreement.product_code,
        "agreement_id": agreement.agreement_id,
        "license_arn": agreement.license_arn,
        "customer_identifier": agreement.customer_identifier,
        "customer_aws_account_id": agreement.customer_aws_account_id,
        "kind": str(charge.kind),
        "dimension": charge.dimension,
        "quantity": format_quantity(charge.quantity),
        "unit_price": format_quantity(charge.unit_price),
        "amount": format_quantity(charge.amount),
        "entitled": charge.entitled,
        "is_free_trial": agreement.is_free_trial,
    }


def format_money(dollars: Decimal) -> str:
    """Write an amount of dollars with its cents, as 12.50."""
    return format(dollars, ".2f")
