"""Reading a usage log row by row; a bad row is reported and harms no other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from pathlib import Path

from local.replay.columns import ColumnChoice, Columns, Measure, choose_columns
from local.replay.errors import ReplayError
from local.replay.text import BrokenRow, Row, Table, TextForm, open_table
from local.replay.values import ValueUnreadableError, quote, read_quantity, read_time

_EVENT_ID_LENGTH_MAX = 128


@dataclass(frozen=True, slots=True)
class LogForm:
    """How a log is to be read.

    `zone` is that of times without an offset. Usage before `since`, or from `until` on, is left
    out.
    """

    columns: ColumnChoice = field(default_factory=ColumnChoice)
    text: TextForm = field(default_factory=TextForm)
    zone: tzinfo = UTC
    decimal_comma: bool = False
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class LoggedUsage:
    """One quantity of one row.

    `event_id` is the row's own id, or its file and number: unique within subscription, dimension
    and hour, and the same whenever the log is read again. `in_zone` says that its time had no
    offset.
    """

    event_id: str
    used_at: datetime
    subscription: str
    dimension: str
    quantity: Decimal
    in_zone: bool = False

    @property
    def hour_at(self) -> datetime:
        """The UTC hour that it belongs to."""
        return self.used_at.replace(minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be replayed, and why."""

    file: Path
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row of a time that was not asked for."""


@dataclass(frozen=True, slots=True)
class IdleRow:
    """A row of a wide log in which no measure has a value."""


type Member = LoggedUsage | BadRow | LeftOut | IdleRow


def read_logs(files: Sequence[Path], form: LogForm) -> Iterator[Member]:
    """Read all files, one after the other, without holding more of a row in memory than its id.

    Raises ReplayError when a file cannot be read as asked.
    """
    known_ids = _KnownIds()
    for position, file in enumerate(files):
        with open_table(file, form.text) as table:
            columns = _choose(file, table, form)
            reader = _RowReader(table, columns, form)
            for number, row in enumerate(table.rows, start=1):
                try:
                    members = reader.read(row, f"{position}.{number}")
                    if columns.id_column is not None and isinstance(members, list):
                        known_ids.add(members, f"{file} line {row.line}")
                    yield from members if isinstance(members, list) else (members,)
                except ValueUnreadableError as error:
                    yield BadRow(file, row.line, str(error))


def _choose(file: Path, table: Table, form: LogForm) -> Columns:
    try:
        return choose_columns(form.columns, table.header, table.delimiter)
    except ReplayError as error:
        raise ReplayError(f"{file}: {error}") from None


class _KnownIds:
    """Where each of the log's own ids was read: what has the same is billed once only."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, str, datetime, str], str] = {}

    def add(self, members: Sequence[LoggedUsage], place: str) -> None:
        """Remember a row's ids; raises ValueUnreadableError when one of them is known."""
        identities = [
            (one.subscription, one.dimension, one.hour_at, one.event_id) for one in members
        ]
        for identity in identities:
            if identity in self._places:
                raise ValueUnreadableError(
                    f"the id {identity[-1]!r} was in {self._places[identity]} already, for the "
                    "same subscription, dimension and hour: it would be billed once only"
                )
        self._places.update(dict.fromkeys(identities, place))


class _RowReader:
    """Reads the rows of one table."""

    def __init__(self, table: Table, columns: Columns, form: LogForm) -> None:
        self._width = len(table.header)
        self._delimiter = table.delimiter
        self._places = {name: place for place, name in enumerate(table.header) if name}
        self._columns = columns
        self._form = form

    def read(self, row: Row | BrokenRow, row_number: str) -> list[LoggedUsage] | LeftOut | IdleRow:
        """Return all that a row reports, or why it reports nothing.

        A row counts as a whole or not at all: raises ValueUnreadableError.
        """
        if isinstance(row, BrokenRow):
            raise ValueUnreadableError(row.reason)
        values = self._values(row.fields)
        used_at, in_zone = read_time(
            self._value(values, self._columns.time_column), self._form.zone
        )
        if self._is_left_out(used_at):
            return LeftOut()
        subscription = self._columns.subscription
        if self._columns.subscription_column is not None:
            subscription = self._value(values, self._columns.subscription_column)
        assert subscription is not None
        used = [
            LoggedUsage(event_id, used_at, subscription, measure.dimension, quantity, in_zone)
            for event_id, measure, quantity in self._measured(values, row_number)
        ]
        return used or IdleRow()

    def _values(self, fields: Sequence[str]) -> list[str]:
        """Return as many values as the header has names."""
        for text in fields:
            if "\0" in text:
                raise ValueUnreadableError("it holds a NUL: the file is damaged, or no plain text")
            for line in text.splitlines()[1:]:
                if line.count(self._delimiter) >= self._width - 1:
                    raise ValueUnreadableError(
                        "a quote that is open over several lines holds what looks like rows"
                    )
        values = [field.strip() for field in fields]
        # Some programs end every row with a delimiter.
        while len(values) > self._width and not values[-1]:
            values.pop()
        if len(values) != self._width:
            hint = ""
            if len(values) > self._width:
                hint = f"; a value that holds {self._delimiter!r} stands in double quotes"
            raise ValueUnreadableError(
                f"it has {len(values)} fields and the header {self._width}{hint}"
            )
        return values

    def _value(self, values: Sequence[str], column: str) -> str:
        value = values[self._places[column]]
        if not value:
            raise ValueUnreadableError(f"{column} is empty")
        return value

    def _is_left_out(self, used_at: datetime) -> bool:
        since, until = self._form.since, self._form.until
        return (since is not None and used_at < since) or (until is not None and used_at >= until)

    def _measured(
        self, values: Sequence[str], row_number: str
    ) -> Iterator[tuple[str, Measure, Decimal]]:
        """Yield id, measure and quantity of each filled cell."""
        columns = self._columns
        row_id = self._value(values, columns.id_column) if columns.id_column else row_number
        if columns.measures:
            filled = [one for one in columns.measures if values[self._places[one.column]]]
        else:
            dimension = self._value(values, columns.dimension_column)
            filled = [Measure(columns.quantity_column, dimension)]
        for measure in filled:
            # Two columns of one dimension are two events.
            event_id = f"{row_id}:{measure.column}" if columns.shares(measure) else row_id
            if len(event_id) > _EVENT_ID_LENGTH_MAX:
                raise ValueUnreadableError(
                    f"an id has at most {_EVENT_ID_LENGTH_MAX} characters, and "
                    f"{quote(event_id)} more"
                )
            text = self._value(values, measure.column)
            quantity = read_quantity(text, decimal_comma=self._form.decimal_comma)
            yield event_id, measure, quantity
