"""Products and offers."""

from marketplace_sandbox.core.agreements.offer_rules import extend_offer
from marketplace_sandbox.core.agreements.opt_in import opt_in
from marketplace_sandbox.core.agreements.product_amendment import ProductAmendment, amend_product
from marketplace_sandbox.core.model.catalogue import (
    MeteringMode,
    NewProduct,
    Product,
    list_product,
)
from marketplace_sandbox.core.model.offers import NewOffer, Offer, standing_offer
from marketplace_sandbox.desks.steps import BeginStep, Step, find


class CatalogueDesk:
    """What the seller lists and offers."""

    def __init__(self, step: BeginStep) -> None:
        self._step = step

    def products(self) -> tuple[Product, ...]:
        """List what is on sale, oldest first."""
        with self._step() as step:
            return tuple(step.state.products.values())

    def product(self, product_code: str) -> Product:
        """Find one product."""
        with self._step() as step:
            return step.product(product_code)

    def list_product(self, new: NewProduct) -> Product:
        """Put a product on sale, with its standing public offer."""
        with self._step() as step:
            product = list_product(step.state.products, new, entropy=step.entropy())
            step.state.products[product.product_code] = product
            offer_of(step, product, None)
            return product

    def amend_product(self, product_code: str, amendment: ProductAmendment) -> Product:
        """Add dimensions, change prices, or take unused dimensions away; see ProductAmendment."""
        with self._step() as step:
            return amend_product(step.state, step.product(product_code), amendment)

    def opt_in(self, product_code: str, mode: MeteringMode) -> Product:
        """Move an older listing on to Concurrent Agreements; its buyers get licenses."""
        with self._step() as step:
            return opt_in(step.state, step.product(product_code), mode)

    def offers(self) -> tuple[Offer, ...]:
        """List all offers, oldest first; each product's standing one is among them."""
        with self._step() as step:
            return tuple(step.state.offers.values())

    def offer(self, offer_id: str) -> Offer:
        """Find one offer."""
        with self._step() as step:
            return find_offer(step, offer_id)

    def make_offer(self, new: NewOffer) -> Offer:
        """Extend an offer for a product."""
        with self._step() as step:
            offer = extend_offer(
                step.product(new.product_code),
                new,
                step.state.offers.values(),
                seller_account_id=step.state.seller_account_id,
                now=step.now,
                entropy=step.entropy(),
            )
            step.state.offers[offer.offer_id] = offer
            return offer


def find_offer(step: Step, offer_id: str) -> Offer:
    """Find an offer; raise ControlError if there is none."""
    return find(step.state.offers, "offer", offer_id)


def offer_of(step: Step, product: Product, offer_id: str | None) -> Offer:
    """Find an offer; without an id it is the product's standing one."""
    if offer_id is not None:
        return find_offer(step, offer_id)
    standing = standing_offer(product)
    return step.state.offers.setdefault(standing.offer_id, standing)
