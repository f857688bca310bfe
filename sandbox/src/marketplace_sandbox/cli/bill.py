"""`sandbox bill`: what AWS would bill, what it would not say about it, and invoices."""

from typing import Annotated

import typer

from marketplace_sandbox.cli.commands import client_command, group
from marketplace_sandbox.cli.refusals import REFUSED_COLUMNS, REFUSED_PROSE
from marketplace_sandbox.cli.tables import Record
from marketplace_sandbox.cli.terminal import Terminal, show_text, show_warning
from marketplace_sandbox.control.bill_documents import InvoiceDocument

bill_commands = group("bill", "The bill, and what is wrong with it.")


@client_command(bill_commands, "show")
def show_bill(terminal: Terminal) -> None:
    """List what AWS would bill, in the order of arrival."""
    terminal.show_list(
        terminal.api.show_bill(),
        "records",
        (
            ("hour", "hour"),
            ("product", "product_code"),
            ("account", "customer_aws_account_id"),
            ("dimension", "dimension"),
            ("quantity", "quantity"),
        ),
        nothing="AWS would bill nothing",
    )


@client_command(bill_commands, "csv")
def print_csv(terminal: Terminal) -> None:
    """Print the bill as CSV."""
    show_text(terminal.api.download_bill())


@client_command(bill_commands, "double-billed", was="doubles")
def list_doubles(terminal: Terminal) -> None:
    """List the hours that AWS bills twice."""
    terminal.show_list(
        terminal.api.list_double_billed(),
        "double_billed",
        (
            ("hour", "hour"),
            ("product", "product_code"),
            ("account", "customer_aws_account_id"),
            ("dimension", "dimension"),
            ("cause", "cause"),
            ("first", lambda one: _quantity_of(one, "first")),
            ("second", lambda one: _quantity_of(one, "second")),
        ),
        nothing="nothing is billed twice",
    )


@client_command(bill_commands, "lost-duplicates", was="duplicates")
def list_duplicates(terminal: Terminal) -> None:
    """List the quantities that DuplicateRecord refused and that differ from what is billed."""
    terminal.show_list(
        terminal.api.list_lost_duplicates(),
        "lost_duplicates",
        (
            ("hour", lambda one: _billed(one).get("hour")),
            ("product", lambda one: _billed(one).get("product_code")),
            ("account", lambda one: _billed(one).get("customer_aws_account_id")),
            ("dimension", lambda one: _billed(one).get("dimension")),
            ("billed", lambda one: _billed(one).get("quantity")),
            ("sent", "quantity_sent"),
            ("times", "times"),
        ),
        nothing="no other quantity was sent for a billed hour",
    )


@client_command(bill_commands, "refused")
def list_refused(terminal: Terminal) -> None:
    """List the usage that is not billed because a rule refused it."""
    terminal.show_list(
        terminal.api.list_refused_usage(),
        "refusals",
        REFUSED_COLUMNS,
        nothing="no record was refused",
        prose=REFUSED_PROSE,
    )


@client_command(bill_commands, "months")
def list_months(terminal: Terminal) -> None:
    """List the months that have an invoice."""
    document = terminal.api.list_invoices()
    terminal.say(document, ", ".join(document["months"]))


@client_command(bill_commands, "invoice")
def show_invoice(
    terminal: Terminal,
    month: Annotated[str, typer.Argument(metavar="MONTH", help="Such as 2026-11.")],
    *,
    product: Annotated[str | None, typer.Option(help="Of one product only.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Print it as CSV.")] = False,
) -> None:
    """Show a month's invoice; it is open until 06:00 UTC on the 1st of the next month.

    With --csv the total is no row of it, but on stderr.
    """
    document = terminal.api.show_invoice(month, product_code=product)
    if csv:
        show_text(terminal.api.download_invoice(month, product_code=product))
        show_warning(_write_total(document))
        return
    terminal.show_list(
        document,
        "charges",
        (
            ("product", "product_code"),
            ("account", "customer_aws_account_id"),
            ("kind", "kind"),
            ("dimension", "dimension"),
            ("quantity", "quantity"),
            ("unit price", lambda one: _write_dollars(one["unit_price"])),
            ("amount", lambda one: _write_dollars(one["amount"])),
        ),
        nothing="nothing is charged",
    )
    if not terminal.is_for_programs:
        show_text(_write_total(document))


def _write_total(document: InvoiceDocument) -> str:
    closed_at = document["closed_at"]
    state = "still open" if closed_at is None else f"made at {closed_at}"
    return f"{document['total_charged']} USD, {state}"


def _write_dollars(exact: object) -> str:
    """Write an exact number with at least two decimals."""
    whole, _, decimals = str(exact).partition(".")
    return f"{whole}.{decimals:0<2}"


def _billed(one: Record) -> Record:
    billed = one["billed"]
    assert isinstance(billed, dict)
    return billed


def _quantity_of(one: Record, which: str) -> object:
    line = one[which]
    assert isinstance(line, dict)
    return line["quantity"]
