"""The bill record by record, as much of it as was asked for, and where it is wrong."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from marketplace_sandbox.console.views.shown import Shown, first, latest
from marketplace_sandbox.core.bill.double_billing import DoubleBilling
from marketplace_sandbox.core.bill.invoicing import unit_price_of
from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.bill import BilledRecord, LostDuplicate
from marketplace_sandbox.core.model.catalogue import Product
from marketplace_sandbox.core.model.invoices import EXACT
from marketplace_sandbox.core.model.refusals import Refusal

LINES_SHOWN_MAX = 100
TOTALS_SHOWN_MAX = 100
PROBLEMS_SHOWN_MAX = 50


@dataclass(frozen=True, slots=True)
class BillFilter:
    """Which part of the bill to show; what is None holds always."""

    product_code: str | None = None
    account_id: str | None = None
    dimension: str | None = None
    day: str | None = None  # as 2026-11-22

    def admits(self, line: BilledRecord) -> bool:
        """Whether a line is asked for."""
        return (
            self.product_code in {None, line.key.product_code}
            and self.account_id in {None, line.agreement.customer_aws_account_id}
            and self.dimension in {None, line.key.dimension}
            and self.day in {None, f"{line.key.hour_at:%Y-%m-%d}"}
        )


@dataclass(frozen=True, slots=True)
class TotalRow:
    """What one agreement used of one dimension, and what that costs, not rounded."""

    agreement: Agreement
    dimension: str
    records: int
    quantity: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class LineRow:
    """One record of the bill, and what it costs, not rounded."""

    line: BilledRecord
    amount: Decimal


@dataclass(frozen=True, slots=True)
class BillView:
    """The chosen part of the bill, latest hours first; counts and totals count everything."""

    totals: Shown[TotalRow]
    amount: Decimal
    lines: Shown[LineRow]
    double_billed: Shown[DoubleBilling]
    lost_duplicates: Shown[LostDuplicate]
    refused: Shown[Refusal]


def view_bill(
    bill: Iterable[BilledRecord],
    chosen: BillFilter,
    *,
    products: Mapping[str, Product],
    double_billed: Sequence[DoubleBilling],
    lost_duplicates: Sequence[LostDuplicate],
    refused: Sequence[Refusal],
) -> BillView:
    """Choose, add up and cut the bill; the list of what is wrong is not filtered."""
    lines = [line for line in bill if chosen.admits(line)]
    prices = _Prices(products)
    totals = _add_up(lines, prices)
    lines.sort(key=lambda line: line.key.hour_at, reverse=True)
    return BillView(
        totals=first(totals, TOTALS_SHOWN_MAX),
        amount=_sum(row.amount for row in totals),
        lines=first(lines, LINES_SHOWN_MAX).each(lambda line: LineRow(line, prices.amount(line))),
        double_billed=latest(double_billed, PROBLEMS_SHOWN_MAX),
        lost_duplicates=latest(lost_duplicates, PROBLEMS_SHOWN_MAX),
        refused=latest(refused, PROBLEMS_SHOWN_MAX),
    )


class _Prices:
    """Prices of lines; a bill names few agreements many times, so each is looked up once.

    An agreement is known by its identity: a line remembers its terms as they were, and comparing
    terms takes longer than finding a price.
    """

    def __init__(self, products: Mapping[str, Product]) -> None:
        self._products = products
        self._known: dict[tuple[int, str], Decimal] = {}

    def amount(self, line: BilledRecord) -> Decimal:
        """Return what a line costs, as its invoice will say."""
        agreement, dimension = line.agreement, line.key.dimension
        name = (id(agreement), dimension)
        price = self._known.get(name)
        if price is None:
            product = self._products[line.key.product_code]
            price = self._known[name] = unit_price_of(agreement, product, dimension)
        return EXACT.multiply(line.quantity, price)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    total = Decimal(0)
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


def _add_up(lines: Iterable[BilledRecord], prices: _Prices) -> list[TotalRow]:
    groups: dict[tuple[str, str, str], list[BilledRecord]] = defaultdict(list)
    for line in lines:
        groups[line.key.product_code, line.agreement.agreement_id, line.key.dimension].append(line)
    return [
        TotalRow(
            agreement=group[0].agreement,
            dimension=dimension,
            records=len(group),
            quantity=_sum(line.quantity for line in group),
            amount=_sum(prices.amount(line) for line in group),
        )
        for (_, _, dimension), group in sorted(groups.items())
    ]
