"""`python -m local.replay FILE …`: replay a seller's own usage log on the running stack."""

import typer
from rich.console import Console

from local.replay import options
from local.replay.columns import ColumnChoice, parse_measure
from local.replay.errors import ReplayError
from local.replay.log_reader import LogForm
from local.replay.play import Replay, Replayed, ReplayPlan
from local.replay.text import parse_form
from local.seller.comparison import bill_line, count_of
from local.seller.display import build_console, comparison_table
from local.seller.packing import EventTooLargeError
from local.seller.stack_user import use_stack
from local.seller.verdicts import ending_in_a_verdict, problems_of_bill
from local.stack.addresses import read_addresses
from local.stack.layout import DEFAULT_DIRECTORY, StackFiles

_NOT_BILLED = "not billed yet (`make unfinished` and `meterhouse rejected list` say why)"


def main(  # noqa: PLR0913 - each is one option of the command line
    files: options.Files,
    *,
    time_column: options.TimeColumn = None,
    subscription: options.SubscriptionName = None,
    subscription_column: options.SubscriptionColumn = None,
    dimension_column: options.DimensionColumn = None,
    quantity_column: options.QuantityColumn = None,
    measure: options.Measures = None,
    id_column: options.IdColumn = None,
    delimiter: options.Delimiter = None,
    decimal_comma: options.DecimalComma = False,
    encoding: options.Encoding = None,
    time_zone: options.TimeZone = "UTC",
    since: options.Since = None,
    until: options.Until = None,
    move_to_recent: options.MoveToRecent = False,
    repeat: options.Repeat = 1,
    strict: options.Strict = False,
    allow_bad_rows: options.AllowBadRows = False,
    seconds_max: options.SecondsMax = 300,
    directory: options.Directory = DEFAULT_DIRECTORY,
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
        zone = options.read_zone(time_zone)
        form = LogForm(
            columns=columns,
            text=parse_form(encoding, delimiter),
            zone=zone,
            decimal_comma=decimal_comma,
            since=options.read_limit("--since", since, zone),
            until=options.read_limit("--until", until, zone),
        )
        plan = ReplayPlan(tuple(files), form, move_to_recent, repeat, strict, seconds_max)
        addresses = read_addresses(StackFiles(directory.resolve()).addresses)
        with use_stack(addresses) as user:
            replayed = Replay(console, user, plan).run()
    raise typer.Exit(_print_verdict(console, replayed, allow_bad_rows=allow_bad_rows))


def _print_verdict(console: Console, replayed: Replayed, *, allow_bad_rows: bool) -> int:
    """Print the table and the last line; return the exit code."""
    comparison = replayed.comparison
    console.print(comparison_table(comparison, replayed.names))
    problems = problems_of_bill(comparison, replayed.messages_in_dlq, lost=_NOT_BILLED)
    billed = bill_line(comparison, replayed.distinct_events)
    skipped = count_of(replayed.survey.bad_row_count, "bad row")
    if replayed.survey.bad_row_count and not allow_bad_rows:
        problems.append(f"{skipped} skipped, see above (--allow-bad-rows accepts that)")
    if problems:
        line = f"FAILED: {'; '.join(problems)}; of the rest {billed}"
    else:
        line = f"OK: {billed}"
        if replayed.survey.bad_row_count:
            line += f"; {skipped} skipped, see above"
    console.print(f"replay: {line}", soft_wrap=True)
    return 1 if problems else 0


if __name__ == "__main__":
    # Rich's tables would cut the options' names short.
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(main)
    app()
