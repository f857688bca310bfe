"""What a seller asks of buyers and of AWS, and what AWS looks into: each is told by events."""

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import partial

from marketplace_sandbox.core.agreements.lifecycle import Change, check_change, end_agreement
from marketplace_sandbox.core.events.announcements import WriteDetail, subject_of, tell_bus
from marketplace_sandbox.core.events.event_documents import EventSubject, Role
from marketplace_sandbox.core.events.request_documents import (
    adjustment_detail,
    cancellation_detail,
    spend_detail,
)
from marketplace_sandbox.core.model.agenda import DueAction
from marketplace_sandbox.core.model.agreements import Agreement, AgreementStatus
from marketplace_sandbox.core.model.billing_adjustments import (
    AdjustmentOutcome,
    AdjustmentReason,
    BillingAdjustment,
)
from marketplace_sandbox.core.model.cancellations import (
    CancellationReason,
    CancellationRequest,
    CancellationStatus,
)
from marketplace_sandbox.core.model.catalogue import Delivery, PricingModel
from marketplace_sandbox.core.model.errors import conflict, invalid
from marketplace_sandbox.core.model.moment import Moment
from marketplace_sandbox.core.model.months import month_of
from marketplace_sandbox.core.model.spend import SpendStage

# A buyer who says nothing agrees after seven days (`events.cancellation-request`).
CANCELLATION_PATIENCE = timedelta(days=7)
CANCELLATIONS_MAX = 100_000  # a limit of the sandbox
MESSAGE_LENGTH_MAX = 2_000  # MODEL: of what the two sides say to each other
INVOICE_ID_LENGTH_MAX = 1_024  # MODEL
ADJUSTMENT_MAX = 1_000_000_000  # a limit of the sandbox
_DECIMALS_MAX = 8  # MODEL
_ID_LENGTH = 13
_WORDS = {
    CancellationStatus.PENDING_APPROVAL: "Pending Approval",
    CancellationStatus.APPROVED: "Approved",
    CancellationStatus.REJECTED: "Rejected",
    CancellationStatus.CANCELLED: "Cancelled",
    CancellationStatus.VALIDATION_FAILED: "Validation Failed",
}


_SPEND_EVENTS = {
    SpendStage.REACHED: "Spend Threshold Reached",
    SpendStage.VET_SUCCEEDED: "Spend Threshold Vet Succeeded",
    SpendStage.VET_FAILED: "Spend Threshold Vet Failed",
}


@dataclass(frozen=True, slots=True)
class NewCancellation:
    """The command to ask a buyer to cancel.

    Attributes:
        is_valid: whether AWS finds nothing wrong with the request, which it then shows the buyer.

    """

    reason: CancellationReason
    message: str
    is_valid: bool = True


@dataclass(frozen=True, slots=True)
class NewAdjustment:
    """The command to refund a buyer.

    Attributes:
        invoice_id: None is the invoice of this month, as the sandbox names it.
        fails: AWS finds something wrong with it.

    """

    amount: Decimal
    reason: AdjustmentReason
    invoice_id: str | None = None
    fails: bool = False


def request_cancellation(
    moment: Moment, agreement: Agreement, new: NewCancellation
) -> CancellationRequest:
    """Ask a buyer to cancel, for the one who proposed; after a week without an answer it is done.

    Of a request that fails AWS's validation only a seller who is the proposer hears.
    """
    check_change(moment, agreement, Change.CANCEL)
    _check_message(new.message, "message")
    subject = subject_of(moment, agreement)
    if not new.is_valid:
        _check_proposer(subject)
    requests = moment.state.cancellations
    if len(requests) >= CANCELLATIONS_MAX:
        raise invalid(f"the sandbox keeps at most {CANCELLATIONS_MAX} cancellation requests")
    for other in requests.values():
        if other.agreement_id == agreement.agreement_id and _is_pending(other):
            raise conflict(
                "CancellationPending",
                f"the buyer has been asked: {other.request_id} waits for an answer",
            )
    request = CancellationRequest(
        request_id=f"acr-{_new_id(moment)}",
        agreement_id=agreement.agreement_id,
        product_code=agreement.product_code,
        reason=new.reason,
        message=new.message,
        created_at=moment.at,
        updated_at=moment.at,
    )
    if not new.is_valid:
        return _move(moment, request, CancellationStatus.VALIDATION_FAILED, message="not valid")
    due_at = moment.at + CANCELLATION_PATIENCE
    moment.state.agenda.put(due_at, DueAction.APPROVE_CANCELLATION, request.request_id)
    return _move(moment, request, CancellationStatus.PENDING_APPROVAL)


def approve_cancellation(moment: Moment, request: CancellationRequest) -> CancellationRequest:
    """Let the buyer agree: the agreement ends."""
    _check_pending(request)
    agreement = moment.state.agreements.by_id[request.agreement_id]
    status = check_change(moment, agreement, Change.CANCEL)
    approved = _move(moment, request, CancellationStatus.APPROVED)
    end_agreement(moment, agreement, status)
    return approved


def approve_unanswered(moment: Moment, request: CancellationRequest) -> None:
    """Take a week's silence for consent; moot if there was an answer, or nothing is left to end."""
    agreement = moment.state.agreements.by_id[request.agreement_id]
    if _is_pending(request) and agreement.status is AgreementStatus.ACTIVE:
        approve_cancellation(moment, request)


def reject_cancellation(
    moment: Moment, request: CancellationRequest, message: str
) -> CancellationRequest:
    """Let the buyer refuse: the agreement goes on."""
    _check_pending(request)
    _check_message(message, "message")
    return _move(moment, request, CancellationStatus.REJECTED, message=message)


def withdraw_cancellation(
    moment: Moment, request: CancellationRequest, message: str
) -> CancellationRequest:
    """Take a request back."""
    _check_pending(request)
    _check_message(message, "message")
    return _move(moment, request, CancellationStatus.CANCELLED, message=message)


def adjust_billing(moment: Moment, agreement: Agreement, new: NewAdjustment) -> BillingAdjustment:
    """Refund a buyer, or fail to, and say so (`events.billing-adjustment`); no invoice changes."""
    if agreement.never_began:
        raise conflict("NothingBilled", "the agreement never began: nothing is billed")
    amount, subject = new.amount, subject_of(moment, agreement)
    is_in_range = amount.is_finite() and 0 < amount <= ADJUSTMENT_MAX
    if not is_in_range or amount != round(amount, _DECIMALS_MAX):
        raise invalid(
            f"amount must be greater than 0, at most {ADJUSTMENT_MAX}, "
            f"and have at most {_DECIMALS_MAX} decimals"
        )
    invoice_id = month_of(moment.at) if new.invoice_id is None else new.invoice_id
    if not 0 < len(invoice_id) <= INVOICE_ID_LENGTH_MAX:
        raise invalid(f"invoice_id must have 1 to {INVOICE_ID_LENGTH_MAX} characters")
    if new.fails:
        _check_proposer(subject)
    outcome = AdjustmentOutcome.FAILED if new.fails else AdjustmentOutcome.COMPLETED
    adjustment = BillingAdjustment(
        f"ba-{_new_id(moment)}", agreement.agreement_id, amount, new.reason, invoice_id, outcome
    )
    _tell(
        moment,
        subject,
        f"Purchase Agreement Billing Adjustment {outcome.capitalize()}",
        partial(adjustment_detail, adjustment=adjustment),
    )
    return adjustment


def tell_of_spend(moment: Moment, agreement: Agreement, stage: SpendStage) -> None:
    """Say how AWS's look at a buyer's card goes, for products that are paid as they are used."""
    check_change(moment, agreement, Change.AMEND)
    subject = subject_of(moment, agreement)
    product = subject.product
    if product.delivery is not Delivery.SAAS or product.pricing is not PricingModel.USAGE:
        raise invalid(
            f"AWS looks at the spend on SaaS that is paid by usage: {product.product_code} is not"
        )
    # No suffix was ever seen (`events.spend-threshold`).
    tell_bus(moment, subject, _SPEND_EVENTS[stage], spend_detail)


def _move(
    moment: Moment, request: CancellationRequest, status: CancellationStatus, *, message: str = ""
) -> CancellationRequest:
    moved = replace(request, status=status, status_message=message, updated_at=moment.at)
    moment.state.cancellations[request.request_id] = moved
    subject = subject_of(moment, moment.state.agreements.by_id[request.agreement_id])
    _tell(
        moment,
        subject,
        f"Agreement Cancellation Request {_WORDS[status]}",
        partial(cancellation_detail, request=moved),
    )
    return moved


def _tell(moment: Moment, subject: EventSubject, name: str, write: WriteDetail) -> None:
    tell_bus(moment, subject, f"{name} - {subject.role}", write, names_resource=False)


def _check_proposer(subject: EventSubject) -> None:
    if subject.role is not Role.PROPOSER:
        raise invalid("only the proposer, here a channel partner, hears that a request failed")


def _check_pending(request: CancellationRequest) -> None:
    if not _is_pending(request):
        raise conflict(
            "CancellationAnswered",
            f"{request.request_id} does not wait for an answer: it is {request.status}",
        )


def _check_message(text: str, name: str) -> None:
    if not 0 < len(text) <= MESSAGE_LENGTH_MAX:
        raise invalid(f"{name} must have 1 to {MESSAGE_LENGTH_MAX} characters")


def _is_pending(request: CancellationRequest) -> bool:
    return request.status is CancellationStatus.PENDING_APPROVAL


def _new_id(moment: Moment) -> str:
    return hashlib.sha256(moment.entropy()).hexdigest()[:_ID_LENGTH]
