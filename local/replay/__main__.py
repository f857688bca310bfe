"""`python -m local.replay FILE …`: replay a seller's own usage log on the running stack."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from local.replay.columns import (
    DEFAULT_DIMENSION_COLUMN,
    DEFAULT_QUANTITY_COLUMN,
    ColumnChoice,
    parse_measure,
)
from local.replay.errors import ReplayError
from local.replay.play import Replay, Replayed, ReplayPlan
from local.seller.comparison import success_line
from local.seller.display import build_console, comparison_table
from local.seller.packing import EventTooLargeError
from local.seller.stack_user import use_stack
from local.seller.verdicts import ending_in_a_verdict, problems_of_bill
from local.stack.addresses import read_addresses
from local.stack.layout import DEFAULT_DIRECTORY, StackFiles


def main(  # noqa: PLR0913 - each is one option of the command line
    files: Annotated[list[Path], typer.Argument(help="CSV files with a header line.")],
    *,
    time_column: Annotated[
        str | None, typer.Option(help="Default: the column named time or timestamp.")
    ] = None,
    subscription: Annotated[
        str | None, typer.Option(help="Book everything on one subscription of this name.")
    ] = None,
    subscription_column: Annotated[
        str | None,
        typer.Option(help="Who used it; each name becomes a buyer. Default: subscription"),
    ] = None,
    dimension_column: Annotated[
        str, typer.Option(help="What was used (long form).")
    ] = DEFAULT_DIMENSION_COLUMN,
    quantity_column: Annotated[
        str, typer.Option(help="How much was used (long form).")
    ] = DEFAULT_QUANTITY_COLUMN,
    measure: Annotated[
        list[str] | None,
        typer.Option(help="A quantity column as COLUMN[=dimension]; repeatable (wide form)."),
    ] = None,
    id_column: Annotated[
        str | None, typer.Option(help="The event's id. Default: the number of the row.")
    ] = None,
    move_to_recent: Annotated[
        bool, typer.Option(help="Move the log so that it ends in the newest settled hour.")
    ] = False,
    repeat: Annotated[int, typer.Option(min=1, help="Send every row so many times.")] = 1,
    strict: Annotated[bool, typer.Option(help="Send nothing when a row is bad.")] = False,
    seconds_max: Annotated[
        float, typer.Option(help="How long to wait until everything is metered.")
    ] = 300,
    directory: Annotated[
        Path, typer.Option(help="Where `make up` keeps the stack's files.")
    ] = DEFAULT_DIRECTORY,
) -> None:
    """Send a usage log through the running stack and check that every unit would be billed once.

    The stack must be up (`make up`).
    """
    console = build_console()
    with ending_in_a_verdict(
        console,
        "replay",
        *(ReplayError, EventTooLargeError),
        interrupted="what was sent is still being metered",
    ):
        columns = ColumnChoice(
            time_column=time_column,
            subscription_column=subscription_column,
            subscription=subscription,
            dimension_column=dimension_column,
            quantity_column=quantity_column,
            measures=tuple(parse_measure(text) for text in measure or ()),
            id_column=id_column,
        )
        plan = ReplayPlan(tuple(files), columns, move_to_recent, repeat, strict, seconds_max)
        addresses = read_addresses(StackFiles(directory.resolve()).addresses)
        with use_stack(addresses) as user:
            replayed = Replay(console, user, plan).run()
    raise typer.Exit(_print_verdict(console, replayed))


def _print_verdict(console: Console, replayed: Replayed) -> int:
    """Print the table and the last line; return the exit code."""
    comparison = replayed.comparison
    console.print(comparison_table(comparison, replayed.names))
    if replayed.survey.bad_row_count:
        console.print(f"{replayed.survey.bad_row_count} bad rows were skipped, see above")
    problems = problems_of_bill(comparison, replayed.messages_in_dlq, lost="not billed")
    if problems:
        console.print(f"replay: FAILED: {'; '.join(problems)}", soft_wrap=True)
        return 1
    console.print(f"replay: {success_line(comparison, replayed.distinct_events)}", soft_wrap=True)
    return 0


if __name__ == "__main__":
    typer.run(main)
