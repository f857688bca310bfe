"""Agreements, accounts and registration tokens, as JSON."""

from typing import TypedDict

from marketplace_sandbox.control.catalogue_documents import GrantDocument, PriceDocument
from marketplace_sandbox.control.documents import declare
from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.tokens import RegistrationToken


class AgreementDocument(TypedDict):
    """One purchase; a time is null while it is not known."""

    agreement_id: str
    product_code: str
    license_arn: str | None
    customer_identifier: str | None
    customer_aws_account_id: str
    buyer_name: str | None
    starts_at: str
    ends_at: str | None
    closes_at: str | None
    deprovisioned_at: str | None
    status: str
    intent: str
    offer_id: str | None
    previous_agreement_id: str | None
    accepted_at: str | None
    expires_at: str | None
    is_renewing: bool
    renewal_disabled_by: str | None
    renewal_increase_percent: str | None
    is_free_trial: bool
    grants: list[GrantDocument]
    prices: list[PriceDocument]
    proposer_account_id: str | None


class ContactDocument(TypedDict):
    """Whom a buyer names to AWS."""

    first_name: str
    last_name: str
    email_address: str
    company_name: str
    country_code: str


class AgreementListDocument(TypedDict):
    """All agreements, oldest first."""

    agreements: list[AgreementDocument]


class TokenDocument(TypedDict):
    """What the buyer's browser brings to the seller's registration page."""

    token: str
    expires_at: str


class SuspendedAccountsDocument(TypedDict):
    """Which buyers' AWS accounts are suspended."""

    suspended_accounts: list[str]


declare(AgreementDocument, Agreement)
declare(TokenDocument, RegistrationToken)
