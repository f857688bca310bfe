"""`check-product`: whether what is configured fits AWS Marketplace."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar

import typer

from operations.answers import Answer
from operations.careful_ledger import CarefulUsageTable
from operations.options import (
    DEFAULT_DIRECTORY,
    EXIT_LEFT,
    EXIT_NOT_DONE,
    AsCsv,
    AsJson,
    Chosen,
    Directory,
    StackName,
    choose_form,
    open_resource,
    tell_answer,
)
from operations.product_checks import run_checks
from operations.product_scene import Scene, Verdict
from operations.resources import tell_time
from operations.showing import waiting
from operations.stack_view import open_stack
from operations.subscription_shelf import SubscriptionShelf
from operations.usage import month_of


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check of one product: what was found, and what to do unless it is right."""

    product: str
    check: str
    verdict: str
    found: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAnswer(Answer):
    """All checks of all products that were named."""

    NOT_SEEN: ClassVar = (
        "Not looked at: the listing itself, and whether AWS would take a record: it has no dry run."
    )

    checks: tuple[CheckRow, ...]

    @property
    def sentences(self) -> Iterator[str]:
        """Say what was not looked at."""
        yield self.NOT_SEEN


Product = Annotated[
    list[str],
    typer.Argument(metavar="PRODUCT…", help="Codes or ids (prod-…), as events and the portal do."),
]


def check_product(
    products: Product,
    *,
    stack_name: StackName = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    directory: Directory = DEFAULT_DIRECTORY,
) -> None:
    """Look whether what is configured for a product fits AWS Marketplace; nothing is metered.

    It reads with your own credentials, so what it may not see it cannot tell. Exits with 1 when
    something is not right, and with 2 when something else cannot be told.
    """
    choose_form(as_json=as_json, as_csv=as_csv)
    chosen = Chosen(None, stack_name, directory)
    with (
        open_resource(CarefulUsageTable, "check-product", chosen) as ledger,
        open_resource(SubscriptionShelf, "check-product", chosen) as shelf,
        waiting("Looking at AWS"),
    ):
        stack = open_stack(chosen)
        days = month_of(tell_time(*chosen))
        rows = [
            CheckRow(product, check, finding.verdict.value, finding.found, finding.remedy)
            for product in dict.fromkeys(products)
            for check, finding in run_checks(Scene(product, stack, shelf, ledger, days)).items()
        ]
        answer = CheckAnswer(checks=tuple(rows))
    tell_answer("check-product", ("stack", stack.name), answer, as_json=as_json, as_csv=as_csv)
    verdicts = {one.verdict for one in rows}
    if Verdict.NOT_OK in verdicts:
        raise typer.Exit(EXIT_LEFT)
    if Verdict.UNKNOWN in verdicts:
        raise typer.Exit(EXIT_NOT_DONE)
