"""A month's invoice, agreement by agreement."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from marketplace_sandbox.console.views.shown import Shown, first
from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.catalogue import Product
from marketplace_sandbox.core.model.invoices import AgreementTotal, Charge, Invoice

AGREEMENTS_SHOWN_MAX = 50
CHARGES_SHOWN_MAX = 50


@dataclass(frozen=True, slots=True)
class AgreementChargesView:
    """What one agreement is charged in the month; the total counts what is hidden."""

    agreement: Agreement
    title: str
    charges: Shown[Charge]
    total: AgreementTotal


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """An invoice as a person reads it."""

    invoice: Invoice
    agreements: Shown[AgreementChargesView]


def view_invoice(invoice: Invoice, products: Iterable[Product]) -> InvoiceView:
    """Arrange an invoice by agreement, in its own order."""
    titles = {product.product_code: product.title for product in products}
    groups: dict[str, list[Charge]] = defaultdict(list)
    for charge in invoice.charges:
        groups[charge.agreement.agreement_id].append(charge)
    totals = {total.agreement_id: total for total in invoice.totals()}

    def view(charges: list[Charge]) -> AgreementChargesView:
        agreement = charges[-1].agreement
        return AgreementChargesView(
            agreement=agreement,
            title=titles.get(agreement.product_code, agreement.product_code),
            charges=first(charges, CHARGES_SHOWN_MAX),
            total=totals[agreement.agreement_id],
        )

    return InvoiceView(invoice, first([*groups.values()], AGREEMENTS_SHOWN_MAX).each(view))
