"""What sellers ask of buyers and of AWS, of a served sandbox."""

from decimal import Decimal

from marketplace_sandbox.client.connection import Connection
from marketplace_sandbox.control.agreements_documents import AgreementDocument
from marketplace_sandbox.control.request_documents import (
    BillingAdjustmentDocument,
    CancellationRequestDocument,
    CancellationRequestListDocument,
)


class RequestMethods(Connection):
    """Requests to cancel, refunds, renewals' prices and spend thresholds."""

    def list_cancellation_requests(
        self, *, product_code: str | None = None
    ) -> CancellationRequestListDocument:
        """List the requests to cancel, oldest first."""
        return self._ask("GET", "cancellation-requests", product_code=product_code)

    def request_cancellation(
        self, agreement_id: str, reason: str, message: str, *, is_valid: bool | None = None
    ) -> CancellationRequestDocument:
        """Ask a buyer to cancel; a week without an answer ends the agreement.

        The reason is in AWS's words, such as UNINTENDED_RENEWAL or OTHER.
        """
        return self._ask(
            "POST",
            f"agreements/{agreement_id}/cancellation-requests",
            reason=reason,
            message=message,
            is_valid=is_valid,
        )

    def approve_cancellation(self, request_id: str) -> CancellationRequestDocument:
        """Let the buyer agree to cancel: the agreement ends now."""
        return self._ask("POST", f"cancellation-requests/{request_id}/approve")

    def reject_cancellation(self, request_id: str, message: str) -> CancellationRequestDocument:
        """Let the buyer refuse to cancel; the agreement goes on."""
        return self._ask("POST", f"cancellation-requests/{request_id}/reject", message=message)

    def withdraw_cancellation(self, request_id: str, message: str) -> CancellationRequestDocument:
        """Take a request to cancel back before it is answered."""
        return self._ask("POST", f"cancellation-requests/{request_id}/withdraw", message=message)

    def adjust_billing(
        self,
        agreement_id: str,
        amount: str | Decimal,
        reason: str,
        *,
        invoice_id: str | None = None,
        fails: bool | None = None,
    ) -> BillingAdjustmentDocument:
        """Refund a buyer, or fail to; the sandbox's invoices stay as they are.

        The reason is in AWS's words, such as INCORRECT_METERING or OTHER.
        """
        return self._ask(
            "POST",
            f"agreements/{agreement_id}/billing-adjustments",
            amount=amount,
            reason=reason,
            invoice_id=invoice_id,
            fails=fails,
        )

    def finalize_renewal(
        self, agreement_id: str, increase_percent: str | Decimal
    ) -> AgreementDocument:
        """Make final by how much more an agreement will cost once it has renewed by itself."""
        return self._ask(
            "POST",
            f"agreements/{agreement_id}/finalize-renewal",
            increase_percent=increase_percent,
        )

    def tell_of_spend(self, agreement_id: str, stage: str) -> AgreementDocument:
        """Say how AWS's look at a buyer's card goes: reached, vet_succeeded or vet_failed."""
        return self._ask("POST", f"agreements/{agreement_id}/spend-threshold", stage=stage)
