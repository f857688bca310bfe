"""What the page shows, decided before it is drawn: the bill by product, agreement and hour."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sandbox.marketplace.core.agreements import Agreement
from sandbox.marketplace.core.catalogue import Product
from sandbox.marketplace.core.instants import format_iso
from sandbox.marketplace.core.ledger import BilledRecord
from sandbox.marketplace.hosted import Snapshot

# What a person reads and a browser draws; totals always count everything.
HOURS_SHOWN_MAX = 48
AGREEMENTS_SHOWN_MAX = 50
ALLOCATIONS_SHOWN_MAX = 25


@dataclass(frozen=True, slots=True)
class CellView:
    """One billed hour of one dimension."""

    quantity: str
    metering_record_id: str
    used_at: str
    allocations: tuple[tuple[str, str], ...]  # tags as text, quantity
    allocations_count: int


@dataclass(frozen=True, slots=True)
class HourView:
    """One row: an hour and a cell per dimension, None where nothing is billed."""

    hour: str
    cells: tuple[CellView | None, ...]


@dataclass(frozen=True, slots=True)
class AgreementView:
    """One buyer's purchase with its hours, newest first, and its totals per dimension."""

    agreement: Agreement
    status: str
    hours: tuple[HourView, ...]
    hours_hidden: int
    totals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProductView:
    """One product with its buyers and its totals per dimension."""

    product: Product
    agreements: tuple[AgreementView, ...]
    agreements_hidden: int
    totals: tuple[str, ...]


def view_products(snapshot: Snapshot) -> tuple[ProductView, ...]:
    """Arrange the whole bill for reading."""
    lines_by_agreement: dict[str, list[BilledRecord]] = defaultdict(list)
    for line in snapshot.bill:
        lines_by_agreement[line.agreement.agreement_id].append(line)
    views = []
    for product in snapshot.products:
        code = product.product_code
        agreements = [one for one in snapshot.agreements if one.product_code == code]
        shown = agreements[:AGREEMENTS_SHOWN_MAX]
        lines = [line for one in agreements for line in lines_by_agreement[one.agreement_id]]
        views.append(
            ProductView(
                product=product,
                agreements=tuple(
                    _view_agreement(one, product, lines_by_agreement[one.agreement_id], snapshot.at)
                    for one in shown
                ),
                agreements_hidden=len(agreements) - len(shown),
                totals=_totals(product, lines),
            )
        )
    return tuple(views)


def show_quantity(value: Decimal) -> str:
    """Write a quantity for people: 22,361,870 or 12.5."""
    return format(value.normalize(), ",f")


def show_status(agreement: Agreement, *, now: datetime) -> str:
    """Say in two words whether AWS meters the agreement now."""
    if agreement.starts_at > now:
        return "not started"
    if agreement.ends_at is None or agreement.ends_at > now:
        return "active"
    return "final hour" if agreement.is_metered(now=now) else "ended"


def _view_agreement(
    agreement: Agreement, product: Product, lines: Sequence[BilledRecord], now: datetime
) -> AgreementView:
    by_hour: dict[datetime, dict[str, BilledRecord]] = defaultdict(dict)
    for line in lines:
        by_hour[line.key.hour_at][line.key.dimension] = line
    hours = sorted(by_hour, reverse=True)
    shown = hours[:HOURS_SHOWN_MAX]
    return AgreementView(
        agreement=agreement,
        status=show_status(agreement, now=now),
        hours=tuple(
            HourView(
                f"{hour:%Y-%m-%d %H:%M}",
                tuple(_view_cell(by_hour[hour].get(name)) for name in product.dimension_names),
            )
            for hour in shown
        ),
        hours_hidden=len(hours) - len(shown),
        totals=_totals(product, lines),
    )


def _view_cell(line: BilledRecord | None) -> CellView | None:
    if line is None:
        return None
    shown = line.allocations[:ALLOCATIONS_SHOWN_MAX]
    return CellView(
        quantity=show_quantity(line.quantity),
        metering_record_id=line.metering_record_id,
        used_at=format_iso(line.used_at),
        allocations=tuple(
            (
                ", ".join(f"{key}={value}" for key, value in share.tags) or "untagged",
                show_quantity(share.quantity),
            )
            for share in shown
        ),
        allocations_count=len(line.allocations),
    )


def _totals(product: Product, lines: Iterable[BilledRecord]) -> tuple[str, ...]:
    totals = dict.fromkeys(product.dimension_names, Decimal(0))
    for line in lines:
        totals[line.key.dimension] += line.quantity
    return tuple(show_quantity(total) for total in totals.values())
