"""Which offers can be made, and who may accept them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from marketplace_sandbox.core.model.catalogue import (
    TEXT_LENGTH_MAX,
    UNIT_PRICE_MAX,
    Delivery,
    Product,
    ValueType,
)
from marketplace_sandbox.core.model.errors import conflict, invalid
from marketplace_sandbox.core.model.instants import format_iso
from marketplace_sandbox.core.model.offers import (
    ACCOUNT_ID,
    EntitledValue,
    Grant,
    NewOffer,
    Offer,
    OfferKind,
    OfferTerms,
    Price,
    offer_id_of,
)
from marketplace_sandbox.core.model.terms import terms_of

OFFERS_MAX = 10_000  # a limit of the sandbox
BUYERS_PER_OFFER_MAX = 100  # a limit of the sandbox
DURATION_DAYS_MAX = 3_660  # a limit of the sandbox: ten years
# A limit of the sandbox: a jump of the clock renews an agreement some thirteen times a year.
RENEWING_DAYS_MIN = 28
# DOC saas-free-trials: a free trial lasts 7 to 90 days (`trial.once`).
TRIAL_DAYS_MIN, TRIAL_DAYS_MAX = 7, 90
INTEGER_VALUE_MAX = 2**31 - 1
_VALUES_IN_WORDS = {
    ValueType.INTEGER: f"a whole number from 0 to {INTEGER_VALUE_MAX}",
    ValueType.DOUBLE: f"a number from 0 to {INTEGER_VALUE_MAX}",
    ValueType.BOOLEAN: "true or false",
    ValueType.STRING: f"a text of 1 to {TEXT_LENGTH_MAX} printable characters",
}


def extend_offer(
    product: Product,
    new: NewOffer,
    offers: Iterable[Offer],
    *,
    seller_account_id: str,
    now: datetime,
    entropy: bytes,
) -> Offer:
    """Decide the offer that the command makes; raise ControlError if the product cannot have it."""
    known = tuple(offers)
    if len(known) >= OFFERS_MAX:
        raise invalid(f"the sandbox keeps at most {OFFERS_MAX} offers")
    partner = new.proposer_account_id
    if partner == seller_account_id:
        partner = None
    _check_parties(new, partner)
    _check_duration(new)
    if new.expires_at is not None and new.expires_at.tzinfo is None:
        raise invalid("expires_at must name its offset")
    expires_at = None if new.expires_at is None else new.expires_at.astimezone(UTC)
    if expires_at is not None and expires_at <= now:
        raise invalid("expires_at lies in the past")
    if new.trial_days is not None:
        _check_trial(product, new, known, now=now)
    checked = replace(
        new,
        grants=check_grants(product, new.grants),
        prices=check_prices(product, new.prices),
        proposer_account_id=partner,
        expires_at=expires_at,
    )
    return Offer(offer_id_of(entropy), product.product_code, **terms_of(checked, OfferTerms))


def check_grants(product: Product, grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """Return the grants, each once, of an entitled dimension and of its type."""
    checked = tuple(
        Grant(grant.dimension, _check_value(product, grant.dimension, grant.value))
        for grant in grants
    )
    if len({grant.dimension for grant in checked}) != len(checked):
        raise invalid("grants must name each dimension once")
    return checked


def check_prices(product: Product, prices: Iterable[Price]) -> tuple[Price, ...]:
    """Return the prices, each once, of a dimension that the product has."""
    checked = tuple(prices)
    for price in checked:
        if product.dimension(price.dimension) is None:
            raise invalid(f"the product has no dimension {price.dimension!a}")
        if not price.unit_price.is_finite() or not 0 <= price.unit_price <= UNIT_PRICE_MAX:
            raise invalid(f"unit_price must lie between 0 and {UNIT_PRICE_MAX}")
    if len({price.dimension for price in checked}) != len(checked):
        raise invalid("prices must name each dimension once")
    return checked


def check_acceptable(offer: Offer, *, product_code: str, account_id: str, now: datetime) -> None:
    """Raise ControlError unless this account may accept the offer for the product now."""
    if offer.product_code != product_code:
        raise invalid(f"offer {offer.offer_id} is of product {offer.product_code}")
    if offer.kind is OfferKind.PRIVATE and account_id not in offer.buyer_account_ids:
        raise conflict(
            "OfferNotForAccount",
            f"offer {offer.offer_id} is private and not for account {account_id}",
        )
    if offer.expires_at is not None and offer.expires_at <= now:
        raise conflict(
            "OfferExpired",
            f"offer {offer.offer_id} could be accepted until {format_iso(offer.expires_at)}",
        )


def _check_parties(new: NewOffer, partner: str | None) -> None:
    buyers = new.buyer_account_ids
    if new.kind is OfferKind.PUBLIC and buyers:
        raise invalid("buyer_account_ids are for private offers")
    if new.kind is OfferKind.PRIVATE and not 1 <= len(buyers) <= BUYERS_PER_OFFER_MAX:
        raise invalid(f"a private offer names 1 to {BUYERS_PER_OFFER_MAX} buyer_account_ids")
    if len(set(buyers)) != len(buyers) or not all(map(ACCOUNT_ID.fullmatch, buyers)):
        raise invalid("buyer_account_ids must be 12 digits each, and differ")
    if partner is None:
        return
    if ACCOUNT_ID.fullmatch(partner) is None:
        raise invalid("proposer_account_id must be 12 digits")
    if new.kind is not OfferKind.PRIVATE:
        # DOC saas-eventbridge-integration: a channel partner's offers are private.
        raise invalid("a channel partner extends private offers only")


def _check_duration(new: NewOffer) -> None:
    days, trial_days = new.duration_days, new.trial_days
    if days is not None and not 1 <= days <= DURATION_DAYS_MAX:
        raise invalid(f"duration_days must lie between 1 and {DURATION_DAYS_MAX}")
    if trial_days is not None and not TRIAL_DAYS_MIN <= trial_days <= TRIAL_DAYS_MAX:
        raise invalid(f"trial_days must lie between {TRIAL_DAYS_MIN} and {TRIAL_DAYS_MAX}")
    if days is not None and trial_days is not None:
        raise invalid("an offer has duration_days or trial_days, not both")
    if new.is_renewing and (days is None or days < RENEWING_DAYS_MIN):
        raise invalid(f"an offer that renews has duration_days of at least {RENEWING_DAYS_MIN}")


def _check_trial(
    product: Product, new: NewOffer, offers: tuple[Offer, ...], *, now: datetime
) -> None:
    """Check what DOC saas-free-trials says: for SaaS, without own prices, one public one."""
    if product.delivery is not Delivery.SAAS:
        raise invalid("only SaaS products have free trials")
    if new.prices:
        raise invalid("a free trial has no prices: AWS bills nothing for it")
    for offer in offers:
        if (
            new.kind is OfferKind.PUBLIC
            and offer.product_code == product.product_code
            and offer.trial_days is not None
            and offer.kind is OfferKind.PUBLIC
            and (offer.expires_at is None or offer.expires_at > now)
        ):
            raise conflict(
                "TrialExists", f"the product already has a public free trial, {offer.offer_id}"
            )


def _check_value(product: Product, name: str, value: EntitledValue) -> EntitledValue:
    dimension = product.dimension(name)
    if dimension is None or not dimension.is_entitled:
        raise invalid(f"the product has no entitled dimension {name!a}")
    kind = dimension.value_type
    match kind, value:
        case ValueType.BOOLEAN, bool():
            return value
        case ((ValueType.INTEGER | ValueType.DOUBLE), bool()):
            pass
        case ValueType.INTEGER, int() if 0 <= value <= INTEGER_VALUE_MAX:
            return value
        case ValueType.DOUBLE, (int() | float()) if 0 <= value <= INTEGER_VALUE_MAX:
            return float(value)
        case ValueType.STRING, str() if 1 <= len(value) <= TEXT_LENGTH_MAX and value.isprintable():
            return value
        case _:
            pass
    raise invalid(f"the value of {name!a} must be {_VALUES_IN_WORDS[kind]}")
