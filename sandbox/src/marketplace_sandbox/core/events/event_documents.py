"""EventBridge events about agreements and licenses, as AWS Marketplace sends them.

The shapes are those of AWS's seller guide, "Amazon EventBridge events" (notifications-eventbridge,
read in its copies of August 2025 and of 2026) and "Managing SaaS subscription events with Amazon
EventBridge" (saas-eventbridge-integration). What a sample does not show is marked INF.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from marketplace_sandbox.core.model.agreements import Agreement, Intent
from marketplace_sandbox.core.model.catalogue import Product
from marketplace_sandbox.core.model.instants import format_iso
from marketplace_sandbox.core.model.licenses import license_arn_in_events
from marketplace_sandbox.core.model.readings import EndedOffer, EventLicenseArn

SOURCE = "aws.agreement-marketplace"
REGION = "us-east-1"  # the default bus of the seller's account, there only (`events.envelope`)
SELLER_NAME = "Sandbox Seller"
OPEN_END = "9999-01-01T00:00:00Z"  # of what runs until it is cancelled (`events.times`)
_MICROSECONDS_OF_A_MILLISECOND = 1000

type Detail = dict[str, object]


class Role(StrEnum):
    """In which of its roles the seller gets an event; the word ends the detail-type."""

    MANUFACTURER = "Manufacturer"
    PROPOSER = "Proposer"


@dataclass(frozen=True, slots=True)
class EventSubject:
    """What an event is about, and for whom it is written."""

    agreement: Agreement
    product: Product
    seller_account_id: str
    license_reading: EventLicenseArn
    offer_reading: EndedOffer

    @property
    def role(self) -> Role:
        """The seller's role in agreement events.

        AWS sends only the Proposer's event to a seller who is both manufacturer and proposer, and
        the Manufacturer's where a channel partner proposes (`events.proposer-or-manufacturer`).
        """
        return Role.PROPOSER if self.agreement.proposer_account_id is None else Role.MANUFACTURER

    @property
    def proposer_account_id(self) -> str:
        """The account that extended the offer."""
        return self.agreement.proposer_account_id or self.seller_account_id


def envelope(
    subject: EventSubject,
    detail_type: str,
    detail: Detail,
    *,
    event_id: str,
    at: datetime,
    names_resource: bool = True,
) -> Mapping[str, object]:
    """Write the event around its detail (`events.envelope`); its time has whole seconds."""
    arn = f"arn:aws:aws-marketplace::aws:agreement:{subject.agreement.agreement_id}"
    return {
        "version": "0",
        "id": event_id,
        "detail-type": detail_type,
        "source": SOURCE,
        "account": subject.seller_account_id,
        "time": write_second(at),
        "region": REGION,
        "resources": [arn] if names_resource else [],
        "detail": detail,
    }


def created_detail(subject: EventSubject, *, request_id: str) -> Detail:
    """Write the detail of Purchase Agreement Created.

    A renewal's names its product and the agreement before it (`events.renewal`); a replacement's
    the latter (INF).
    """
    agreement = subject.agreement
    terms = _terms(agreement, str(agreement.intent))
    if agreement.previous_agreement_id is not None:
        terms["previousAgreementId"] = agreement.previous_agreement_id
    is_renewal = agreement.intent is Intent.RENEW
    product = {"product": titled(subject)} if is_renewal else {}
    named = {"name": SELLER_NAME} if is_renewal and subject.role is Role.PROPOSER else {}
    return (
        opening(subject, terms, request_id)
        | product
        | _resale(subject)
        | parties(subject, proposer=named)
    )


def amended_detail(subject: EventSubject, *, request_id: str) -> Detail:
    """Write the detail of Purchase Agreement Amended; only the proposer learns of renewal."""
    terms = _terms(subject.agreement, str(Intent.AMEND))
    renewal: Detail = {}
    if subject.role is Role.PROPOSER:
        terms["autoRenewalEnabled"] = subject.agreement.is_renewing
        renewal = {"renewalSummary": _renewal_summary(subject.agreement)}
        renewal["product"] = titled(subject)
    return opening(subject, terms, request_id) | renewal | _resale(subject) | parties(subject)


def ended_detail(subject: EventSubject, *, request_id: str) -> Detail:
    """Write the detail of Purchase Agreement Ended: no license, and nothing but id and status.

    AWS's sample names the offer, and the one that was seen does not (`ended_offer`).
    """
    agreement = subject.agreement
    terms: Detail = {"id": agreement.agreement_id, "status": str(agreement.status)}
    detail = opening(subject, terms, request_id) | _resale(subject) | parties(subject)
    if subject.offer_reading is EndedOffer.ABSENT:
        del detail["offer"]
    return detail


def ending_detail(subject: EventSubject, *, days: int, request_id: str) -> Detail:
    """Write the detail of Purchase Agreement Ending, so many days before the end."""
    agreement = subject.agreement
    terms: Detail = {
        "id": agreement.agreement_id,
        "startTime": write_instant(agreement.starts_at),
        "endTime": end_of(agreement),
        "status": str(agreement.status),
        "daysBeforeEndTime": days,
        "autoRenewalEnabled": agreement.is_renewing,
    }
    return (
        opening(subject, terms, request_id)
        | {"renewalSummary": _renewal_summary(agreement), "product": titled(subject)}
        | parties(subject, proposer={"name": SELLER_NAME})
    )


def advisory_detail(
    subject: EventSubject, *, is_resolved: bool, at: datetime, request_id: str
) -> Detail:
    """Write the detail of Purchase Agreement Advisory Issued or Resolved."""
    terms: Detail = {"id": subject.agreement.agreement_id}
    moment = {"resolvedAt" if is_resolved else "issuedAt": write_second(at)}
    product = {"id": subject.product.product_id}
    return (
        opening(subject, terms, request_id)
        | {"product": product}
        | parties(subject)
        | {"advisory": moment}
    )


def license_detail(subject: EventSubject, *, request_id: str) -> Detail:
    """Write the detail of License Updated and License Deprovisioned (`events.license`)."""
    product = subject.product
    arn = license_arn_in_events(subject.agreement, reading=subject.license_reading)
    return (
        opening(subject, {"id": subject.agreement.agreement_id}, request_id)
        | {
            "product": {"code": product.product_code, "id": product.product_id},
            "license": {"arn": arn},
        }
        | parties(subject)
    )


def opening(subject: EventSubject, agreement: Detail, request_id: str) -> Detail:
    """Write what every detail begins with."""
    assert agreement["id"] == subject.agreement.agreement_id, "an event is about its subject"
    return {"requestId": request_id, "catalog": "AWSMarketplace", "agreement": agreement}


def _terms(agreement: Agreement, intent: str) -> Detail:
    """Write an agreement's terms; one without an end ends in the year 9999 (`events.times`)."""
    return {
        "id": agreement.agreement_id,
        "intent": intent,
        "status": str(agreement.status),
        "acceptanceTime": write_instant(agreement.accepted_at or agreement.starts_at),
        "startTime": write_instant(agreement.starts_at),
        "endTime": end_of(agreement),
    }


def parties(subject: EventSubject, *, proposer: Mapping[str, object] | None = None) -> Detail:
    """Write who agreed on which offer; `proposer` is what else is said of who proposed it."""
    return {
        "acceptor": {"accountId": subject.agreement.customer_aws_account_id},
        "proposer": {**(proposer or {}), "accountId": subject.proposer_account_id},
        "offer": {"id": subject.agreement.offer_id},
    }


def _resale(subject: EventSubject) -> Detail:
    """Write the resale authorization, which is null for the seller's own offers (DOC)."""
    if subject.agreement.proposer_account_id is None:
        return {"resaleAuthorization": {"id": None}}
    digest = hashlib.sha256(f"resale/{subject.agreement.offer_id}".encode()).hexdigest()
    return {"resaleAuthorization": {"id": f"resaleauthz-{digest[:13]}"}}


def titled(subject: EventSubject) -> Detail:
    """Write a product with its title."""
    return {"id": subject.product.product_id, "title": subject.product.title}


def _renewal_summary(agreement: Agreement) -> Detail:
    """Write when it is decided whether an agreement renews, and who does not want it to."""
    locks_at, party = agreement.lockout_starts_at, agreement.renewal_disabled_by
    return {
        "lockoutStartTime": None if locks_at is None else write_instant(locks_at),
        "disabledBy": None if party is None else str(party),
    }


def write_second(at: datetime) -> str:
    """Write a time in whole seconds."""
    return format_iso(at.replace(microsecond=0))


def write_instant(at: datetime) -> str:
    """Write a time of an agreement: with milliseconds, if there are any (`events.times`)."""
    milliseconds = at.microsecond // _MICROSECONDS_OF_A_MILLISECOND
    second = write_second(at)
    return f"{second.removesuffix('Z')}.{milliseconds:03d}Z" if milliseconds else second


def end_of(agreement: Agreement) -> str:
    """Write when an agreement ends by its own terms."""
    return OPEN_END if agreement.expires_at is None else write_instant(agreement.expires_at)
