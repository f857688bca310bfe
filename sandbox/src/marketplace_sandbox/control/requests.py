"""What sellers ask of buyers and of AWS about agreements, over the control API."""

from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path

from marketplace_sandbox.control.agreements import AgreementId
from marketplace_sandbox.control.agreements_documents import AgreementDocument
from marketplace_sandbox.control.answers import Document, created, refusals
from marketplace_sandbox.control.field_types import TEXT_LENGTH_MAX, Amount, Command, Text, Truth
from marketplace_sandbox.control.marketplace_in_use import Marketplace, OfProduct
from marketplace_sandbox.control.request_documents import (
    BillingAdjustmentDocument,
    CancellationRequestDocument,
    CancellationRequestListDocument,
)
from marketplace_sandbox.core.agreements.requests import NewAdjustment, NewCancellation
from marketplace_sandbox.core.model.billing_adjustments import AdjustmentReason
from marketplace_sandbox.core.model.cancellations import CancellationReason
from marketplace_sandbox.core.model.spend import SpendStage

router = APIRouter(tags=["requests"])

RequestId = Annotated[str, Path(description="The request's id.", max_length=TEXT_LENGTH_MAX)]


class CancellationCommand(Command):
    """Ask a buyer to cancel.

    Of a request that is not valid the buyer hears nothing; AWS tells the seller so.
    """

    reason: CancellationReason
    message: Text
    is_valid: Truth = True


class AnswerCommand(Command):
    """Say why a request is refused or taken back."""

    message: Text


class AdjustmentCommand(Command):
    """Refund a buyer; without `invoice_id` it is the invoice of this month."""

    amount: Amount
    reason: AdjustmentReason
    invoice_id: Text | None = None
    fails: Truth = False


class FinalizeCommand(Command):
    """Make final by how many percent a renewal will cost more."""

    increase_percent: Amount


class SpendCommand(Command):
    """Say how AWS's look at a buyer's card goes."""

    stage: SpendStage


_ONE = refusals(HTTPStatus.NOT_FOUND)
_MOVE = refusals(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
_answer = partial(router.post, response_model=CancellationRequestDocument, responses=_MOVE)


@router.get(
    "/cancellation-requests", response_model=CancellationRequestListDocument, responses=_ONE
)
def list_cancellation_requests(chosen: OfProduct, marketplace: Marketplace) -> Document:
    """List the requests to cancel, oldest first."""
    requests = chosen.among(marketplace.desks.requests.cancellations())
    return Document({"cancellation_requests": requests})


@router.post(
    "/agreements/{agreement_id}/cancellation-requests",
    response_model=CancellationRequestDocument,
    status_code=HTTPStatus.CREATED,
    responses=_MOVE,
)
def request_cancellation(
    agreement_id: AgreementId, command: CancellationCommand, marketplace: Marketplace
) -> Document:
    """Ask a buyer to cancel; a week without an answer ends the agreement."""
    new = NewCancellation(**command.said())
    return created(marketplace.desks.requests.request_cancellation(agreement_id, new))


@_answer("/cancellation-requests/{request_id}/approve")
def approve_cancellation(request_id: RequestId, marketplace: Marketplace) -> Document:
    """Let the buyer agree to cancel: the agreement ends now."""
    return Document(marketplace.desks.requests.approve_cancellation(request_id))


@_answer("/cancellation-requests/{request_id}/reject")
def reject_cancellation(
    request_id: RequestId, command: AnswerCommand, marketplace: Marketplace
) -> Document:
    """Let the buyer refuse to cancel; the agreement goes on."""
    return Document(marketplace.desks.requests.reject_cancellation(request_id, command.message))


@_answer("/cancellation-requests/{request_id}/withdraw")
def withdraw_cancellation(
    request_id: RequestId, command: AnswerCommand, marketplace: Marketplace
) -> Document:
    """Take a request to cancel back before it is answered."""
    return Document(marketplace.desks.requests.withdraw_cancellation(request_id, command.message))


@router.post(
    "/agreements/{agreement_id}/billing-adjustments",
    response_model=BillingAdjustmentDocument,
    status_code=HTTPStatus.CREATED,
    responses=_MOVE,
)
def adjust_billing(
    agreement_id: AgreementId, command: AdjustmentCommand, marketplace: Marketplace
) -> Document:
    """Refund a buyer, or fail to; the sandbox's invoices stay as they are."""
    new = NewAdjustment(**command.said())
    return created(marketplace.desks.requests.adjust_billing(agreement_id, new))


@router.post(
    "/agreements/{agreement_id}/finalize-renewal",
    response_model=AgreementDocument,
    responses=_MOVE,
)
def finalize_renewal(
    agreement_id: AgreementId, command: FinalizeCommand, marketplace: Marketplace
) -> Document:
    """Make final by how much more an agreement will cost once it has renewed by itself."""
    percent = command.increase_percent
    return Document(marketplace.desks.requests.finalize_renewal(agreement_id, percent))


@router.post(
    "/agreements/{agreement_id}/spend-threshold", response_model=AgreementDocument, responses=_MOVE
)
def tell_of_spend(
    agreement_id: AgreementId, command: SpendCommand, marketplace: Marketplace
) -> Document:
    """Say how AWS's look at the card of a buyer whose spend grows goes."""
    return Document(marketplace.desks.requests.tell_of_spend(agreement_id, command.stage))
