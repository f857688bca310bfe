"""Products with their buyers, and one agreement with everything about it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from loopback_console.charts import draw_bars
from markupsafe import Markup

from marketplace_sandbox.console.views.shown import Shown, first, latest
from marketplace_sandbox.console.views.usage import (
    CHARTS_MAX,
    HOURS_CHARTED,
    UsageView,
    group_by_product,
    say_status,
    view_series,
    view_usage,
)
from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.bill import BilledRecord
from marketplace_sandbox.core.model.catalogue import Product
from marketplace_sandbox.core.model.offers import Offer

AGREEMENTS_SHOWN_MAX = 50
PRODUCTS_SHOWN_MAX = 50
OFFERS_SHOWN_MAX = 50
OVERVIEW_HOURS_MAX = 12


@dataclass(frozen=True, slots=True)
class TotalView:
    """One dimension in large figures, with its chart as long as there are few."""

    dimension: str
    total: Decimal
    chart: Markup | None


@dataclass(frozen=True, slots=True)
class ProductUsageView:
    """One product on the overview."""

    product: Product
    agreements_count: int
    totals: tuple[TotalView, ...]
    usage: UsageView


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """One agreement in a list: how it stands, and how much is billed."""

    agreement: Agreement
    status: str
    lines_count: int


@dataclass(frozen=True, slots=True)
class ProductView:
    """One product with its offers and buyers, newest buyers first."""

    product: Product
    offers: Shown[Offer]
    agreements: Shown[AgreementRow]
    usage: UsageView


def view_products_usage(
    products: Sequence[Product],
    agreements: Iterable[Agreement],
    bill: Iterable[BilledRecord],
    *,
    now: datetime,
) -> Shown[ProductUsageView]:
    """Arrange the whole bill by product and hour, newest products first."""
    lines_by_code = group_by_product(bill)
    buyers = Counter(one.product_code for one in agreements)
    charts_left = CHARTS_MAX
    views = []
    for product in latest(products, PRODUCTS_SHOWN_MAX):
        lines = lines_by_code.get(product.product_code, [])
        totals = []
        for series in view_series(product, lines, now=now):
            has_chart = charts_left > 0 and any(quantity for _, quantity in series.bars)
            charts_left -= has_chart
            title = f"{series.dimension} by hour, the last {HOURS_CHARTED} hours"
            chart = draw_bars(title, series.bars) if has_chart else None
            totals.append(TotalView(series.dimension, series.total, chart))
        views.append(
            ProductUsageView(
                product=product,
                agreements_count=buyers[product.product_code],
                totals=tuple(totals),
                usage=view_usage(product, lines, hours_max=OVERVIEW_HOURS_MAX),
            )
        )
    return Shown(tuple(views), len(products))


def view_product(
    product: Product,
    *,
    offers: Iterable[Offer],
    agreements: Iterable[Agreement],
    bill: Iterable[BilledRecord],
    now: datetime,
) -> ProductView:
    """Arrange everything about one product."""
    code = product.product_code
    own_offers = [one for one in offers if one.product_code == code]
    own_agreements = [one for one in agreements if one.product_code == code]
    lines = [line for line in bill if line.agreement.product_code == code]
    billed = Counter(line.agreement.agreement_id for line in lines)
    return ProductView(
        product=product,
        offers=first(own_offers, OFFERS_SHOWN_MAX),
        agreements=latest(own_agreements, AGREEMENTS_SHOWN_MAX).each(
            lambda one: AgreementRow(one, say_status(one, now=now), billed[one.agreement_id])
        ),
        usage=view_usage(product, lines, hours_max=OVERVIEW_HOURS_MAX),
    )


def find_product(products: Iterable[Product], product_id: str) -> Product | None:
    """Find a product by its id, which can stand in an address whatever its code looks like."""
    return next((one for one in products if one.product_id == product_id), None)
