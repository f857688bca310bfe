"""`usage`: what one subscription used, hour by hour, and where that stands."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from meterhouse.domain.accounting.sheets import DAY, day_of
from meterhouse.domain.hours import floor_to_hour
from meterhouse.use_cases.accounting.read_usage import ReadUsage
from operations.answers import UsageAnswer
from operations.careful_ledger import CarefulUsageTable
from operations.options import SubscriptionName, answering
from operations.reads import read_usage

_DAY_FORMAT = ["%Y-%m-%d"]
# Longer than any month.
_TO_NEXT_MONTH = timedelta(days=31)


@answering
def usage(
    ledger: CarefulUsageTable,
    name: SubscriptionName,
    *,
    now: datetime,
    month: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m"], help="A month. Default: the present one.")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=_DAY_FORMAT, help="The first day, in UTC.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=_DAY_FORMAT, help="The last day. Default: today.")
    ] = None,
) -> UsageAnswer:
    """Say what one subscription used by hour and dimension, and where it stands.

    Days that ended two days ago are read from its sheets, later ones from the frozen records.
    """
    days = days_of(month, since, until, day_of(floor_to_hour(now)))
    return read_usage(ReadUsage(ledger, ledger.layout().shards), name, days, ledger.noted)


def days_of(
    month: datetime | None, since: datetime | None, until: datetime | None, today: datetime
) -> tuple[datetime, datetime]:
    """Return the first and the last UTC day that are meant."""
    if since is None and until is None:
        return month_of(month or today)
    if month is not None or since is None:
        raise typer.BadParameter("give --month, or --since with or without --until")
    first_at, last_at = since.replace(tzinfo=UTC), (until or today).replace(tzinfo=UTC)
    if first_at > last_at:
        raise typer.BadParameter("--since lies after --until")
    return first_at, last_at


def month_of(moment: datetime) -> tuple[datetime, datetime]:
    """Return the first and the last UTC day of a month."""
    first_at = moment.replace(day=1, tzinfo=UTC)
    return first_at, (first_at + _TO_NEXT_MONTH).replace(day=1) - DAY
