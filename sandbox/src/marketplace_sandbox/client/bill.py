"""The bill of a served sandbox, what is wrong with it, and invoices."""

from marketplace_sandbox.client.connection import Connection
from marketplace_sandbox.control.bill_documents import (
    BillDocument,
    DoubleBilledDocument,
    InvoiceDocument,
    LostDuplicatesDocument,
    MonthsDocument,
)
from marketplace_sandbox.control.call_documents import RefusalListDocument


class BillMethods(Connection):
    """What AWS would bill; a month is written as 2026-11."""

    def show_bill(self, *, product_code: str | None = None) -> BillDocument:
        """List what AWS would bill, in the order of arrival."""
        return self._ask("GET", "bill", product_code=product_code)

    def download_bill(self, *, product_code: str | None = None) -> str:
        """Return the bill as CSV: a row for a line, or for each allocation of a line."""
        return self._ask_text("bill.csv", product_code=product_code)

    def list_double_billed(self, *, product_code: str | None = None) -> DoubleBilledDocument:
        """List the hours that AWS bills twice, with both lines."""
        return self._ask("GET", "bill/double-billed", product_code=product_code)

    def list_lost_duplicates(self, *, product_code: str | None = None) -> LostDuplicatesDocument:
        """List the quantities that DuplicateRecord refused and that differ from what is billed."""
        return self._ask("GET", "bill/lost-duplicates", product_code=product_code)

    def list_refused_usage(self) -> RefusalListDocument:
        """List the usage records that are not billed because AWS's rules refused them."""
        return self._ask("GET", "bill/refused")

    def list_invoices(self) -> MonthsDocument:
        """List the months that have an invoice, oldest first; the last one is now's."""
        return self._ask("GET", "invoices")

    def download_invoice(self, month: str, *, product_code: str | None = None) -> str:
        """Return a month's invoice as CSV, or one product's part of it."""
        return self._ask_text(f"invoices/{month}.csv", product_code=product_code)

    def show_invoice(self, month: str, *, product_code: str | None = None) -> InvoiceDocument:
        """Show a month's invoice, or one product's part of it."""
        return self._ask("GET", f"invoices/{month}", product_code=product_code)
