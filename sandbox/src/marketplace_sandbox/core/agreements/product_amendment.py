"""Amending a product on sale: dimensions that are new, that cost more or less, that go.

What is paid for already keeps its price: a line of the bill remembers it, and so does an agreement
for what it grants, also for what is metered beyond that. What else is metered afterwards costs the
new price, also under older agreements without a price of their own. The hours of running containers
are priced when their month closes. How AWS brings a new price to buyers is not modelled.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from marketplace_sandbox.core.bill.invoicing import hourly_dimension_of
from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.catalogue import (
    Dimension,
    DimensionKind,
    Product,
    ValueType,
    check_dimensions,
)
from marketplace_sandbox.core.model.errors import conflict, invalid
from marketplace_sandbox.core.model.offers import Grant, Price, standing_offer
from marketplace_sandbox.core.model.state import MarketplaceState


@dataclass(frozen=True, slots=True)
class NewTerms:
    """A dimension that is added, or gets another price; what is None is as before, or as usual."""

    name: str
    kind: DimensionKind | None = None
    unit_price: Decimal | None = None
    value_type: ValueType | None = None


@dataclass(frozen=True, slots=True)
class ProductAmendment:
    """The command to change a product's dimensions; those that it does not name stay."""

    dimensions: tuple[NewTerms, ...] = ()
    removed_dimensions: tuple[str, ...] = ()


def amend_product(
    state: MarketplaceState, product: Product, amendment: ProductAmendment
) -> Product:
    """Change a product's dimensions; raise ControlError, and change nothing, if that cannot be.

    A dimension keeps its kind and type, and what is used, granted or priced anywhere is not
    removed. The product's standing offer grants what a new product's would.
    """
    _check_names(amendment)
    for name in amendment.removed_dimensions:
        _check_unused(state, product, name)
    kept = [one for one in product.dimensions if one.name not in amendment.removed_dimensions]
    dimensions = {one.name: one for one in kept}
    for terms in amendment.dimensions:
        dimensions[terms.name] = _amend(dimensions.get(terms.name), terms)
    amended = replace(product, dimensions=tuple(dimensions.values()))
    check_dimensions(amended.dimensions, product.pricing)
    for before in kept:
        if dimensions[before.name].unit_price != before.unit_price:
            _keep_price(state, product, before)
    state.products[product.product_code] = amended
    standing = standing_offer(amended)
    state.offers[standing.offer_id] = standing
    return amended


def _check_names(amendment: ProductAmendment) -> None:
    names = [terms.name for terms in amendment.dimensions] + list(amendment.removed_dimensions)
    if not names:
        raise invalid("an amendment names dimensions or removed_dimensions")
    if len(set(names)) != len(names):
        raise invalid("an amendment names each dimension once")


def _amend(before: Dimension | None, terms: NewTerms) -> Dimension:
    known = Dimension(terms.name) if before is None else before
    after = Dimension(
        terms.name,
        kind=known.kind if terms.kind is None else terms.kind,
        unit_price=known.unit_price if terms.unit_price is None else terms.unit_price,
        value_type=known.value_type if terms.value_type is None else terms.value_type,
    )
    if before is not None and replace(after, unit_price=before.unit_price) != before:
        raise conflict(
            "DimensionExists",
            f"dimension {terms.name!a} stays {before.kind} of type {before.value_type}: only its "
            "unit_price can change",
        )
    return after


def _check_unused(state: MarketplaceState, product: Product, name: str) -> None:
    """Raise ControlError if the product has no such dimension, or anything depends on it."""
    if product.dimension(name) is None:
        raise invalid(f"the product has no dimension {name!a}")
    code = product.product_code
    records = sum(key.product_code == code and key.dimension == name for key in state.bill)
    agreements = [one for one in state.agreements.by_id.values() if one.product_code == code]
    standing_id = standing_offer(product).offer_id
    offers = [
        one
        for one in state.offers.values()
        if one.product_code == code and one.offer_id != standing_id
    ]
    runs_by_it = hourly_dimension_of(product) == name and any(
        state.agreements.by_id[one.agreement_id].product_code == code
        for one in state.registrations.values()
    )
    if records:
        reason = f"{records} records on the bill are of it"
    elif any(_names(name, one.grants, one.prices) for one in agreements):
        reason = "an agreement grants or prices it"
    elif any(_names(name, one.grants, one.prices) for one in offers):
        reason = "an offer grants or prices it"
    elif runs_by_it:
        reason = "the hours of running containers are priced by it"
    else:
        return
    raise conflict("DimensionInUse", f"dimension {name!a} stays: {reason}")


def _names(name: str, grants: Iterable[Grant], prices: Iterable[Price]) -> bool:
    return name in {one.dimension for one in grants} | {one.dimension for one in prices}


def _keep_price(state: MarketplaceState, product: Product, before: Dimension) -> None:
    """Let lines of the bill, and agreements that grant it, remember a dimension's price so far.

    Costs as much as there are lines on the bill.
    """
    price = Price(before.name, before.unit_price)
    priced: dict[int, Agreement] = {}  # by identity: many lines hold one agreement
    for key, line in state.bill.items():
        agreement = line.agreement
        if key.product_code != product.product_code or key.dimension != before.name:
            continue
        if not _names(before.name, (), agreement.prices):
            kept = priced.setdefault(id(agreement), _with_price(agreement, price))
            state.bill[key] = replace(line, agreement=kept)
    for agreement in list(state.agreements.by_id.values()):
        is_of_product = agreement.product_code == product.product_code
        has_own_price = _names(before.name, (), agreement.prices)
        if is_of_product and not has_own_price and _names(before.name, agreement.grants, ()):
            state.agreements.put(_with_price(agreement, price))


def _with_price(agreement: Agreement, price: Price) -> Agreement:
    return replace(agreement, prices=(*agreement.prices, price))
