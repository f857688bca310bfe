"""GetAgreementEntitlements: what an agreement provisions, and how far that has come."""

import hashlib
from datetime import datetime, timedelta

from marketplace_sandbox.core.model.agreements import Agreement, AgreementStatus
from marketplace_sandbox.core.model.catalogue import Delivery
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.model.tokens import issue_token, keep_token
from marketplace_sandbox.core.operations.agreement_views import (
    find_agreement,
    license_arns_of,
    subjects_of_call,
    write_resource,
)
from marketplace_sandbox.core.operations.listing import write_page
from marketplace_sandbox.core.operations.performer import Performer, answering
from marketplace_sandbox.core.protocol.call import Call, Document

TOKEN_LIFETIME = timedelta(minutes=30)


def get_agreement_entitlements(state: MarketplaceState, call: Call) -> Document:
    """List an agreement's entitlements: there is one, of its product.

    What its `type` says is not documented, and left out. The acceptor gets a registration token
    that lives for half an hour (`agreement-entitlements.token`).
    """
    agreement = find_agreement(state, call)
    product = state.products[agreement.product_code]
    status, reason = _status_of(state, agreement, now=call.at)
    entitlement: dict[str, object] = {
        "resource": write_resource(product),
        "status": status,
        "statusReasonCode": reason,
    }
    for license_arn in license_arns_of(agreement):
        entitlement["licenseArn"] = license_arn
    is_acceptors = call.caller.account_id == agreement.customer_aws_account_id
    is_open = agreement.status is AgreementStatus.ACTIVE and product.delivery is Delivery.SAAS
    if is_acceptors and is_open:
        entitlement["registrationToken"] = _issue_token(state, call, agreement)
    return write_page(call, "agreementEntitlements", [entitlement])


def _status_of(state: MarketplaceState, agreement: Agreement, *, now: datetime) -> tuple[str, str]:
    """Say how far provisioning has come, and why (`agreement-entitlements.status`).

    It takes until License Updated (`agreement-entitlements.pending`).
    """
    if agreement.has_payment_failed:
        return "FAILED", "INVALID_PAYMENT_INSTRUMENT"
    if agreement.deprovisioned_at is not None or agreement.never_began:
        return "DEPROVISIONED", "AGREEMENT_INACTIVE"
    if agreement.status is not AgreementStatus.ACTIVE:  # for half a minute after the end
        return "PROVISIONED", "AGREEMENT_INACTIVE"
    if now < agreement.starts_at:
        return "SCHEDULED", "FUTURE_START_DATE"
    status, reason = "PROVISIONED", "AGREEMENT_ACTIVE"
    if agreement.is_awaiting_license:
        status, reason = "PENDING", "PROVISIONING_IN_PROGRESS"
    if agreement.customer_aws_account_id in state.suspended_accounts:
        reason = "ACCOUNT_SUSPENDED"
    return status, reason


def _issue_token(state: MarketplaceState, call: Call, agreement: Agreement) -> str:
    token = issue_token(
        agreement,
        lifetime=TOKEN_LIFETIME,
        reading=state.readings.token_lifetime,
        now=call.at,
        entropy=hashlib.sha256(b"registration" + call.entropy).digest(),
    )
    keep_token(state.tokens, token)
    return token.token


PERFORMER = Performer(answering(get_agreement_entitlements), subjects_of_call)
