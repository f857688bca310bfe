"""Products and offers, as JSON."""

from typing import Literal, TypedDict

from marketplace_sandbox.control.documents import declare
from marketplace_sandbox.core.model.catalogue import Dimension, Product
from marketplace_sandbox.core.model.offers import Grant, Offer, Price


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


declare(GrantDocument, Grant)
declare(PriceDocument, Price)
declare(OfferDocument, Offer)
declare(DimensionDocument, Dimension)
declare(
    ProductDocument,
    Product,
    dimensions=lambda product: product.dimension_names,
    dimension_terms=lambda product: product.dimensions,
)
