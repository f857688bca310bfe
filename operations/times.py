"""Months, days, hours and moments as people type them, all in UTC."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from meterhouse.domain.usage.event_home import read_time
from meterhouse.errors import UnreadableError

# AWS Marketplace is younger than the first of them, and to the last of them time can be reckoned.
YEARS = range(2000, 3000)


def read_month(text: str) -> datetime:
    """Return the start of a month; raises BadParameter."""
    return _read(text, "%Y-%m", "month", "2026-11")


def read_day(text: str) -> datetime:
    """Return the start of a day; raises BadParameter."""
    return _read(text, "%Y-%m-%d", "day", "2026-11-22")


def read_hour(text: str) -> datetime:
    """Return the start of an hour; raises BadParameter."""
    return _read(text, "%Y-%m-%dT%H", "hour", "2026-11-22T18")


def read_moment(text: str) -> datetime:
    """Return the moment of an RFC 3339 time; raises BadParameter."""
    try:
        return _within_reason(text, read_time(text))
    except UnreadableError as error:
        raise typer.BadParameter(f"{text!a}: {error}") from error


def check_moment(text: str) -> str:
    """Return an RFC 3339 time as it was typed; raises BadParameter for what is none."""
    read_moment(text)
    return text


Month = Annotated[
    datetime | None,
    typer.Option(parser=read_month, metavar="MONTH", help="As 2026-11. Default: the present one."),
]


def _read(text: str, form: str, what: str, example: str) -> datetime:
    try:
        moment = datetime.strptime(text, form).replace(tzinfo=UTC)
    except ValueError:
        moment = None
    # It is written in one way only: `2026-1` may be what is left of `2026-11`.
    if moment is None or not moment.isoformat().startswith(text):
        raise typer.BadParameter(f"{text!a} is no {what} like {example}")
    return _within_reason(text, moment)


def _within_reason(text: str, moment: datetime) -> datetime:
    if moment.year not in YEARS:
        raise typer.BadParameter(f"{text!a} lies before {YEARS[0]} or after {YEARS[-1]}")
    return moment
