"""Refunds that a seller asks AWS for, in AWS's words (MODEL)."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class AdjustmentReason(StrEnum):
    """Why a seller refunds."""

    INCORRECT_TERMS_ACCEPTED = "INCORRECT_TERMS_ACCEPTED"
    INCORRECT_METERING = "INCORRECT_METERING"
    TEST_ENVIRONMENT_CHARGES = "TEST_ENVIRONMENT_CHARGES"
    ALTERNATIVE_PROCUREMENT_CHANNEL = "ALTERNATIVE_PROCUREMENT_CHANNEL"
    UNINTENDED_RENEWAL = "UNINTENDED_RENEWAL"
    BUYER_DISSATISFACTION = "BUYER_DISSATISFACTION"
    OTHER = "OTHER"


class AdjustmentOutcome(StrEnum):
    """What becomes of a refund."""

    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class BillingAdjustment:
    """One refund.

    Attributes:
        amount: US dollars to give back, greater than zero.
        invoice_id: the invoice that is adjusted; in the sandbox they are named by month.

    """

    adjustment_id: str
    agreement_id: str
    amount: Decimal
    reason: AdjustmentReason
    invoice_id: str
    outcome: AdjustmentOutcome
