"""Offers: the terms on which a buyer may accept a product."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

type EntitledValue = int | float | bool | str


class OfferKind(StrEnum):
    """Who may accept."""

    PUBLIC = "public"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class Grant:
    """So much of an entitled dimension; the value's type is the dimension's."""

    dimension: str
    value: EntitledValue


@dataclass(frozen=True, slots=True)
class Price:
    """An offer's own price of a dimension, in US dollars per unit."""

    dimension: str
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class NewOffer:
    """The command to extend an offer.

    Attributes:
        buyer_account_ids: who may accept a private offer.
        duration_days: how long its agreements last; None is until they are cancelled.
        trial_days: makes it a free trial of so many days (7 to 90, section 7).
        proposer_account_id: a channel partner; None is the seller (section 5.2).
        is_renewing: whether its agreements renew by themselves.
        expires_at: until when it can be accepted.

    """

    product_code: str
    kind: OfferKind = OfferKind.PUBLIC
    buyer_account_ids: tuple[str, ...] = ()
    duration_days: int | None = None
    trial_days: int | None = None
    grants: tuple[Grant, ...] = ()
    prices: tuple[Price, ...] = ()
    proposer_account_id: str | None = None
    is_renewing: bool = False
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer as it stands; see NewOffer."""

    offer_id: str
    product_code: str
    kind: OfferKind
    buyer_account_ids: tuple[str, ...]
    duration_days: int | None
    trial_days: int | None
    grants: tuple[Grant, ...]
    prices: tuple[Price, ...]
    proposer_account_id: str | None
    is_renewing: bool
    expires_at: datetime | None
