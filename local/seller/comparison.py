"""Comparing what was sent with what AWS would bill; pure, and blind to how it got there."""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from marketplace_sandbox.client import BillLineDocument

from local.seller.usage import UsageKey

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One agreement, dimension and hour."""

    key: UsageKey
    sent: Decimal
    billed: Decimal

    @property
    def difference(self) -> Decimal:
        """Billed minus sent: negative is lost so far, positive is too much."""
        return self.billed - self.sent


@dataclass(frozen=True, slots=True)
class Comparison:
    """All rows, and the two sums that must be zero.

    Late usage is billed in a later hour than it was used in, so loss and excess are judged per
    agreement and dimension over all hours.
    """

    rows: tuple[ComparisonRow, ...]
    sent: Decimal
    billed: Decimal
    lost: Decimal
    billed_twice: Decimal

    @property
    def is_exact(self) -> bool:
        """Say whether every unit was billed, once."""
        return self.lost == 0 and self.billed_twice == 0


def add_up_bill(
    bill: Iterable[BillLineDocument], agreements: Container[str]
) -> dict[UsageKey, Decimal]:
    """Add up the sandbox's lines of these agreements per agreement, dimension and hour."""
    units: dict[UsageKey, Decimal] = defaultdict(Decimal)
    for line in bill:
        if line["agreement_id"] not in agreements:
            continue
        hour_at = datetime.fromisoformat(line["hour"])
        key = UsageKey(line["agreement_id"], line["dimension"], hour_at)
        units[key] += Decimal(line["quantity"])
    return dict(units)


def compare(sent: Mapping[UsageKey, Decimal], billed: Mapping[UsageKey, Decimal]) -> Comparison:
    """Compare two independent counts."""
    differences: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    rows = []
    for key in sorted(sent.keys() | billed.keys()):
        row = ComparisonRow(key, sent.get(key, _ZERO), billed.get(key, _ZERO))
        rows.append(row)
        differences[key.agreement_id, key.dimension] += row.difference
    return Comparison(
        rows=tuple(rows),
        sent=sum(sent.values(), _ZERO),
        billed=sum(billed.values(), _ZERO),
        lost=sum((-units for units in differences.values() if units < 0), _ZERO),
        billed_twice=sum((units for units in differences.values() if units > 0), _ZERO),
    )


def format_units(units: Decimal, *, grouped: bool = True) -> str:
    """Write units without zeros at the end of a fraction; `grouped` sets thousands apart."""
    text = format(units, ",f" if grouped else "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def count_of(number: int, thing: str) -> str:
    """Say how many things, such as `1 row` or `2 rows`."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def success_line(comparison: Comparison, distinct_events: int) -> str:
    """Say that all went well, in the words that demo and replay share."""
    assert comparison.is_exact
    return f"OK: {bill_line(comparison, distinct_events)}"


def bill_line(comparison: Comparison, distinct_events: int) -> str:
    """Say what was sent and what came of it; numbers ungrouped."""
    sent = format_units(comparison.sent, grouped=False)
    billed = format_units(comparison.billed, grouped=False)
    return (
        f"{count_of(distinct_events, 'event')}, {sent} units sent, {billed} units billed, "
        f"{format_units(comparison.lost, grouped=False)} lost, "
        f"{format_units(comparison.billed_twice, grouped=False)} billed twice"
    )
