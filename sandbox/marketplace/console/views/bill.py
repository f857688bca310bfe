"""The bill record by record, as much of it as was asked for, and where it is wrong."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sandbox.marketplace.core.books.double_billing import DoubleBilling
from sandbox.marketplace.core.books.ledger import BilledRecord, LostDuplicate
from sandbox.marketplace.core.sales.agreements import Agreement
from sandbox.marketplace.core.state import Refusal

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
    """What one agreement used of one dimension."""

    agreement: Agreement
    dimension: str
    records: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class BillView:
    """The chosen part of the bill, latest hours first; counts and totals count everything."""

    totals: tuple[TotalRow, ...]
    totals_hidden: int
    lines: tuple[BilledRecord, ...]
    lines_count: int
    double_billed: tuple[DoubleBilling, ...]
    double_billed_count: int
    lost_duplicates: tuple[LostDuplicate, ...]
    lost_duplicates_count: int
    refused: tuple[Refusal, ...]
    refused_count: int


def view_bill(
    bill: Iterable[BilledRecord],
    chosen: BillFilter,
    *,
    double_billed: Sequence[DoubleBilling],
    lost_duplicates: Sequence[LostDuplicate],
    refused: Sequence[Refusal],
) -> BillView:
    """Choose, add up and cut the bill; the list of what is wrong is not filtered."""
    lines = [line for line in bill if chosen.admits(line)]
    totals = _add_up(lines)
    latest = sorted(lines, key=lambda line: line.key.hour_at, reverse=True)
    return BillView(
        totals=tuple(totals[:TOTALS_SHOWN_MAX]),
        totals_hidden=max(0, len(totals) - TOTALS_SHOWN_MAX),
        lines=tuple(latest[:LINES_SHOWN_MAX]),
        lines_count=len(lines),
        double_billed=_latest(double_billed),
        double_billed_count=len(double_billed),
        lost_duplicates=_latest(lost_duplicates),
        lost_duplicates_count=len(lost_duplicates),
        refused=_latest(refused),
        refused_count=len(refused),
    )


def _add_up(lines: Iterable[BilledRecord]) -> list[TotalRow]:
    groups: dict[tuple[str, str, str], list[BilledRecord]] = defaultdict(list)
    for line in lines:
        groups[line.key.product_code, line.agreement.agreement_id, line.key.dimension].append(line)
    return [
        TotalRow(
            agreement=group[0].agreement,
            dimension=dimension,
            records=len(group),
            quantity=sum((line.quantity for line in group), Decimal(0)),
        )
        for (_, _, dimension), group in sorted(groups.items())
    ]


def _latest[One](things: Sequence[One]) -> tuple[One, ...]:
    return tuple(things[: -PROBLEMS_SHOWN_MAX - 1 : -1])
