"""Agreements, accounts and registration tokens, as JSON."""

from typing import TypedDict

from marketplace_sandbox.control.catalogue_documents import (
    GrantDocument,
    PriceDocument,
    grant_document,
    price_document,
)
from marketplace_sandbox.control.documents import amount_or_null, instant_or_null
from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.instants import format_iso
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


def agreement_document(agreement: Agreement) -> AgreementDocument:
    """Write an agreement."""
    return {
        "agreement_id": agreement.agreement_id,
        "product_code": agreement.product_code,
        "license_arn": agreement.license_arn,
        "customer_identifier": agreement.customer_identifier,
        "customer_aws_account_id": agreement.customer_aws_account_id,
        "buyer_name": agreement.buyer_name,
        "starts_at": format_iso(agreement.starts_at),
        "ends_at": instant_or_null(agreement.ends_at),
        "closes_at": instant_or_null(agreement.closes_at),
        "deprovisioned_at": instant_or_null(agreement.deprovisioned_at),
        "status": str(agreement.status),
        "intent": str(agreement.intent),
        "offer_id": agreement.offer_id,
        "previous_agreement_id": agreement.previous_agreement_id,
        "accepted_at": instant_or_null(agreement.accepted_at),
        "expires_at": instant_or_null(agreement.expires_at),
        "is_renewing": agreement.is_renewing,
        "renewal_disabled_by": agreement.renewal_disabled_by,
        "renewal_increase_percent": amount_or_null(agreement.renewal_increase_percent),
        "is_free_trial": agreement.is_free_trial,
        "grants": [grant_document(grant) for grant in agreement.grants],
        "prices": [price_document(price) for price in agreement.prices],
        "proposer_account_id": agreement.proposer_account_id,
    }


def token_document(token: RegistrationToken) -> TokenDocument:
    """Write a registration token, for the one who minted it."""
    return {"token": token.token, "expires_at": format_iso(token.expires_at)}
