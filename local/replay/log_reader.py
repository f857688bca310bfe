"""Reading a usage log row by row; a bad row is reported and harms no other."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from local.replay.columns import ColumnChoice, Columns, Measure, choose_columns
from local.replay.errors import ReplayError

_EVENT_ID_LENGTH_MAX = 128
# AWS takes up to 10 integer and 6 fraction digits: QuantityAsDecimal in the service model.
_QUANTITY = re.compile(r"0*[0-9]{1,10}(\.[0-9]{1,6}0*)?")


@dataclass(frozen=True, slots=True)
class LoggedUsage:
    """One quantity of one row.

    `event_id` is the row's own id, or its file and number: unique within subscription, dimension
    and hour, and the same whenever the log is read again.
    """

    event_id: str
    used_at: datetime
    subscription: str
    dimension: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be replayed, and why."""

    file: Path
    line: int
    reason: str


class _RowUnreadableError(ValueError):
    """One value of a row makes no sense."""


def read_logs(files: Sequence[Path], choice: ColumnChoice) -> Iterator[LoggedUsage | BadRow]:
    """Read all files, one after the other, without holding more than a row in memory."""
    for position, file in enumerate(files):
        yield from _read_log(file, choice, position)


def _read_log(file: Path, choice: ColumnChoice, position: int) -> Iterator[LoggedUsage | BadRow]:
    try:
        with file.open(newline="", encoding="utf-8-sig") as text:
            reader = csv.DictReader(text)
            columns = choose_columns(choice, reader.fieldnames or ())
            for number, row in enumerate(reader, start=1):
                try:
                    yield from _read_row(row, columns, f"{position}.{number}")
                except _RowUnreadableError as error:
                    yield BadRow(file, reader.line_num, str(error))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ReplayError(f"cannot read {file}: {error}") from error


def _read_row(row: dict[str, str | None], columns: Columns, row_number: str) -> list[LoggedUsage]:
    """Return everything that a row reports: a row counts as a whole or not at all."""
    event_id = _value(row, columns.id_column) if columns.id_column else row_number
    if len(event_id) > _EVENT_ID_LENGTH_MAX:
        raise _RowUnreadableError(f"an id has at most {_EVENT_ID_LENGTH_MAX} characters")
    used_at = _read_time(_value(row, columns.time_column))
    subscription = columns.subscription
    if columns.subscription_column is not None:
        subscription = _value(row, columns.subscription_column)
    assert subscription is not None
    measures = columns.measures or (
        Measure(columns.quantity_column, _value(row, columns.dimension_column)),
    )
    return [
        LoggedUsage(
            event_id=event_id,
            used_at=used_at,
            subscription=subscription,
            dimension=measure.dimension,
            quantity=_read_quantity(_value(row, measure.column)),
        )
        for measure in measures
    ]


def _value(row: dict[str, str | None], column: str) -> str:
    value = (row.get(column) or "").strip()
    if not value:
        raise _RowUnreadableError(f"{column} is empty")
    return value


def _read_time(text: str) -> datetime:
    """Read ISO 8601; what is finer than a microsecond is cut off, no offset means UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _RowUnreadableError(f"{text!r} is not a time like 2026-11-22T18:04:05Z") from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _read_quantity(text: str) -> Decimal:
    if _QUANTITY.fullmatch(text) is None:
        raise _RowUnreadableError(
            f"{text!r} is not a quantity with at most 10 integer and 6 fraction digits"
        )
    return Decimal(text)
