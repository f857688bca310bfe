"""Offers: the terms on which a buyer may accept a product."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from marketplace_sandbox.core.model.catalogue import PricingModel, Product, ValueType

ACCOUNT_ID = re.compile(r"[0-9]{12}", re.ASCII)
STANDING_CONTRACT_DAYS = 365  # what a contract lasts on a product's standing public offer
CONTRACTS = frozenset({PricingModel.CONTRACT, PricingModel.CONTRACT_WITH_CONSUMPTION})
_ID_LENGTH = 13  # of AWS's own offer ids, after `offer-`

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


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferTerms:
    """Who may accept an offer, until when, and what they get.

    Attributes:
        buyer_account_ids: who may accept a private offer.
        duration_days: how long its agreements last; None is until they are cancelled.
        trial_days: makes it a free trial of so many days (7 to 90, `trial.once`).
        proposer_account_id: a channel partner; None is the seller.
        is_renewing: whether its agreements renew by themselves.
        expires_at: until when it can be accepted.

    """

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
class NewOffer(OfferTerms):
    """The command to extend an offer."""

    product_code: str


@dataclass(frozen=True, slots=True)
class Offer(OfferTerms):
    """An offer as it stands."""

    offer_id: str
    product_code: str

    @property
    def days(self) -> int | None:
        """How long its agreements last, free trial or not."""
        return self.trial_days or self.duration_days


def standing_offer(product: Product) -> Offer:
    """Return the public offer that every product has from the day on which it is listed.

    It runs until it is cancelled. A contract's runs for a year and grants one unit of each entitled
    dimension, unless the buyer chooses otherwise.
    """
    is_contract = product.pricing in CONTRACTS
    return Offer(
        offer_id_of(b"standing" + product.product_id.encode()),
        product.product_code,
        duration_days=STANDING_CONTRACT_DAYS if is_contract else None,
        grants=tuple(
            Grant(dimension.name, _UNITS[dimension.value_type])
            for dimension in product.dimensions
            if is_contract and dimension.is_entitled
        ),
    )


_UNITS: dict[ValueType, EntitledValue] = {
    ValueType.INTEGER: 1,
    ValueType.DOUBLE: 1.0,
    ValueType.BOOLEAN: True,
    ValueType.STRING: "included",
}


def offer_id_of(entropy: bytes) -> str:
    """Make an id like AWS's out of entropy."""
    return f"offer-{hashlib.sha256(b'offer' + entropy).hexdigest()[:_ID_LENGTH]}"
