"""Products and offers over the control API."""

from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, ClassVar

from fastapi import APIRouter, Path
from pydantic import Discriminator, Field, Tag

from marketplace_sandbox.control.answers import Document, created, refusals
from marketplace_sandbox.control.catalogue_documents import (
    OfferDocument,
    OfferListDocument,
    ProductDocument,
    ProductListDocument,
)
from marketplace_sandbox.control.field_types import (
    LIST_LENGTH_MAX,
    TEXT_LENGTH_MAX,
    Amount,
    Command,
    Days,
    EntitledAmount,
    Instant,
    Text,
    Truth,
)
from marketplace_sandbox.control.marketplace_in_use import Marketplace, OfProduct
from marketplace_sandbox.core.agreements.product_amendment import NewTerms, ProductAmendment
from marketplace_sandbox.core.model.catalogue import (
    DIMENSIONS_MAX,
    Delivery,
    Dimension,
    DimensionKind,
    MeteringMode,
    NewProduct,
    PricingModel,
    ValueType,
    usual_mode,
)
from marketplace_sandbox.core.model.offers import Grant, NewOffer, OfferKind, Price

router = APIRouter(tags=["catalogue"])

ProductCode = Annotated[str, Path(description="The product's code.", max_length=TEXT_LENGTH_MAX)]
OfferId = Annotated[str, Path(description="The offer's id.", max_length=TEXT_LENGTH_MAX)]


class DimensionTerms(Command):
    """One dimension; a name alone is a metered dimension that is free of charge.

    What is `both` can be granted, and is metered beyond that, at one price: in products of pricing
    `contract_with_consumption`, where its `value_type` is `integer` or `double`.
    """

    name: Text
    kind: DimensionKind = DimensionKind.METERED
    unit_price: Amount = Decimal(0)
    value_type: ValueType = ValueType.INTEGER

    def to_core(self) -> Dimension:
        """Return what the core calls it."""
        return Dimension(**self.said())


# Told apart by what was sent, so that an error is about that and not about the other form. The tags
# begin with a capital: validation.py leaves such parts out of a field's name.
_NamedDimension = Annotated[
    Annotated[Text, Tag("Name")] | Annotated[DimensionTerms, Tag("Terms")],
    Discriminator(lambda sent: "Terms" if isinstance(sent, dict | DimensionTerms) else "Name"),
]


class ProductCommand(Command):
    """Put a product on sale; without a `product_code` (or `code`) it gets one like AWS's.

    Without a mode, SaaS is metered by license and everything else by product code (`legacy`). At
    least one dimension must be named, also by products that are priced by the hour.
    """

    OTHER_NAMES: ClassVar = {"code": "product_code"}
    title: Text
    mode: MeteringMode | None = None
    dimensions: Annotated[tuple[_NamedDimension, ...], Field(max_length=DIMENSIONS_MAX)]
    product_code: Text | None = None
    delivery: Delivery = Delivery.SAAS
    pricing: PricingModel = PricingModel.USAGE
    regions: Annotated[tuple[Text, ...], Field(max_length=LIST_LENGTH_MAX)] = ()
    registration_url: Text | None = None

    def to_core(self) -> NewProduct:
        """Return what the core calls it."""
        return NewProduct(
            title=self.title,
            mode=self.mode or usual_mode(self.delivery),
            dimensions=tuple(
                Dimension(one) if isinstance(one, str) else one.to_core() for one in self.dimensions
            ),
            code=self.product_code,
            delivery=self.delivery,
            pricing=self.pricing,
            regions=self.regions,
            registration_url=self.registration_url,
        )


class AmendedDimension(Command):
    """A dimension that is added, or gets another price; what is absent is as before, or as usual.

    Only `unit_price` of a dimension that there is can change.
    """

    name: Text
    kind: DimensionKind | None = None
    unit_price: Amount | None = None
    value_type: ValueType | None = None

    def to_core(self) -> NewTerms:
        """Return what the core calls it."""
        return NewTerms(**self.said())


_AmendedDimension = Annotated[
    Annotated[Text, Tag("Name")] | Annotated[AmendedDimension, Tag("Terms")],
    Discriminator(lambda sent: "Terms" if isinstance(sent, dict | AmendedDimension) else "Name"),
]


class ProductAmendCommand(Command):
    """Add dimensions or change their prices, and take unused ones away; the others stay.

    What is on the bill keeps its price, and an agreement the price of what it grants. What is
    metered from now on costs the new price, unless an offer or an agreement has one of its own.
    """

    dimensions: Annotated[tuple[_AmendedDimension, ...], Field(max_length=DIMENSIONS_MAX)] = ()
    removed_dimensions: Annotated[tuple[Text, ...], Field(max_length=DIMENSIONS_MAX)] = ()

    def to_core(self) -> ProductAmendment:
        """Return what the core calls it."""
        dimensions = tuple(
            NewTerms(one) if isinstance(one, str) else one.to_core() for one in self.dimensions
        )
        return ProductAmendment(dimensions, self.removed_dimensions)


class OptInCommand(Command):
    """Move a listing from `legacy` to `migrating`, which takes both identities, or to `license`."""

    product_code: Text
    mode: MeteringMode = MeteringMode.MIGRATING


class GrantTerms(Command):
    """So much of an entitled dimension; the value's type is the dimension's."""

    dimension: Text
    value: EntitledAmount

    def to_core(self) -> Grant:
        """Return what the core calls it."""
        return Grant(**self.said())


class PriceTerms(Command):
    """An own price of a dimension, in US dollars per unit."""

    dimension: Text
    unit_price: Amount

    def to_core(self) -> Price:
        """Return what the core calls it."""
        return Price(**self.said())


Grants = Annotated[tuple[GrantTerms, ...], Field(max_length=DIMENSIONS_MAX)]
Prices = Annotated[tuple[PriceTerms, ...], Field(max_length=DIMENSIONS_MAX)]


class OfferCommand(Command):
    """Extend an offer: public, private, a free trial, a contract, or by a channel partner."""

    product_code: Text
    kind: OfferKind = OfferKind.PUBLIC
    buyer_account_ids: Annotated[tuple[Text, ...], Field(max_length=LIST_LENGTH_MAX)] = ()
    duration_days: Days | None = None
    trial_days: Days | None = None
    grants: Grants = ()
    prices: Prices = ()
    proposer_account_id: Text | None = None
    is_renewing: Truth = False
    expires_at: Instant | None = None

    def to_core(self) -> NewOffer:
        """Return what the core calls it."""
        return NewOffer(**self.said())


@router.get("/products", response_model=ProductListDocument, responses=refusals())
def list_products(marketplace: Marketplace) -> Document:
    """List what is on sale, oldest first."""
    return Document({"products": marketplace.desks.catalogue.products()})


@router.post(
    "/products",
    response_model=ProductDocument,
    status_code=HTTPStatus.CREATED,
    responses=refusals(HTTPStatus.CONFLICT),
)
def list_product(command: ProductCommand, marketplace: Marketplace) -> Document:
    """Put a product on sale."""
    return created(marketplace.desks.catalogue.list_product(command.to_core()))


@router.get(
    "/products/{product_code:path}",
    response_model=ProductDocument,
    responses=refusals(HTTPStatus.NOT_FOUND),
)
def show_product(product_code: ProductCode, marketplace: Marketplace) -> Document:
    """Show one product."""
    return Document(marketplace.desks.catalogue.product(product_code))


@router.post(
    "/products/{product_code:path}/amend",
    response_model=ProductDocument,
    responses=refusals(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def amend_product(
    product_code: ProductCode, command: ProductAmendCommand, marketplace: Marketplace
) -> Document:
    """Add dimensions, change prices, or take unused dimensions away."""
    return Document(marketplace.desks.catalogue.amend_product(product_code, command.to_core()))


@router.post(
    "/opt-ins",
    response_model=ProductDocument,
    responses=refusals(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def opt_in(command: OptInCommand, marketplace: Marketplace) -> Document:
    """Move an older listing on to Concurrent Agreements; its buyers get licenses."""
    return Document(marketplace.desks.catalogue.opt_in(command.product_code, command.mode))


@router.get("/offers", response_model=OfferListDocument, responses=refusals(HTTPStatus.NOT_FOUND))
def list_offers(chosen: OfProduct, marketplace: Marketplace) -> Document:
    """List all offers, oldest first; each product has a standing public one."""
    return Document({"offers": chosen.among(marketplace.desks.catalogue.offers())})


@router.post(
    "/offers",
    response_model=OfferDocument,
    status_code=HTTPStatus.CREATED,
    responses=refusals(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def make_offer(command: OfferCommand, marketplace: Marketplace) -> Document:
    """Extend an offer."""
    return created(marketplace.desks.catalogue.make_offer(command.to_core()))


@router.get(
    "/offers/{offer_id}", response_model=OfferDocument, responses=refusals(HTTPStatus.NOT_FOUND)
)
def show_offer(offer_id: OfferId, marketplace: Marketplace) -> Document:
    """Show one offer."""
    return Document(marketplace.desks.catalogue.offer(offer_id))
