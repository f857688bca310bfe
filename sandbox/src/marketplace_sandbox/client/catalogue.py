"""Products and offers of a served sandbox."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict, Unpack

from marketplace_sandbox.client.connection import Connection, Duration, Instant
from marketplace_sandbox.control.catalogue_documents import (
    DimensionDocument,
    GrantDocument,
    OfferDocument,
    OfferListDocument,
    PriceDocument,
    ProductDocument,
    ProductListDocument,
)
from marketplace_sandbox.core.model.catalogue import Delivery, MeteringMode, PricingModel
from marketplace_sandbox.core.model.offers import OfferKind


class DimensionTerms(TypedDict):
    """One dimension; a name alone is a metered dimension that is free of charge.

    Its `kind` is `metered`, `entitled`, or `both`: granted, and metered beyond that.
    """

    name: str
    kind: NotRequired[str]
    unit_price: NotRequired[str]
    value_type: NotRequired[str]


class ProductTerms(TypedDict, total=False):
    """What else can be said of a product; what is absent or None gets a sensible value."""

    mode: MeteringMode | None
    product_code: str | None
    delivery: Delivery | None
    pricing: PricingModel | None
    regions: Sequence[str] | None
    registration_url: str | None


class OfferTerms(TypedDict, total=False):
    """What else can be said of an offer; what is absent or None is as in a public one."""

    kind: OfferKind | None
    buyer_account_ids: Sequence[str] | None
    duration_days: Duration | None
    trial_days: Duration | None
    grants: Sequence[GrantDocument] | None
    prices: Sequence[PriceDocument] | None
    proposer_account_id: str | None
    is_renewing: bool | None
    expires_at: Instant | None


class CatalogueMethods(Connection):
    """What is on sale, and on which terms."""

    def list_products(self) -> ProductListDocument:
        """List what is on sale, oldest first."""
        return self._ask("GET", "products")

    def list_product(
        self,
        title: str,
        dimensions: Sequence[str | DimensionTerms | DimensionDocument],
        **terms: Unpack[ProductTerms],
    ) -> ProductDocument:
        """Put a product on sale; a dimension given by its name is metered and free of charge."""
        return self._ask("POST", "products", title=title, dimensions=dimensions, **terms)

    def show_product(self, product_code: str) -> ProductDocument:
        """Show one product."""
        return self._ask("GET", f"products/{product_code}")

    def amend_product(
        self,
        product_code: str,
        *,
        dimensions: Sequence[str | DimensionTerms] | None = None,
        removed_dimensions: Sequence[str] | None = None,
    ) -> ProductDocument:
        """Add dimensions, change prices, or take unused dimensions away; the others stay.

        What is on the bill keeps its price, and an agreement the price of what it grants.
        """
        return self._ask(
            "POST",
            f"products/{product_code}/amend",
            dimensions=dimensions,
            removed_dimensions=removed_dimensions,
        )

    def opt_in(self, product_code: str, mode: MeteringMode | None = None) -> ProductDocument:
        """Move an older listing on, to `migrating` by default; its buyers get licenses."""
        return self._ask("POST", "opt-ins", product_code=product_code, mode=mode)

    def list_offers(self, *, product_code: str | None = None) -> OfferListDocument:
        """List all offers, oldest first; each product has a standing public one."""
        return self._ask("GET", "offers", product_code=product_code)

    def make_offer(self, product_code: str, **terms: Unpack[OfferTerms]) -> OfferDocument:
        """Extend an offer."""
        return self._ask("POST", "offers", product_code=product_code, **terms)

    def show_offer(self, offer_id: str) -> OfferDocument:
        """Show one offer."""
        return self._ask("GET", f"offers/{offer_id}")
