"""Requests in which a seller asks a buyer to cancel an agreement, in AWS's words (MODEL)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CancellationReason(StrEnum):
    """Why a seller asks."""

    INCORRECT_TERMS_ACCEPTED = "INCORRECT_TERMS_ACCEPTED"
    REPLACING_AGREEMENT = "REPLACING_AGREEMENT"
    TEST_AGREEMENT = "TEST_AGREEMENT"
    ALTERNATIVE_PROCUREMENT_CHANNEL = "ALTERNATIVE_PROCUREMENT_CHANNEL"
    PRODUCT_DISCONTINUED = "PRODUCT_DISCONTINUED"
    UNINTENDED_RENEWAL = "UNINTENDED_RENEWAL"
    BUYER_DISSATISFACTION = "BUYER_DISSATISFACTION"
    OTHER = "OTHER"


class CancellationStatus(StrEnum):
    """How a request stands."""

    PENDING_APPROVAL = "PENDING_APPROVAL"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
    VALIDATION_FAILED = "VALIDATION_FAILED"


@dataclass(frozen=True, slots=True)
class CancellationRequest:
    """One request.

    Attributes:
        message: what the seller says to the buyer.
        status_message: why it was rejected or withdrawn, or what is wrong with it.

    """

    request_id: str
    agreement_id: str
    product_code: str
    reason: CancellationReason
    message: str
    created_at: datetime
    updated_at: datetime
    status: CancellationStatus = CancellationStatus.PENDING_APPROVAL
    status_message: str = ""
