"""`records`: lists of metering records, and one of them down to the events it is made of."""

from datetime import datetime
from typing import Annotated

import typer

from meterhouse.domain.accounting.sheets import DAY
from meterhouse.domain.hours import HOUR
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import read_why
from operations.careful_ledger import CarefulUsageTable
from operations.options import answering, read_subscription_name
from operations.record import record
from operations.record_filter import RecordFilter
from operations.record_list import SHOWN_DEFAULT, RecordsAnswer
from operations.record_list import list_records as find_records
from operations.times import read_day, read_hour, read_month
from operations.usage import month_of

LIMIT_MAX = 1_000


def _read_hours(text: str) -> tuple[datetime, datetime]:
    """Return the first and the last hour of what names a day or an hour."""
    if "T" in text:
        hour_at = read_hour(text)
        return hour_at, hour_at
    first_at = read_day(text)
    return first_at, first_at + DAY - HOUR


def _day_or_hour(text: str) -> str:
    """Return what names a day or an hour as it was typed; raises BadParameter for what does not."""
    _read_hours(text)
    return text


app = typer.Typer(no_args_is_help=True, help="Look at metering records.")


@answering
def list_records(  # noqa: PLR0913 - each is an option
    ledger: CarefulUsageTable,
    *,
    now: datetime,
    subscription: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only of this subscription.")
    ] = None,
    dimension: Annotated[str | None, typer.Option(help="Only of this dimension.")] = None,
    state: Annotated[
        list[RecordState] | None,
        typer.Option(
            case_sensitive=False,
            metavar="STATE",
            help=f"Only in this state: {', '.join(RecordState)}. Repeatable.",
        ),
    ] = None,
    reason: Annotated[
        str | None, typer.Option(help="Only with this reason, as the runbook has it.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--from",
            "--since",
            parser=_day_or_hour,
            metavar="TIME",
            help="The first UTC day or hour.",
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            "--to",
            "--until",
            parser=_day_or_hour,
            metavar="TIME",
            help="The last UTC day or hour.",
        ),
    ] = None,
    month: Annotated[
        datetime | None,
        typer.Option(parser=read_month, metavar="MONTH", help="All hours of one, as 2026-11."),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=LIMIT_MAX, help="So many at most.")
    ] = SHOWN_DEFAULT,
    after: Annotated[
        str | None, typer.Option(help="Go on where a list ended: `next` of its answer.")
    ] = None,
) -> RecordsAnswer:
    """List metering records, the latest hour first, a screenful at a time.

    Without hours those of the last 31 days; but what is unfinished, or was not billed and nobody
    has settled (--state REJECTED and the like), from whenever it is. Give the same filters with
    --after.
    """
    first_at, last_at = hours_of(since, until, month)
    wanted = RecordFilter(
        subscription=None if subscription is None else read_subscription_name(subscription),
        dimension=dimension,
        first_at=first_at,
        last_at=last_at,
        states=frozenset(state or ()),
        reason=read_why(reason),
    )
    shards = ledger.layout().shards
    return find_records(ledger, shards, wanted, now, after=after, limit=limit, noted=ledger.noted)


def hours_of(
    since: str | None, until: str | None, month: datetime | None
) -> tuple[datetime | None, datetime | None]:
    """Return the first and the last hour that are meant; a day is all of its hours."""
    if month is not None:
        if since is not None or until is not None:
            raise typer.BadParameter("give --month, or --from and --to")
        first_day, last_day = month_of(month)
        return first_day, last_day + DAY - HOUR
    first_at = None if since is None else _read_hours(since)[0]
    last_at = None if until is None else _read_hours(until)[1]
    if first_at is not None and last_at is not None and first_at > last_at:
        raise typer.BadParameter("--from lies after --to")
    return first_at, last_at


app.command("list")(list_records)
app.command("show")(record)
