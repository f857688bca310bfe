"""The first reading of a log: who used what, from when to when, and which rows are bad."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from local.replay.log_reader import BadRow, IdleRow, LeftOut, LoggedUsage, Member

BAD_ROWS_SHOWN_MAX = 20


@dataclass(slots=True)
class Survey:
    """What must be known before anything is sold or sent."""

    quantities: int = 0
    subscriptions: set[str] = field(default_factory=set)
    dimensions: set[str] = field(default_factory=set)
    first_at: datetime | None = None
    last_at: datetime | None = None
    has_times_in_zone: bool = False
    left_out: int = 0
    idle: int = 0
    bad_row_count: int = 0
    bad_rows: list[BadRow] = field(default_factory=list)

    def add(self, member: Member) -> None:
        """Take notice of one row's usage, or of a row that has none."""
        match member:
            case LeftOut():
                self.left_out += 1
            case IdleRow():
                self.idle += 1
            case BadRow():
                self.bad_row_count += 1
                if self.bad_row_count <= BAD_ROWS_SHOWN_MAX:
                    self.bad_rows.append(member)
            case LoggedUsage():
                self.quantities += 1
                self.subscriptions.add(member.subscription)
                self.dimensions.add(member.dimension)
                self.first_at = min(self.first_at or member.used_at, member.used_at)
                self.last_at = max(self.last_at or member.used_at, member.used_at)
                self.has_times_in_zone |= member.in_zone


def survey_log(members: Iterable[Member]) -> Survey:
    """Read a log once."""
    survey = Survey()
    for member in members:
        survey.add(member)
    return survey
