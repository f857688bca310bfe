"""The bill, what is wrong with it, and invoices over the control API, as JSON and as CSV."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Path
from starlette.responses import Response

from marketplace_sandbox.control.answers import Answers, Document, refusals
from marketplace_sandbox.control.bill_documents import (
    BillDocument,
    DoubleBilledDocument,
    InvoiceDocument,
    LostDuplicatesDocument,
    MonthsDocument,
)
from marketplace_sandbox.control.call_documents import RefusalListDocument
from marketplace_sandbox.control.field_types import TEXT_LENGTH_MAX, ProductQuery
from marketplace_sandbox.control.marketplace_in_use import Marketplace, OfProduct
from marketplace_sandbox.core.bill.tables import bill_csv, invoice_csv
from marketplace_sandbox.core.model.bill import BilledRecord
from marketplace_sandbox.hosted import HostedMarketplace

router = APIRouter(tags=["books"])

_CSV = "text/csv"
_CSV_TOO: Answers = {200: {"content": {_CSV: {}}}}
_ONE = refusals(HTTPStatus.NOT_FOUND)
_CSV_ONLY: Answers = {200: {"content": {_CSV: {"schema": {"type": "string"}}}}}

Accept = Annotated[str, Header(include_in_schema=False)]
Month = Annotated[str, Path(description="Such as 2026-11.", max_length=TEXT_LENGTH_MAX)]


@router.get("/bill", response_model=BillDocument, responses=_ONE | _CSV_TOO)
def show_bill(chosen: OfProduct, marketplace: Marketplace, accept: Accept = "") -> Response:
    """List what AWS would bill, in the order of arrival; as CSV when `Accept` asks for that."""
    lines = _lines(marketplace, chosen)
    if accept.partition(";")[0].strip() == _CSV:
        return _csv(bill_csv(lines))
    return Document({"records": lines})


@router.get("/bill.csv", response_class=Response, responses=_ONE | _CSV_ONLY)
def download_bill(chosen: OfProduct, marketplace: Marketplace) -> Response:
    """Write the bill as CSV: a row for a line, or for each allocation of a line."""
    return _csv(bill_csv(_lines(marketplace, chosen)))


@router.get(
    "/bill/double-billed",
    response_model=DoubleBilledDocument,
    responses=_ONE,
)
def list_double_billed(chosen: OfProduct, marketplace: Marketplace) -> Document:
    """List the hours that AWS bills twice, with both lines."""
    return Document({"double_billed": chosen.among(marketplace.desks.bill.double_billed())})


@router.get(
    "/bill/lost-duplicates",
    response_model=LostDuplicatesDocument,
    responses=_ONE,
)
def list_lost_duplicates(chosen: OfProduct, marketplace: Marketplace) -> Document:
    """List the quantities that DuplicateRecord refused and that differ from what is billed."""
    lost = chosen.among(
        marketplace.desks.bill.lost_duplicates(), lambda one: one.billed.key.product_code
    )
    return Document({"lost_duplicates": lost})


@router.get("/bill/refused", response_model=RefusalListDocument, responses=refusals())
def list_refused_usage(marketplace: Marketplace) -> Document:
    """List the usage records that are not billed because AWS's rules refused them."""
    return Document({"refusals": marketplace.desks.bill.refused()})


@router.get("/invoices", response_model=MonthsDocument, responses=refusals())
def list_invoices(marketplace: Marketplace) -> Document:
    """List the months that have an invoice, oldest first; the last one is now's."""
    return Document({"months": list(marketplace.desks.bill.months())})


@router.get(
    "/invoices/{month}.csv",
    response_class=Response,
    responses=_ONE | _CSV_ONLY,
)
def download_invoice(month: Month, chosen: OfProduct, marketplace: Marketplace) -> Response:
    """Write a month's invoice as CSV."""
    return _csv(invoice_csv(marketplace.desks.bill.invoice(month, chosen.product_code)))


@router.get("/invoices/{month}", response_model=InvoiceDocument, responses=_ONE)
def show_invoice(month: Month, chosen: OfProduct, marketplace: Marketplace) -> Document:
    """Show a month's invoice; it is open until 06:00 UTC on the 1st of the next month."""
    return Document(marketplace.desks.bill.invoice(month, chosen.product_code))


def _lines(marketplace: HostedMarketplace, chosen: ProductQuery) -> list[BilledRecord]:
    lines = marketplace.desks.bill.bill()
    return chosen.among(lines, lambda line: line.key.product_code)


def _csv(text: str) -> Response:
    return Response(text.encode("utf-8", "replace"), media_type=_CSV)
