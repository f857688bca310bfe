"""Products and offers: what the seller lists, and how a buyer accepts."""

from collections.abc import Iterable
from decimal import Decimal

from loopback_console.forms import Form, read_rows
from loopback_console.visits import Visit
from starlette.responses import Response
from starlette.routing import Route

from marketplace_sandbox.console import wording
from marketplace_sandbox.console.drawing import show_grant
from marketplace_sandbox.console.instants import read_instant
from marketplace_sandbox.console.layout import Pages
from marketplace_sandbox.console.suggestions import suggest_buyers
from marketplace_sandbox.console.terms import (
    DIMENSIONS_IN_A_FORM_MAX,
    choose_grants,
    list_granted,
    read_terms,
)
from marketplace_sandbox.console.views.shown import latest
from marketplace_sandbox.console.views.trade import (
    PRODUCTS_SHOWN_MAX,
    find_product,
    view_product,
)
from marketplace_sandbox.console.visits import acting, reading
from marketplace_sandbox.core.agreements.product_amendment import NewTerms, ProductAmendment
from marketplace_sandbox.core.model.agreements import NewAgreement
from marketplace_sandbox.core.model.catalogue import (
    Delivery,
    Dimension,
    DimensionKind,
    MeteringMode,
    NewProduct,
    PricingModel,
    Product,
    ValueType,
)
from marketplace_sandbox.core.model.offers import (
    NewOffer,
    Offer,
    OfferKind,
    standing_offer,
)
from marketplace_sandbox.desks.steps import not_found

ROWS_SHOWN = 4
ROWS_MAX = 30
WORDS = {
    "modes": wording.MODES,
    "deliveries": wording.DELIVERIES,
    "pricings": wording.PRICINGS,
    "kinds": wording.KINDS,
    "value_types": wording.VALUE_TYPES,
    "granted_values": wording.VALUES,
    "offer_kinds": wording.OFFER_KINDS,
}


class CataloguePages(Pages):
    """The pages under `/products`."""

    def routes(self) -> list[Route]:
        """List the routes."""
        one = "/products/{product_id}"
        return [
            reading("/products", self.show_products),
            reading("/products/new", self.show_new_product),
            acting("/products/new", self.list_product, back_to=self.show_new_product),
            reading(one, self.show_product),
            acting(f"{one}/dimensions", self.set_dimension, back_to=self.show_product),
            reading(f"{one}/offers/new", self.show_new_offer),
            acting(f"{one}/offers/new", self.make_offer, back_to=self.show_new_offer),
            reading(f"{one}/subscribe", self.show_subscribe),
            acting(f"{one}/subscribe", self.subscribe, back_to=self.show_subscribe),
        ]

    def show_products(self, visit: Visit) -> Response:
        """List what is on sale, newest first."""
        products = latest(self._desks.catalogue.products(), PRODUCTS_SHOWN_MAX)
        return self._page("products.html", visit, products=products)

    def show_new_product(self, visit: Visit) -> Response:
        """Show the form for a new product."""
        wanted = visit.form.text("rows") or visit.query.text("rows") or ""
        is_number = wanted.isascii() and wanted.isdecimal() and len(wanted) < len(str(ROWS_MAX)) + 1
        rows = min(max(int(wanted), 1), ROWS_MAX) if is_number else ROWS_SHOWN
        return self._page("new_product.html", visit, rows=rows, rows_max=ROWS_MAX)

    def list_product(self, visit: Visit) -> str:
        """Put a product on sale and go to it."""
        product = self._desks.catalogue.list_product(read_new_product(visit.form))
        return f"/products/{product.product_id}?done=listed"

    def show_product(self, visit: Visit) -> Response:
        """Show a product with its offers, its buyers and what is billed."""
        product = self._product(visit)
        view = view_product(
            product,
            offers=self._desks.catalogue.offers(),
            agreements=self._desks.agreements.agreements(),
            bill=self._desks.bill.bill(),
            now=self._marketplace.now(),
        )
        return self._page("product.html", visit, view=view)

    def set_dimension(self, visit: Visit) -> str:
        """Add a metered dimension, or let one cost another price."""
        product, form = self._product(visit), visit.form
        terms = NewTerms(form.required("dimension"), unit_price=form.decimal("unit_price"))
        self._desks.catalogue.amend_product(product.product_code, ProductAmendment((terms,)))
        return f"/products/{product.product_id}?done=amended-product"

    def show_new_offer(self, visit: Visit) -> Response:
        """Show the form for a new offer."""
        product = self._product(visit)
        return self._page(
            "new_offer.html", visit, product=product, dimensions_max=DIMENSIONS_IN_A_FORM_MAX
        )

    def make_offer(self, visit: Visit) -> str:
        """Make an offer and go back to its product."""
        product = self._product(visit)
        self._desks.catalogue.make_offer(read_new_offer(visit.form, product))
        return f"/products/{product.product_id}?done=offered"

    def show_subscribe(self, visit: Visit) -> Response:
        """Show a buyer what can be accepted."""
        product = self._product(visit)
        return self._page(
            "subscribe.html",
            visit,
            product=product,
            offers=list_choices(self._desks.catalogue.offers(), product),
            chosen=visit.query.entered("offer_id"),
            buyers=suggest_buyers(
                self._desks.agreements.agreements(), self._desks.catalogue.products()
            ),
            granted=list_granted(product),
            now=f"{self._marketplace.now():%Y-%m-%dT%H:%M}",
        )

    def subscribe(self, visit: Visit) -> str:
        """Accept an offer and go on to setting up the account, as a buyer does on AWS."""
        product, form = self._product(visit), visit.form
        chosen = form.text("offer_id")
        offer = standing_offer(product) if chosen is None else self._desks.catalogue.offer(chosen)
        agreement = self._desks.agreements.subscribe(
            NewAgreement(
                product.product_code,
                form.text("customer_aws_account_id"),
                read_instant(form, "starts_at"),
                offer_id=chosen,
                payment_fails=form.text("payment_fails") is not None,
                grants=choose_grants(offer, read_terms(form, product).grants),
                buyer_name=form.text("buyer_name"),
            )
        )
        if product.delivery is not Delivery.SAAS:
            return f"/agreements/{agreement.agreement_id}?done=subscribed"
        return f"/agreements/{agreement.agreement_id}/setup"

    def _product(self, visit: Visit) -> Product:
        product_id = visit.path["product_id"]
        product = find_product(self._desks.catalogue.products(), product_id)
        if product is None:
            raise not_found("product", product_id)
        return product

    def _page(self, template: str, visit: Visit, **values: object) -> Response:
        return self._layout.page(
            template, visit, section="products", posts_to="'self'", words=WORDS, **values
        )


def read_new_product(form: Form) -> NewProduct:
    """Read the form for a new product; raise ControlError where it cannot be read."""

    def read_row(prefix: str) -> Dimension | None:
        name = form.text(f"{prefix}name")
        if name is None:
            return None
        return Dimension(
            name,
            form.choice(f"{prefix}kind", DimensionKind),
            form.decimal(f"{prefix}unit_price") or Decimal(0),
            form.choice(f"{prefix}value_type", ValueType),
        )

    return NewProduct(
        title=form.required("title"),
        mode=form.choice("mode", MeteringMode),
        dimensions=read_rows(form, "dimension", read_row),
        code=form.text("code"),
        delivery=form.choice("delivery", Delivery),
        pricing=form.choice("pricing", PricingModel),
        regions=form.listed("regions"),
        registration_url=form.text("registration_url"),
    )


def read_new_offer(form: Form, product: Product) -> NewOffer:
    """Read the form for a new offer of a product; raise ControlError where it cannot be read."""
    terms = read_terms(form, product)
    return NewOffer(
        product.product_code,
        kind=form.choice("kind", OfferKind),
        buyer_account_ids=form.listed("buyer_account_ids"),
        duration_days=form.integer("duration_days"),
        trial_days=form.integer("trial_days"),
        grants=terms.grants,
        prices=terms.prices,
        proposer_account_id=form.text("proposer_account_id"),
        is_renewing=form.text("is_renewing") is not None,
        expires_at=read_instant(form, "expires_at"),
    )


def list_choices(offers: Iterable[Offer], product: Product) -> list[tuple[str, str]]:
    """Name a product's offers for a list to choose from; the first is the standing public one."""
    own = [one for one in offers if one.product_code == product.product_code]
    return [(one.offer_id, say_offer(one)) for one in own]


def say_offer(offer: Offer) -> str:
    """Name an offer in a few words."""
    parts = ["public" if offer.kind is OfferKind.PUBLIC else "private"]
    if offer.trial_days is not None:
        parts.append(f"free trial of {offer.trial_days} days")
    if offer.duration_days is not None:
        parts.append(f"{offer.duration_days} days")
    parts += map(show_grant, offer.grants)
    parts.append(offer.offer_id)
    return ", ".join(parts)
