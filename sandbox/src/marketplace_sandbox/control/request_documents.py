"""Requests to cancel and refunds, as JSON."""

from typing import TypedDict

from marketplace_sandbox.core.model.billing_adjustments import BillingAdjustment
from marketplace_sandbox.core.model.cancellations import CancellationRequest
from marketplace_sandbox.core.model.instants import format_iso


class CancellationRequestDocument(TypedDict):
    """A request in which a buyer was asked to cancel an agreement."""

    request_id: str
    agreement_id: str
    product_code: str
    reason: str
    message: str
    status: str
    status_message: str
    created_at: str
    updated_at: str


class CancellationRequestListDocument(TypedDict):
    """All requests to cancel, oldest first."""

    cancellation_requests: list[CancellationRequestDocument]


class BillingAdjustmentDocument(TypedDict):
    """A refund, and what became of it."""

    adjustment_id: str
    agreement_id: str
    amount: str
    reason: str
    invoice_id: str
    outcome: str


def cancellation_document(request: CancellationRequest) -> CancellationRequestDocument:
    """Write a request to cancel."""
    return {
        "request_id": request.request_id,
        "agreement_id": request.agreement_id,
        "product_code": request.product_code,
        "reason": str(request.reason),
        "message": request.message,
        "status": str(request.status),
        "status_message": request.status_message,
        "created_at": format_iso(request.created_at),
        "updated_at": format_iso(request.updated_at),
    }


def adjustment_document(adjustment: BillingAdjustment) -> BillingAdjustmentDocument:
    """Write a refund."""
    return {
        "adjustment_id": adjustment.adjustment_id,
        "agreement_id": adjustment.agreement_id,
        "amount": format(adjustment.amount, "f"),
        "reason": str(adjustment.reason),
        "invoice_id": adjustment.invoice_id,
        "outcome": str(adjustment.outcome),
    }
