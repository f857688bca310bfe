"""The books as CSV (RFC 4180): a header, comma-separated fields, lines that end in CR LF.

CSV is what people open in a spreadsheet, and some texts in it come from sellers and buyers: titles,
dimensions, tags. A spreadsheet takes a text that begins with = + - @ for a formula. Such a text,
also behind a tab or a line break, therefore gets an apostrophe in front, which a spreadsheet does
not show. Numbers stay numbers. Whoever wants every text to the letter takes the JSON documents.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from marketplace_sandbox.core.model.bill import BilledRecord
from marketplace_sandbox.core.model.instants import format_iso
from marketplace_sandbox.core.model.invoices import Invoice
from marketplace_sandbox.core.model.quantities import format_quantity

_FORMULA_BEGINS_WITH = ("=", "+", "-", "@", "\t", "\r", "\n")
_TO_BE_QUOTED = frozenset(',"\r\n')

type Cell = str | Decimal | None

BILL_HEADER = (
    "product_code",
    "agreement_id",
    "customer_aws_account_id",
    "license_arn",
    "customer_identifier",
    "dimension",
    "hour",
    "quantity",
    "timestamp",
    "tags",
    "region",
    "resource_id",
    "metering_record_id",
)
INVOICE_HEADER = (
    "month",
    "status",
    "product_code",
    "agreement_id",
    "customer_aws_account_id",
    "license_arn",
    "customer_identifier",
    "kind",
    "dimension",
    "quantity",
    "unit_price_usd",
    "amount_usd",
    "entitled",
    "is_free_trial",
)


def bill_csv(bill: Iterable[BilledRecord]) -> str:
    """Write the bill: a row for a line, or for each allocation of a line that has any.

    The quantities of the rows add up to what is billed.
    """
    return _write(BILL_HEADER, (row for line in bill for row in _bill_rows(line)))


def invoice_csv(invoice: Invoice) -> str:
    """Write the charges of an invoice, a row each; the rows' exact amounts can be added up.

    What each agreement is charged, in whole cents, is in the invoice as a document.
    """
    status = "open" if invoice.closed_at is None else "closed"
    rows: list[Sequence[Cell]] = []
    for charge in invoice.charges:
        agreement = charge.agreement
        rows.append(
            (
                invoice.month,
                status,
                agreement.product_code,
                agreement.agreement_id,
                agreement.customer_aws_account_id,
                agreement.license_arn,
                agreement.customer_identifier,
                str(charge.kind),
                charge.dimension,
                charge.quantity,
                charge.unit_price,
                charge.amount,
                None if charge.entitled is None else str(charge.entitled),
                "yes" if agreement.is_free_trial else "no",
            )
        )
    return _write(INVOICE_HEADER, rows)


def _bill_rows(line: BilledRecord) -> Iterable[Sequence[Cell]]:
    key, agreement = line.key, line.agreement
    shares = [(share.quantity, share.tags) for share in line.allocations] or [(line.quantity, ())]
    for quantity, tags in shares:
        yield (
            key.product_code,
            agreement.agreement_id,
            agreement.customer_aws_account_id,
            agreement.license_arn,
            agreement.customer_identifier,
            key.dimension,
            format_iso(key.hour_at),
            quantity,
            format_iso(line.used_at),
            "; ".join(f"{name}={value}" for name, value in tags),
            key.region,
            line.resource_id,
            line.metering_record_id,
        )


def _write(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    lines = [header, *rows]
    return "".join(",".join(_write_cell(cell) for cell in line) + "\r\n" for line in lines)


def _write_cell(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case Decimal():
            return format_quantity(cell)
        case str():
            text = f"'{cell}" if cell.startswith(_FORMULA_BEGINS_WITH) else cell
            if _TO_BE_QUOTED.isdisjoint(text):
                return text
            return '"' + text.replace('"', '""') + '"'
