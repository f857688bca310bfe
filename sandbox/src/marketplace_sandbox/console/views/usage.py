"""Billed usage by hour and dimension, for one buyer or for a whole product."""

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from marketplace_sandbox.console.views.shown import Shown, first
from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.bill import BilledAllocation, BilledRecord
from marketplace_sandbox.core.model.catalogue import Product
from marketplace_sandbox.core.model.instants import hour_of

HOURS_SHOWN_MAX = 48
HOURS_CHARTED = 48
LINES_SHOWN_MAX = 5  # of one hour and dimension: regions, resources, both identities of a buyer
ALLOCATIONS_SHOWN_MAX = 25
CHARTS_MAX = 12
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class LineView:
    """One billed record with the first of its allocations."""

    line: BilledRecord
    allocations: Shown[tuple[str, Decimal]]  # tags as text, quantity


@dataclass(frozen=True, slots=True)
class CellView:
    """What is billed for one hour and dimension: the sum, and the first of its records."""

    quantity: Decimal
    lines: Shown[LineView]


@dataclass(frozen=True, slots=True)
class HourView:
    """One row: an hour and a cell per dimension, None where nothing is billed."""

    hour_at: datetime
    cells: tuple[CellView | None, ...]


@dataclass(frozen=True, slots=True)
class UsageView:
    """Hours, newest first, and totals per dimension."""

    dimensions: tuple[str, ...]
    hours: Shown[HourView]
    totals: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class SeriesView:
    """The latest hours of one dimension, oldest first, for a chart."""

    dimension: str
    total: Decimal
    bars: tuple[tuple[str, Decimal], ...]


def group_by_product(bill: Iterable[BilledRecord]) -> dict[str, list[BilledRecord]]:
    """Sort the bill by product code."""
    lines_by_code: dict[str, list[BilledRecord]] = defaultdict(list)
    for line in bill:
        lines_by_code[line.agreement.product_code].append(line)
    return lines_by_code


def view_usage(
    product: Product, lines: Collection[BilledRecord], *, hours_max: int = HOURS_SHOWN_MAX
) -> UsageView:
    """Arrange billed records of one product for reading."""
    totals = dict.fromkeys(product.dimension_names, Decimal(0))
    hours: set[datetime] = set()
    for line in lines:
        dimension = line.key.dimension
        totals[dimension] = totals.get(dimension, Decimal(0)) + line.quantity
        hours.add(line.key.hour_at)
    shown = heapq.nlargest(hours_max, hours)
    by_hour: dict[datetime, dict[str, list[BilledRecord]]] = {
        hour: defaultdict(list) for hour in shown
    }
    for line in lines:
        if line.key.hour_at in by_hour:
            by_hour[line.key.hour_at][line.key.dimension].append(line)
    return UsageView(
        dimensions=tuple(totals),
        hours=Shown(tuple(shown), len(hours)).each(
            lambda hour: HourView(
                hour, tuple(_view_cell(by_hour[hour].get(name, ())) for name in totals)
            )
        ),
        totals=tuple(totals.values()),
    )


def view_series(
    product: Product, lines: Iterable[BilledRecord], *, now: datetime
) -> tuple[SeriesView, ...]:
    """Arrange the latest hours of each metered dimension for a chart; totals count all hours."""
    last_at = hour_of(now)
    hours = [last_at - index * _HOUR for index in reversed(range(HOURS_CHARTED))]
    totals = dict.fromkeys(product.dimension_names, Decimal(0))
    by_key: dict[tuple[str, datetime], Decimal] = defaultdict(Decimal)
    for line in lines:
        dimension = line.key.dimension
        totals[dimension] = totals.get(dimension, Decimal(0)) + line.quantity
        if line.key.hour_at >= hours[0]:
            by_key[dimension, line.key.hour_at] += line.quantity
    return tuple(
        SeriesView(
            dimension,
            total,
            tuple((f"{hour:%d %b %H:%M}", by_key[dimension, hour]) for hour in hours),
        )
        for dimension, total in totals.items()
        if total or dimension in product.metered_dimensions
    )


def say_status(agreement: Agreement, *, now: datetime) -> str:
    """Say in two words whether AWS meters the agreement now."""
    if agreement.has_payment_failed:
        return "payment failed"
    if agreement.never_began:
        return "called off"
    if agreement.starts_at > now:
        return "not started"
    if agreement.ends_at is None or agreement.ends_at > now:
        return "active"
    return "final hour" if agreement.is_metered(now=now) else "ended"


def _view_cell(lines: Sequence[BilledRecord]) -> CellView | None:
    if not lines:
        return None
    return CellView(
        quantity=sum((line.quantity for line in lines), Decimal(0)),
        lines=first(lines, LINES_SHOWN_MAX).each(_view_line),
    )


def _view_line(line: BilledRecord) -> LineView:
    shares = first(line.allocations, ALLOCATIONS_SHOWN_MAX)
    return LineView(line, shares.each(lambda share: (_say_tags(share), share.quantity)))


def _say_tags(share: BilledAllocation) -> str:
    return ", ".join(f"{key}={value}" for key, value in share.tags) or "untagged"
