"""`usage`: what one subscription, or all, used, and where that stands."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from meterhouse.domain.accounting.sheets import DAY, day_of
from meterhouse.domain.hours import floor_to_hour, next_month_of
from meterhouse.use_cases.accounting.read_usage import ReadUsage
from operations.careful_ledger import CarefulUsageTable
from operations.options import (
    DEFAULT_DIRECTORY,
    AsCsv,
    AsJson,
    Chosen,
    Directory,
    StackName,
    TableName,
    choose_form,
    open_resource,
    read_subscription_name,
    tell_answer,
)
from operations.reads import read_usage
from operations.resources import tell_time
from operations.showing import shown_progress, waiting
from operations.subscription_shelf import SubscriptionShelf, all_subscriptions
from operations.times import Month, read_day
from operations.usage_of_all import SUBSCRIPTIONS_MAX, UsageOfAllAnswer, read_usage_of_all

if TYPE_CHECKING:
    from operations.answers import UsageAnswer


def usage(  # noqa: PLR0913 - each is an option
    *,
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="The subscription. Default: all that are known."),
    ] = None,
    month: Month = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--from", "--since", parser=read_day, metavar="DAY", help="The first day, in UTC."
        ),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(
            "--to", "--until", parser=read_day, metavar="DAY", help="The last day. Default: today."
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=SUBSCRIPTIONS_MAX, help="So many subscriptions at most.")
    ] = SUBSCRIPTIONS_MAX,
    after: Annotated[
        str | None, typer.Option(help="Go on after this subscription: `next` of an answer.")
    ] = None,
    table: TableName = None,
    stack_name: StackName = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    directory: Directory = DEFAULT_DIRECTORY,
) -> None:
    """Say what one subscription used by hour and dimension, or all by dimension; where it stands.

    Days that ended two days ago are read from sheets, later ones from the frozen records.
    """
    choose_form(as_json=as_json, as_csv=as_csv)
    chosen = Chosen(table, stack_name, directory)
    of_one = None if name is None else read_subscription_name(name)
    if of_one is None and table is not None:
        raise typer.BadParameter(
            "name a subscription, or a stack: who subscribed is in another table"
        )
    with open_resource(CarefulUsageTable, "usage", chosen) as ledger:
        days = days_of(month, since, until, tell_time(*chosen))
        answer: UsageAnswer | UsageOfAllAnswer
        if of_one is not None:
            with waiting("Reading"):
                read = ReadUsage(ledger, ledger.layout().shards)
                answer = read_usage(read, of_one, days, ledger.noted)
        else:
            answer = _of_all(ledger, chosen, days, after=after, limit=limit)
        told = ledger.name
    tell_answer("usage", ("table", told), answer, as_json=as_json, as_csv=as_csv)


def _of_all(
    ledger: CarefulUsageTable,
    chosen: Chosen,
    days: tuple[datetime, datetime],
    *,
    after: str | None,
    limit: int,
) -> UsageOfAllAnswer:
    with open_resource(SubscriptionShelf, "usage", chosen) as shelf:
        with waiting("Looking for subscriptions"):
            names = all_subscriptions(shelf)
        answer = read_usage_of_all(
            *(ledger, ledger.layout().shards, names, days),
            after=after,
            limit=limit,
            noted=ledger.noted,
            each=partial(shown_progress, description="Reading subscriptions"),
        )
        return replace(answer, unreadable=(*answer.unreadable, *shelf.unreadable))


def days_of(
    month: datetime | None, since: datetime | None, until: datetime | None, now: datetime
) -> tuple[datetime, datetime]:
    """Return the first and the last UTC day that are meant."""
    if since is None and until is None:
        return month_of(month or now)
    if month is not None or since is None:
        raise typer.BadParameter("give --month, or --from with or without --to")
    last_at = day_of(floor_to_hour(now)) if until is None else until.replace(tzinfo=UTC)
    first_at = since.replace(tzinfo=UTC)
    if first_at > last_at:
        raise typer.BadParameter("--from lies after --to")
    return first_at, last_at


def month_of(moment: datetime) -> tuple[datetime, datetime]:
    """Return the first and the last UTC day of the month that holds a moment."""
    first_at = datetime(moment.year, moment.month, 1, tzinfo=UTC)
    return first_at, next_month_of(first_at) - DAY
