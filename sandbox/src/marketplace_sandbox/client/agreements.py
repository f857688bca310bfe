"""Agreements, buyers' accounts and registration tokens of a served sandbox."""

from collections.abc import Sequence

from marketplace_sandbox.client.connection import Connection, Duration, Instant
from marketplace_sandbox.control.agreements_documents import (
    AgreementDocument,
    AgreementListDocument,
    ContactDocument,
    SuspendedAccountsDocument,
    TokenDocument,
)
from marketplace_sandbox.control.catalogue_documents import GrantDocument, PriceDocument


class AgreementMethods(Connection):
    """What buyers do, and what AWS does with their agreements and accounts."""

    def list_agreements(self, *, product_code: str | None = None) -> AgreementListDocument:
        """List all agreements, oldest first."""
        return self._ask("GET", "agreements", product_code=product_code)

    def subscribe(
        self,
        product_code: str,
        *,
        customer_aws_account_id: str | None = None,
        starts_at: Instant | None = None,
        offer_id: str | None = None,
        payment_fails: bool | None = None,
        grants: Sequence[GrantDocument] | None = None,
        buyer_name: str | None = None,
        contact: ContactDocument | None = None,
    ) -> AgreementDocument:
        """Let a buyer accept an offer.

        By default it is a new buyer and the public offer, accepted a week ago: usage of the hours
        that are past can be metered at once.
        """
        return self._ask(
            "POST",
            "agreements",
            product_code=product_code,
            customer_aws_account_id=customer_aws_account_id,
            starts_at=starts_at,
            offer_id=offer_id,
            payment_fails=payment_fails,
            grants=grants,
            buyer_name=buyer_name,
            contact=contact,
        )

    def show_agreement(self, agreement_id: str) -> AgreementDocument:
        """Show one agreement."""
        return self._ask("GET", f"agreements/{agreement_id}")

    def end_agreement(
        self, agreement_id: str, *, ends_at: Instant | None = None
    ) -> AgreementDocument:
        """End an agreement, now unless a time is given; its last hour of metering begins."""
        return self._ask("POST", f"agreements/{agreement_id}/end", ends_at=ends_at)

    def amend_agreement(
        self,
        agreement_id: str,
        *,
        grants: Sequence[GrantDocument] | None = None,
        prices: Sequence[PriceDocument] | None = None,
        is_renewing: bool | None = None,
        renewal_disabled_by: str | None = None,
    ) -> AgreementDocument:
        """Change a running agreement's terms; its license stays, and so does what is not said."""
        return self._ask(
            "POST",
            f"agreements/{agreement_id}/amend",
            grants=grants,
            prices=prices,
            is_renewing=is_renewing,
            renewal_disabled_by=renewal_disabled_by,
        )

    def renew_agreement(
        self, agreement_id: str, *, offer_id: str | None = None
    ) -> AgreementDocument:
        """Renew an agreement, on its own terms or an offer's; return the new one."""
        return self._ask("POST", f"agreements/{agreement_id}/renew", offer_id=offer_id)

    def replace_agreement(self, agreement_id: str, offer_id: str) -> AgreementDocument:
        """Replace an agreement by one on an offer's terms; return the new one."""
        return self._ask("POST", f"agreements/{agreement_id}/replace", offer_id=offer_id)

    def cancel_agreement(self, agreement_id: str) -> AgreementDocument:
        """Let the buyer end an agreement now; its last hour of metering begins."""
        return self._ask("POST", f"agreements/{agreement_id}/cancel")

    def terminate_agreement(self, agreement_id: str) -> AgreementDocument:
        """Let AWS end an agreement now."""
        return self._ask("POST", f"agreements/{agreement_id}/terminate")

    def deprovision_agreement(self, agreement_id: str) -> AgreementDocument:
        """Take an ended agreement's license away before its time."""
        return self._ask("POST", f"agreements/{agreement_id}/deprovision")

    def list_suspended_accounts(self) -> SuspendedAccountsDocument:
        """List the suspended accounts."""
        return self._ask("GET", "accounts/suspended")

    def suspend_account(self, account_id: str) -> SuspendedAccountsDocument:
        """Suspend a buyer's AWS account: none of its usage is taken until it is reinstated."""
        return self._ask("POST", f"accounts/{account_id}/suspend")

    def reinstate_account(self, account_id: str) -> SuspendedAccountsDocument:
        """Take a suspension back."""
        return self._ask("POST", f"accounts/{account_id}/reinstate")

    def issue_token(
        self, agreement_id: str, *, lifetime_seconds: Duration | None = None
    ) -> TokenDocument:
        """Mint a registration token for the buyer of an agreement."""
        return self._ask(
            "POST", "tokens", agreement_id=agreement_id, lifetime_seconds=lifetime_seconds
        )
