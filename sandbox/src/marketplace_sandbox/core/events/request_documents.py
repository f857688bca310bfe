"""Events of renewals, requests to cancel, refunds and spend thresholds, as AWS's guide shows them.

Of spend thresholds nobody has published a sample: what their details hold is INF.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from marketplace_sandbox.core.events.event_documents import (
    SELLER_NAME,
    Detail,
    EventSubject,
    end_of,
    opening,
    parties,
    titled,
    write_instant,
    write_second,
)
from marketplace_sandbox.core.model.billing_adjustments import BillingAdjustment
from marketplace_sandbox.core.model.cancellations import CancellationRequest

CURRENCY = "USD"
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class RenewalTerms:
    """What is said of a coming renewal.

    Attributes:
        value: what the renewed contract will cost.
        finalized_at: when its price became final; None says that it is decided upon.

    """

    value: Decimal
    finalized_at: datetime | None = None


def renewal_detail(
    subject: EventSubject, terms: RenewalTerms, *, at: datetime, request_id: str
) -> Detail:
    """Write the detail of Purchase Agreement Renewal Terms Finalized, or Renewal Upcoming.

    Neither names the offer (DOC).
    """
    agreement = subject.agreement
    about: Detail = {
        "id": agreement.agreement_id,
        "startTime": write_instant(agreement.starts_at),
        "endTime": end_of(agreement),
    }
    summary: Detail = {
        "lockoutReached": agreement.is_locked_out(now=at),
        "tcv": str(terms.value.quantize(_CENT)),
        "currency": CURRENCY,
    }
    if terms.finalized_at is not None:
        locks_at = agreement.lockout_starts_at
        summary["termsFinalizedTime"] = write_second(terms.finalized_at)
        summary["lockoutStartTime"] = None if locks_at is None else write_instant(locks_at)
    detail = (
        opening(subject, about, request_id)
        | {"renewalSummary": summary, "product": titled(subject)}
        | parties(subject, proposer={"name": SELLER_NAME})
    )
    del detail["offer"]
    return detail


def cancellation_detail(
    subject: EventSubject, request: CancellationRequest, *, request_id: str
) -> Detail:
    """Write the detail of Agreement Cancellation Request events: ids lie flat in the agreement."""
    agreement = subject.agreement
    about: Detail = {
        "id": agreement.agreement_id,
        "acceptorId": agreement.customer_aws_account_id,
        "productId": subject.product.product_id,
        "offerId": agreement.offer_id,
    }
    return opening(subject, about, request_id) | {
        "agreementCancellationRequest": {
            "id": request.request_id,
            "reasonCode": str(request.reason),
            "reasonMessage": request.message,
            "statusCode": str(request.status),
            "statusMessage": request.status_message,
            "createdAt": write_second(request.created_at),
            "updatedAt": write_second(request.updated_at),
        }
    }


def adjustment_detail(
    subject: EventSubject, adjustment: BillingAdjustment, *, request_id: str
) -> Detail:
    """Write the detail of Purchase Agreement Billing Adjustment events: the amount is negative."""
    return opening(subject, {"id": subject.agreement.agreement_id}, request_id) | {
        "billingAdjustmentRequest": {
            "id": adjustment.adjustment_id,
            "adjustmentAmount": f"{-adjustment.amount:f}",
            "currencyCode": CURRENCY,
            "adjustmentReasonCode": str(adjustment.reason),
        },
        "invoice": {"originalInvoiceId": adjustment.invoice_id},
    }


def spend_detail(subject: EventSubject, *, request_id: str) -> Detail:
    """Write the detail of Spend Threshold events (INF)."""
    return (
        opening(subject, {"id": subject.agreement.agreement_id}, request_id)
        | {"product": {"id": subject.product.product_id}}
        | parties(subject)
    )
