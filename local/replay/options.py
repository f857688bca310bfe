"""The options of `python -m local.replay`, each with the sentence that explains it."""

from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from local.replay.errors import ReplayError
from local.replay.values import ValueUnreadableError, read_time

Files = Annotated[
    list[Path],
    typer.Argument(help="CSV files with a header line; its default names in whatever case."),
]
TimeColumn = Annotated[
    str | None, typer.Option(help="Default: the column named time or timestamp.")
]
SubscriptionName = Annotated[
    str | None, typer.Option(help="Book everything on one subscription of this name.")
]
SubscriptionColumn = Annotated[
    str | None, typer.Option(help="Who used it; each name becomes a buyer. Default: subscription")
]
DimensionColumn = Annotated[
    str | None, typer.Option(help="What was used (long form). Default: dimension")
]
QuantityColumn = Annotated[
    str | None, typer.Option(help="How much was used (long form). Default: quantity")
]
Measures = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN[=DIMENSION]",
        help="A quantity column and what it counts; repeatable (wide form). Blank cells count "
        "nothing.",
    ),
]
IdColumn = Annotated[
    str | None, typer.Option(help="The event's id. Default: the number of the row.")
]
Delimiter = Annotated[
    str | None, typer.Option(help="What separates columns, or tab. Default: found out.")
]
DecimalComma = Annotated[
    bool, typer.Option("--decimal-comma", help="Quantities are written as 12,5.")
]
Encoding = Annotated[
    str | None,
    typer.Option(help="Such as latin-1, of files without a mark. Default: UTF-8."),
]
TimeZone = Annotated[str, typer.Option(help="Of times without an offset, such as Europe/Berlin.")]
Since = Annotated[str | None, typer.Option(help="Leave out usage before this time.")]
Until = Annotated[str | None, typer.Option(help="Leave out usage from this time on.")]
MoveToRecent = Annotated[
    bool,
    typer.Option(
        "--move-to-recent", help="Move the log so that it ends in the newest settled hour."
    ),
]
Repeat = Annotated[int, typer.Option(min=1, help="Send every row so many times.")]
Strict = Annotated[bool, typer.Option("--strict", help="Send nothing when a row is bad.")]
AllowBadRows = Annotated[
    bool, typer.Option("--allow-bad-rows", help="Exit with 0 although bad rows were skipped.")
]
SecondsMax = Annotated[float, typer.Option(help="How long to wait until everything is metered.")]
Directory = Annotated[Path, typer.Option(help="Where `make up` keeps the stack's files.")]


def read_zone(name: str) -> ZoneInfo:
    """Find a time zone; raises ReplayError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ReplayError(
            f"--time-zone {name!r} is none of the zone database, such as UTC or Europe/Berlin"
        ) from None


def read_limit(option: str, text: str | None, zone: ZoneInfo) -> datetime | None:
    """Read the time that an option gives; raises ReplayError."""
    try:
        return None if text is None else read_time(text, zone)[0]
    except ValueUnreadableError as error:
        raise ReplayError(f"{option}: {error}") from None
