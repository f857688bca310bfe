"""Requests to cancel and refunds, as JSON."""

from typing import TypedDict

from marketplace_sandbox.control.documents import declare
from marketplace_sandbox.core.model.billing_adjustments import BillingAdjustment
from marketplace_sandbox.core.model.cancellations import CancellationRequest


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


declare(CancellationRequestDocument, CancellationRequest)
declare(BillingAdjustmentDocument, BillingAdjustment)
