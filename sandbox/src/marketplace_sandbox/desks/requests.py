"""What sellers ask of buyers and of AWS about agreements, and what AWS looks into."""

from decimal import Decimal

from marketplace_sandbox.core.agreements.renewals import finalize_renewal
from marketplace_sandbox.core.agreements.requests import (
    NewAdjustment,
    NewCancellation,
    adjust_billing,
    approve_cancellation,
    reject_cancellation,
    request_cancellation,
    tell_of_spend,
    withdraw_cancellation,
)
from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.billing_adjustments import BillingAdjustment
from marketplace_sandbox.core.model.cancellations import CancellationRequest
from marketplace_sandbox.core.model.spend import SpendStage
from marketplace_sandbox.desks.steps import BeginStep, Step, find


class RequestsDesk:
    """Requests to cancel, refunds, renewals' prices and spend thresholds; AWS tells of each."""

    def __init__(self, step: BeginStep) -> None:
        self._step = step

    def cancellations(self) -> tuple[CancellationRequest, ...]:
        """List what was asked of buyers, oldest first."""
        with self._step() as step:
            return tuple(step.state.cancellations.values())

    def request_cancellation(self, agreement_id: str, new: NewCancellation) -> CancellationRequest:
        """Ask a buyer to cancel; a week without an answer ends the agreement."""
        with self._step() as step:
            return request_cancellation(step.moment, step.agreement(agreement_id), new)

    def approve_cancellation(self, request_id: str) -> CancellationRequest:
        """Let the buyer agree: the agreement ends now."""
        with self._step() as step:
            return approve_cancellation(step.moment, _find(step, request_id))

    def reject_cancellation(self, request_id: str, message: str) -> CancellationRequest:
        """Let the buyer refuse; the agreement goes on."""
        with self._step() as step:
            return reject_cancellation(step.moment, _find(step, request_id), message)

    def withdraw_cancellation(self, request_id: str, message: str) -> CancellationRequest:
        """Take a request back before it is answered."""
        with self._step() as step:
            return withdraw_cancellation(step.moment, _find(step, request_id), message)

    def adjust_billing(self, agreement_id: str, new: NewAdjustment) -> BillingAdjustment:
        """Refund a buyer, or fail to; the sandbox's invoices stay as they are."""
        with self._step() as step:
            return adjust_billing(step.moment, step.agreement(agreement_id), new)

    def finalize_renewal(self, agreement_id: str, increase_percent: Decimal) -> Agreement:
        """Make final by how much more an agreement will cost once it has renewed by itself."""
        with self._step() as step:
            return finalize_renewal(step.moment, step.agreement(agreement_id), increase_percent)

    def tell_of_spend(self, agreement_id: str, stage: SpendStage) -> Agreement:
        """Say how AWS's look at the card of a buyer whose spend grows goes."""
        with self._step() as step:
            agreement = step.agreement(agreement_id)
            tell_of_spend(step.moment, agreement, stage)
            return agreement


def _find(step: Step, request_id: str) -> CancellationRequest:
    return find(step.state.cancellations, "cancellation request", request_id)
