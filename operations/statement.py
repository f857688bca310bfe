"""`statement`: what one buyer, or all, used in a month, hour by hour, and where it stands."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import jinja2
import typer
from loopback_console.drawing import show_plainly
from markupsafe import Markup

from meterhouse.domain.subscriptions.identity import SubscriptionKey
from operations.answers import Answer
from operations.careful_ledger import CarefulUsageTable
from operations.errors import OperationError
from operations.monthly_usage import COLUMNS, NUMBERS, ReadMonth, StatementRow, add_up
from operations.options import (
    DEFAULT_DIRECTORY,
    AsCsv,
    AsJson,
    Chosen,
    Directory,
    StackName,
    choose_form,
    open_resource,
    read_subscription_name,
    tell_answer,
)
from operations.resources import tell_time
from operations.showing import as_text, shown_progress, waiting
from operations.subscription_shelf import SubscriptionShelf, all_subscriptions
from operations.times import Month
from operations.usage import month_of

_EXPLANATION = (
    "Units by the hour in which they were used. “Billed” is what AWS accepted, “included” what the "
    "contract includes, for which nobody pays once more. What was carried out of an hour is billed "
    "in the hour that is named, and stands there as used once more. What was billed elsewhere or "
    "written off is a part of what was rejected, disputed or expired."
)


_COLUMNS = tuple(name for name in COLUMNS if name != "subscription")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementAnswer(Answer):
    """A month of usage; `rows` are hours, `totals` all of them."""

    month: str
    rows: tuple[StatementRow, ...]
    totals: tuple[StatementRow, ...]
    unsettled: tuple[str, ...]

    @property
    def explanation(self) -> str:
        """What the columns mean."""
        return _EXPLANATION

    @property
    def warnings(self) -> Iterator[str]:
        """What somebody must know who pays, or is paid, by it."""
        if self.unsettled:
            yield f"Not final: hours from {self.unsettled[0]} on may hold more than is shown."
        open_units = sum(one.pending + one.held for one in self.totals)
        if open_units:
            yield "Not final: some units are pending or held, and may still be billed."

    @property
    def sentences(self) -> Iterator[str]:
        """Say what the columns mean, and what is not final."""
        if not self.rows:
            yield "Nothing was used."
        yield _EXPLANATION
        yield from self.warnings

    @property
    def sections(self) -> Iterator[tuple[str, list[dict[str, Any]], list[dict[str, Any]]]]:
        """Yield each subscription with its rows and totals."""
        for name, rows in groupby(self.rows, key=lambda one: one.subscription):
            totals = [asdict(one) for one in self.totals if one.subscription == name]
            yield name, [asdict(one) for one in rows], totals


def statement(
    *,
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="The subscription. Default: all that are known."),
    ] = None,
    month: Month = None,
    html: Annotated[
        Path | None, typer.Option(help="A file for a page to print, beside what is shown.")
    ] = None,
    stack_name: StackName = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    directory: Directory = DEFAULT_DIRECTORY,
) -> None:
    """Write what one buyer, or everybody, used in a month: billed, included, rejected, carried.

    Exits with 2 if anything cannot be read.
    """
    choose_form(as_json=as_json, as_csv=as_csv)
    wanted = None if name is None else SubscriptionKey(read_subscription_name(name))
    chosen = Chosen(None, stack_name, directory)
    with (
        open_resource(CarefulUsageTable, "statement", chosen) as ledger,
        open_resource(SubscriptionShelf, "statement", chosen) as shelf,
    ):
        days = month_of(month or tell_time(*chosen))
        answer = read_statement(ledger, shelf, wanted, days)
    if html is not None:
        html.write_text(draw_statement(answer))
    tell_answer("statement", ("table", ledger.name), answer, as_json=as_json, as_csv=as_csv)


def read_statement(
    ledger: CarefulUsageTable,
    shelf: SubscriptionShelf,
    wanted: SubscriptionKey | None,
    days: tuple[datetime, datetime],
) -> StatementAnswer:
    """Return what one buyer or all used on the days of a month; OperationError if not all is read.

    It is added up and may be paid by: rather none than one that lacks something.
    """
    read = ReadMonth(ledger, ledger.layout().shards)
    with waiting("Looking for subscriptions"):
        names = all_subscriptions(shelf) if wanted is None else [wanted]
    months = [read(one, days) for one in shown_progress(names, "Reading subscriptions")]
    wrong = [(one.fault.subject, "balance") for one in ledger.noted]
    wrong += [(one.name, "subscriptions list") for one in shelf.unreadable]
    if wrong:
        what, command = wrong[0]
        raise OperationError(f"this cannot be read: {what}; `{command}` names all of it")
    return StatementAnswer(
        month=f"{days[0]:%Y-%m}",
        rows=tuple(row for one in months for row in one.rows),
        totals=tuple(add_up(row for one in months for row in one.rows)),
        unsettled=tuple(sorted({hour for one in months for hour in one.unsettled})),
    )


def draw_statement(answer: StatementAnswer) -> str:
    """Return a statement as a page to print."""
    return _draw("statement.html", answer)


def draw_rows(answer: StatementAnswer) -> Markup:
    """Return the tables of a statement for a page that frames them, without columns of nothing."""
    columns = [name for name in _COLUMNS if any(getattr(one, name) for one in answer.rows)]
    drawn = _draw("statement_rows.html", answer, columns)
    return Markup(drawn)  # noqa: S704 - escaped by the template


def _draw(template: str, answer: StatementAnswer, columns: Sequence[str] = _COLUMNS) -> str:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("operations"),
        autoescape=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=show_plainly,
    )
    environment.filters["text"] = as_text
    drawn = environment.get_template(template)
    return drawn.render(statement=answer, columns=columns, numbers=NUMBERS)
