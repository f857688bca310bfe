"""Products and offers, as JSON."""

from typing import Literal, TypedDict

from marketplace_sandbox.core.model.catalogue import Dimension, Product
from marketplace_sandbox.core.model.instants import format_iso
from marketplace_sandbox.core.model.offers import EntitledValue, Grant, Offer, Price


class DimensionDocument(TypedDict):
    """One thing that is sold; the price in US dollars per unit, as a decimal string."""

    name: str
    kind: str
    unit_price: str
    value_type: str


class ProductDocument(TypedDict):
    """A product on sale; `dimensions` are the names of `dimension_terms`."""

    product_code: str
    product_id: str
    title: str
    mode: str
    dimensions: list[str]
    dimension_terms: list[DimensionDocument]
    delivery: str
    pricing: str
    regions: list[str]
    registration_url: str | None


class ProductListDocument(TypedDict):
    """All products, oldest first."""

    products: list[ProductDocument]


class GrantDocument(TypedDict):
    """So much of an entitled dimension."""

    dimension: str
    value: int | float | bool | str


class PriceDocument(TypedDict):
    """A price of one dimension in US dollars per unit, as a decimal string."""

    dimension: str
    unit_price: str


class OfferDocument(TypedDict):
    """The terms on which a buyer may accept a product."""

    offer_id: str
    product_code: str
    kind: Literal["public", "private"]
    buyer_account_ids: list[str]
    duration_days: int | None
    trial_days: int | None
    grants: list[GrantDocument]
    prices: list[PriceDocument]
    proposer_account_id: str | None
    is_renewing: bool
    expires_at: str | None


class OfferListDocument(TypedDict):
    """All offers, oldest first."""

    offers: list[OfferDocument]


def product_document(product: Product) -> ProductDocument:
    """Write a product."""
    return {
        "product_code": product.product_code,
        "product_id": product.product_id,
        "title": product.title,
        "mode": str(product.mode),
        "dimensions": list(product.dimension_names),
        "dimension_terms": [_dimension_document(dimension) for dimension in product.dimensions],
        "delivery": str(product.delivery),
        "pricing": str(product.pricing),
        "regions": list(product.regions),
        "registration_url": product.registration_url,
    }


def offer_document(offer: Offer) -> OfferDocument:
    """Write an offer."""
    return {
        "offer_id": offer.offer_id,
        "product_code": offer.product_code,
        "kind": offer.kind.value,
        "buyer_account_ids": list(offer.buyer_account_ids),
        "duration_days": offer.duration_days,
        "trial_days": offer.trial_days,
        "grants": [grant_document(grant) for grant in offer.grants],
        "prices": [price_document(price) for price in offer.prices],
        "proposer_account_id": offer.proposer_account_id,
        "is_renewing": offer.is_renewing,
        "expires_at": None if offer.expires_at is None else format_iso(offer.expires_at),
    }


def grant_document(grant: Grant) -> GrantDocument:
    """Write what an agreement grants of a dimension."""
    value: EntitledValue = grant.value
    return {"dimension": grant.dimension, "value": value}


def price_document(price: Price) -> PriceDocument:
    """Write a dimension's price."""
    return {"dimension": price.dimension, "unit_price": format(price.unit_price, "f")}


def _dimension_document(dimension: Dimension) -> DimensionDocument:
    return {
        "name": dimension.name,
        "kind": str(dimension.kind),
        "unit_price": format(dimension.unit_price, "f"),
        "value_type": str(dimension.value_type),
    }
