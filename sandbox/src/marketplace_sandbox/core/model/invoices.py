"""An invoice and its lines: exact amounts, and what is charged in whole cents.

Quantities times prices are never rounded. What a buyer pays for one agreement in one month is
rounded once, half up to the cent, and both figures are shown: how AWS rounds is not documented
(`invoice.rounding`). Prices are US dollars; taxes and AWS's own fee are not modelled.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum

from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.offers import EntitledValue

_CENT = Decimal("0.01")
# More digits than any sum of quantities times prices has: nothing is lost on the way.
EXACT = Context(prec=1_000)


class ChargeKind(StrEnum):
    """What is paid for."""

    USAGE = "usage"  # metered by BatchMeterUsage or MeterUsage
    CONTRACT = "contract"  # what a contract grants, paid in advance
    RUNNING = "running"  # hours of containers that called RegisterUsage


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of an invoice: an agreement's dimension at one price.

    Attributes:
        quantity: units, or hours of running containers.
        unit_price: US dollars; 0 within a free trial (`trial.price`).
        amount: quantity times price, not rounded.
        entitled: what the agreement grants of the dimension, if it does.

    """

    agreement: Agreement
    kind: ChargeKind
    dimension: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    entitled: EntitledValue | None


@dataclass(frozen=True, slots=True)
class AgreementTotal:
    """What one agreement costs in a month: exactly, and as charged, in whole cents."""

    agreement_id: str
    exact: Decimal
    charged: Decimal


@dataclass(frozen=True, slots=True)
class Invoice:
    """All charges of a month, by product, agreement and dimension.

    Attributes:
        month: as 2026-11; usage belongs to the month of its own hour.
        closed_at: when it was made and became final; None while the month is open.

    """

    month: str
    closed_at: datetime | None
    charges: tuple[Charge, ...]

    def totals(self) -> tuple[AgreementTotal, ...]:
        """Add up by agreement, and round each sum to the cent."""
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for charge in self.charges:
            name = charge.agreement.agreement_id
            sums[name] = EXACT.add(sums[name], charge.amount)
        return tuple(
            AgreementTotal(name, exact, exact.quantize(_CENT, ROUND_HALF_UP, EXACT))
            for name, exact in sums.items()
        )

    def total_charged(self) -> Decimal:
        """Add up what all agreements are charged."""
        return sum((total.charged for total in self.totals()), Decimal(0))

    def of_product(self, product_code: str) -> "Invoice":
        """Keep the charges of one product."""
        kept = (one for one in self.charges if one.agreement.product_code == product_code)
        return Invoice(self.month, self.closed_at, tuple(kept))
