"""Statements: a month of one buyer's or everybody's usage, to read, to print and to keep."""

from dataclasses import asdict, replace

from loopback_console.forms import Form
from loopback_console.visits import Visit
from starlette.responses import Response

from operations.careful_ledger import CarefulUsageTable
from operations.console.downloads import download
from operations.console.record_pages import read_name
from operations.console.stack import Stack
from operations.console.subscription_pages import read_month
from operations.console.views import View
from operations.showing import write_answer_csv, write_json
from operations.statement import StatementAnswer, draw_rows, draw_statement, read_statement
from operations.subscription_shelf import SubscriptionShelf
from operations.usage import month_of

ROWS_SHOWN_MAX = 2_000


def show_statement(stack: Stack, visit: Visit) -> View:
    """Show the statement of a month that was chosen; before that nothing is read."""
    query = visit.query
    answer = _read(stack, query) if query.text("month") is not None else None
    is_long = answer is not None and len(answer.rows) > ROWS_SHOWN_MAX
    return View(
        "statements.html",
        {
            "filter": query,
            "this_month": f"{stack.now():%Y-%m}",
            "answer": answer,
            "is_long": is_long,
            "rows": None if answer is None else draw_rows(_sums(answer) if is_long else answer),
            "chosen": {"name": query.entered("name"), "month": query.entered("month")},
        },
    )


def give_statement_csv(stack: Stack, visit: Visit) -> Response:
    """Give a statement as CSV."""
    return download("statement.csv", write_answer_csv(_read(stack, visit.query)))


def give_statement_json(stack: Stack, visit: Visit) -> Response:
    """Give a statement as JSON."""
    return download("statement.json", write_json(asdict(_read(stack, visit.query))) + "\n")


def give_statement_page(stack: Stack, visit: Visit) -> Response:
    """Give a statement as a page to print, which needs nothing beside it."""
    return download("statement.html", draw_statement(_read(stack, visit.query)))


def _read(stack: Stack, query: Form) -> StatementAnswer:
    name = query.text("name")
    wanted = None if name is None else read_name(name)
    days = month_of(read_month(query.text("month")) or stack.now())
    ledger, shelf = stack.open(CarefulUsageTable), stack.open(SubscriptionShelf)
    return read_statement(ledger, shelf, wanted, days)


def _sums(answer: StatementAnswer) -> StatementAnswer:
    """Return a statement with the sums of each subscription and dimension in place of its hours."""
    return replace(answer, rows=answer.totals, totals=())
