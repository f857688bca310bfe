"""What AWS would bill: the overview, the bill record by record, and the invoices."""

from loopback_console.visits import Visit
from starlette.responses import Response
from starlette.routing import Route

from marketplace_sandbox.console.layout import Pages
from marketplace_sandbox.console.suggestions import choose_product
from marketplace_sandbox.console.views.bill import BillFilter, view_bill
from marketplace_sandbox.console.views.invoices import view_invoice
from marketplace_sandbox.console.views.trade import view_products_usage
from marketplace_sandbox.console.views.warnings import view_warnings
from marketplace_sandbox.console.visits import reading
from marketplace_sandbox.console.wording import CHARGES, DOUBLE_BILLING


class BillPages(Pages):
    """The pages `/`, `/bill` and `/invoices`."""

    def routes(self) -> list[Route]:
        """List the routes."""
        return [
            reading("/", self.show_overview),
            reading("/bill", self.show_bill),
            reading("/invoices", self.show_invoice),
        ]

    def show_overview(self, visit: Visit) -> Response:
        """Show what is billed by product and hour, and what deserves a look."""
        desk = self._desks.bill
        products, bill = self._desks.catalogue.products(), desk.bill()
        views = view_products_usage(
            products, self._desks.agreements.agreements(), bill, now=self._marketplace.now()
        )
        warnings = view_warnings(
            double_billed=desk.double_billed(),
            lost_duplicates=desk.lost_duplicates(),
            refused=desk.refused(),
            faults_count=len(self._desks.faults.faults()),
        )
        return self._layout.page(
            "overview.html",
            visit,
            section="overview",
            products=views,
            billed_count=len(bill),
            invoice=desk.invoice(desk.months()[-1]),
            warnings=warnings,
        )

    def show_bill(self, visit: Visit) -> Response:
        """Show the records, and what of them is wrong."""
        desk, query = self._desks.bill, visit.query
        products = self._desks.catalogue.products()
        chosen = BillFilter(
            product_code=query.text("product_code"),
            account_id=query.text("account_id"),
            dimension=query.text("dimension"),
            day=query.text("day"),
        )
        view = view_bill(
            desk.bill(),
            chosen,
            products={one.product_code: one for one in products},
            double_billed=desk.double_billed(),
            lost_duplicates=desk.lost_duplicates(),
            refused=desk.refused(),
        )
        return self._layout.page(
            "bill.html",
            visit,
            section="bill",
            view=view,
            filter=query,
            products=choose_product(products, otherwise="all"),
            causes=DOUBLE_BILLING,
        )

    def show_invoice(self, visit: Visit) -> Response:
        """Show a month's invoice, by default that of the current month."""
        desk, query = self._desks.bill, visit.query
        months = desk.months()
        products = self._desks.catalogue.products()
        invoice = desk.invoice(query.text("month") or months[-1], query.text("product_code"))
        listed = sorted({*months, invoice.month}, reverse=True)
        return self._layout.page(
            "invoices.html",
            visit,
            section="invoices",
            view=view_invoice(invoice, products),
            filter=query,
            months=[(month, month) for month in listed],
            products=choose_product(products, otherwise="all"),
            kinds=CHARGES,
        )
