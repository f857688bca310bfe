"""Agreements as the Agreement API shows them: to whom, and what its operations say alike."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from marketplace_sandbox.core.model.agreements import Agreement, AgreementStatus
from marketplace_sandbox.core.model.catalogue import Delivery, Product
from marketplace_sandbox.core.model.contacts import Contact
from marketplace_sandbox.core.model.errors import ErrorCode, ServiceError
from marketplace_sandbox.core.model.faults import Subject
from marketplace_sandbox.core.model.instants import to_epoch_seconds
from marketplace_sandbox.core.model.licenses import license_arn_at_aws
from marketplace_sandbox.core.model.readings import EndedEndTime
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.protocol.call import Call
from marketplace_sandbox.core.protocol.fields import read_text, require
from marketplace_sandbox.core.protocol.peeking import peek_text

AGREEMENT_TYPE = "PurchaseAgreement"
CATALOG = "AWSMarketplace"
CURRENCY = "USD"
RESOURCE_TYPES = {
    Delivery.SAAS: "SaaSProduct",
    Delivery.AMI: "AmiProduct",
    Delivery.CONTAINER: "ContainerProduct",
    Delivery.AGENTCORE: "ContainerProduct",  # INF: an agent is delivered as a container
}


class Party(StrEnum):
    """What an account is to an agreement."""

    PROPOSER = "Proposer"
    ACCEPTOR = "Acceptor"
    MANUFACTURER = "Manufacturer"


BOTH_SIDES = frozenset({Party.PROPOSER, Party.ACCEPTOR})


@dataclass(frozen=True, slots=True)
class EndBehavior:
    """What happens at an agreement's end date; `offer_id` is that of the terms of a renewal."""

    type: str
    reason: str | None
    offer_id: str | None


def proposer_of(state: MarketplaceState, agreement: Agreement) -> str:
    """Name who proposed an agreement: the channel partner whose offer it is, or the seller."""
    return agreement.proposer_account_id or state.seller_account_id


def find_agreement(
    state: MarketplaceState, call: Call, *, shown_to: AbstractSet[Party] = BOTH_SIDES
) -> Agreement:
    """Find the agreement that a call asks for.

    Errors: ResourceNotFoundException if there is none; AccessDeniedException if the caller is no
    party to it that may see this (`describe.parties`), as the seller is not under a channel
    partner's offer.
    """
    agreement_id = require(read_text(call.document, "agreementId"), "agreementId")
    agreement = state.agreements.by_id.get(agreement_id)
    if agreement is None:
        raise ServiceError(
            ErrorCode.RESOURCE_NOT_FOUND,
            f"There is no agreement {agreement_id}.",
            members={"resourceId": agreement_id, "resourceType": "Agreement"},
        )
    accounts = {
        Party.PROPOSER: proposer_of(state, agreement),
        Party.ACCEPTOR: agreement.customer_aws_account_id,
        Party.MANUFACTURER: state.seller_account_id,
    }
    if call.caller.account_id not in {accounts[party] for party in shown_to}:
        parties = " or ".join(sorted(party.lower() for party in shown_to))
        raise ServiceError(
            ErrorCode.ACCESS_DENIED,
            f"Account {call.caller.account_id} is not {parties} of agreement {agreement_id}.",
            members={"reason": "INVALID_ACCESS"},
        )
    return agreement


def write_outline(state: MarketplaceState, agreement: Agreement) -> dict[str, object]:
    """Write what SearchAgreements and DescribeAgreement both say of an agreement."""
    product = state.products[agreement.product_code]
    accepted_at = agreement.accepted_at or agreement.starts_at
    return {
        "agreementId": agreement.agreement_id,
        "acceptanceTime": to_epoch_seconds(accepted_at),
        "startTime": to_epoch_seconds(agreement.starts_at),
        "agreementType": AGREEMENT_TYPE,
        "acceptor": {"accountId": agreement.customer_aws_account_id},
        "proposer": {"accountId": proposer_of(state, agreement)},
        "proposalSummary": {
            "resources": [write_resource(product)],
            "offerId": agreement.offer_id,
        },
        "status": str(agreement.status),
        "initialAgreementId": agreement.first_in_chain,
    } | write_time("endTime", end_time_of(state, agreement))


def end_time_of(state: MarketplaceState, agreement: Agreement) -> datetime | None:
    """Return the end date; of an agreement that ended early, as `ended_end_time` is read."""
    is_over = agreement.status is not AgreementStatus.ACTIVE
    if is_over and state.readings.ended_end_time is EndedEndTime.ACTUAL:
        return agreement.ends_at
    return agreement.expires_at


def write_resource(product: Product) -> dict[str, object]:
    """Write what an agreement is about: the product, by its id."""
    return {"id": product.product_id, "type": RESOURCE_TYPES[product.delivery]}


def write_time(name: str, at: datetime | None) -> dict[str, object]:
    """Write a time that may be absent, which AWS calls null."""
    return {} if at is None else {name: to_epoch_seconds(at)}


def trial_ends_at(agreement: Agreement) -> datetime | None:
    """Say when a free trial ends; None if it is none."""
    return agreement.expires_at if agreement.is_free_trial else None


def license_arns_of(agreement: Agreement) -> tuple[str, ...]:
    """List the licenses of an agreement: one, or none if it never began."""
    return () if agreement.never_began else (license_arn_at_aws(agreement),)


def contact_of(agreement: Agreement) -> Contact | None:
    """Return whom the buyer named; None if nobody, or if the agreement is over."""
    return agreement.contact if agreement.status is AgreementStatus.ACTIVE else None


def end_behavior_of(state: MarketplaceState, agreement: Agreement) -> EndBehavior | None:
    """Say what happens at the end date (`describe.end-behavior`).

    None for what has no end date, or is over. An offer that renews has a renewal term, and an
    agreement on it that does not renew has opted out: by the acceptor, unless by the proposer.
    """
    if agreement.status is not AgreementStatus.ACTIVE or agreement.expires_at is None:
        return None
    if agreement.is_renewing:
        return EndBehavior("RENEW", None, agreement.offer_id)
    offer = state.offers.get(agreement.offer_id or "")
    if offer is not None and offer.is_renewing:
        party = agreement.renewal_disabled_by or "ACCEPTOR"
        return EndBehavior("EXPIRE", f"{party}_RENEW_OPTED_OUT", agreement.offer_id)
    return EndBehavior("EXPIRE", "NO_RENEWAL_TERM", None)


def refuse(reason: str, detail: str) -> ServiceError:
    """Say that a request is invalid, by the model's name for the reason."""
    return ServiceError(ErrorCode.VALIDATION, detail, members={"reason": reason})


def subject_of(agreement: Agreement | None) -> Subject:
    """Say for faults and the log what an agreement is about."""
    if agreement is None:
        return Subject()
    return Subject(
        product_code=agreement.product_code,
        license_arn=license_arn_at_aws(agreement),
        customer_aws_account_id=agreement.customer_aws_account_id,
        customer_identifier=agreement.customer_identifier,
    )


def subjects_of_call(state: MarketplaceState, call: Call) -> Iterator[Subject]:
    """Say for faults and the log what a call is about that names one agreement."""
    agreement_id = peek_text(call.document, "agreementId")
    yield subject_of(state.agreements.by_id.get(agreement_id or ""))
