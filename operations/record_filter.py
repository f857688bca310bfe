"""Which records a list is of, and how far it has come."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from meterhouse.domain.accounting.sheets import SheetLine
from meterhouse.domain.hours import format_hour, read_hour
from meterhouse.domain.records.lifecycle import NOT_BILLED, UNFINISHED, RecordState
from meterhouse.domain.records.reasons import Why
from meterhouse.domain.records.record import MeteringRecord
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from operations.errors import OperationError

ALL_OF_HOUR = "~"
# These are found by the index, or in it.
_SPARSE = NOT_BILLED | UNFINISHED


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which records are asked for; `first_at` and `last_at` are hours, both included."""

    subscription: SubscriptionKey | None = None
    dimension: str | None = None
    first_at: datetime | None = None
    last_at: datetime | None = None
    states: frozenset[RecordState] = frozenset()
    reason: Why | None = None

    @property
    def is_sparse(self) -> bool:
        """Tell whether the index holds everything that is asked for."""
        return self.subscription is None and bool(self.states) and self.states <= _SPARSE

    def accepts(self, record: MeteringRecord) -> bool:
        """Tell whether a record is asked for."""
        key, state = record.key, record.state
        return (
            self.subscription in {None, key.subscription}
            and self.dimension in {None, key.dimension}
            and (not self.states or state in self.states)
            and self.reason in {None, record.status.reason}
            and not self._is_nothing(record)
        )

    def accepts_line(self, line: SheetLine) -> bool:
        """Tell whether a line of a sheet may be of a record that is asked for."""
        # All records of a filed day have ended, and their units stand where their states say.
        return self.dimension in {None, line.dimension} and (
            not self.states or line.standing.name in self.states
        )

    def _is_nothing(self, record: MeteringRecord) -> bool:
        """Tell whether a record is of no interest: it went nowhere, or needs nobody any more.

        Who asks for what was not billed is shown what the index holds: what nobody has settled.
        """
        if record.state is RecordState.CARRIED:
            return not record.units
        return bool(self.states) and record.state in NOT_BILLED and not record.needs_person


class Place(NamedTuple):
    """How far a list has come: within an hour by shard and batch, or shard and dimension."""

    hour_at: datetime
    inside: str

    def __str__(self) -> str:
        return f"{format_hour(self.hour_at)}/{self.inside}"

    def is_before(self, hour_at: datetime, inside: str) -> bool:
        """Tell whether something comes after it in a list."""
        return (self.hour_at, inside) > (hour_at, self.inside)


def read_place(after: str, wanted: RecordFilter) -> Place:
    """Read where a page ended; raises OperationError unless it is a list's with such filters."""
    inside = r"\d\d([|].*|~)" if wanted.subscription is not None else r"\d\d/[0-9a-f]+/(\d\d|~)"
    hour, _, rest = after.partition("/")
    try:
        if re.fullmatch(f"{inside}|{ALL_OF_HOUR}", rest, re.DOTALL):
            return Place(read_hour(hour), rest)
    except ValueError:
        pass
    raise OperationError(
        f"{after!a} is not where a list with these filters ended: give `next` of its answer"
    )
