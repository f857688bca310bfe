"""The first page: what needs somebody, what waits for its deadline, usage by hour, and alarms."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from loopback_console.charts import draw_stacks
from loopback_console.visits import Visit
from markupsafe import Markup

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.keys import LogKey, RecordKey
from operations.answers import Answer, StandingRecord, UnfinishedAnswer, UnfinishedHour, Unreadable
from operations.careful_ledger import CarefulUsageTable
from operations.console.refusals import ERRORS, explain
from operations.console.runbook_words import words_about
from operations.console.stack import Stack
from operations.console.views import View
from operations.dead_letters import AgreementDeadLetters, UsageDeadLetters
from operations.held_queue import HeldQueue
from operations.reads import read_refused, read_unfinished
from operations.recent_hours import HourOfAll, RecentHoursAnswer, read_recent_hours
from operations.rejected_queue import RejectedQueue

# Of the index so many entries are looked at, each of which may be a request to the table.
ENTRIES_MAX = 300
SHOWN_MAX = 12
# How a bar is cut. What was carried counts in the hour to which it went. Few contracts include
# units: of the last part nothing is said where there is none.
PARTS = {
    "billed": (Standing.METERED,),
    "waiting": (Standing.PENDING, Standing.HELD),
    "not billed": (Standing.REJECTED, Standing.DISPUTED, Standing.EXPIRED),
    "included": (Standing.INCLUDED,),
}


@dataclass(frozen=True, slots=True)
class Panel[Value]:
    """A part of the page, or why it cannot be shown; the others are shown all the same."""

    value: Value | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something that AWS has not accepted yet: a record, or an hour whose usage is not frozen."""

    hour_at: datetime
    record: RecordKey | None
    why: str
    units: Decimal | None
    at: datetime
    left: timedelta

    @property
    def is_explained(self) -> bool:
        """Whether the runbook says what it waits for; that it was sent just now needs no words."""
        return bool(words_about(self.why))


@dataclass(frozen=True, slots=True)
class HourRow:
    """An hour in the table beside the chart."""

    hour_at: datetime
    parts: tuple[Decimal, ...]
    is_accounted: bool


@dataclass(frozen=True, slots=True)
class UsageView:
    """The last hours: the chart, its numbers, and the sums by where units stand.

    `parts` are the names of what each bar is cut into.
    """

    answer: RecentHoursAnswer
    parts: tuple[str, ...]
    chart: Markup
    rows: tuple[HourRow, ...]


def show_overview(stack: Stack, visit: Visit) -> View:
    """Show all of that; what a command would read of it is read, up to a bound."""
    del visit
    now = stack.now()
    ledger = stack.open(CarefulUsageTable)
    unfinished = read_unfinished(ledger, now, entries_max=ENTRIES_MAX)
    hours = read_recent_hours(ledger, now)
    refused = read_refused(ledger, now, ledger.noted, entries_max=ENTRIES_MAX)
    waiting = [one for one in unfinished.hours if one.why != "open"]
    deadlines = _deadlines(unfinished, waiting)
    return View(
        "overview.html",
        {
            "incomplete_answer": Answer(unreadable=_everything_unreadable(refused, unfinished)),
            "unfinished": unfinished,
            "hours_waiting": len(waiting),
            "deadlines": deadlines[:SHOWN_MAX],
            "hidden": max(0, len(deadlines) - SHOWN_MAX),
            "refused": refused,
            "queues": {
                "rejected": _attempt(lambda: _depth(stack, RejectedQueue)),
                "letters": _attempt(lambda: _depth(stack, UsageDeadLetters, AgreementDeadLetters)),
            },
            "usage": _view_hours(hours) if hours.hours else None,
            "alarms": _attempt(stack.alarms),
        },
    )


def _everything_unreadable(*answers: Answer) -> tuple[Unreadable, ...]:
    return tuple(dict.fromkeys(one for answer in answers for one in answer.unreadable))


def _attempt[Value](gather: Callable[[], Value]) -> Panel[Value]:
    try:
        return Panel(gather())
    except ERRORS as error:
        return Panel(problem=explain(error).message)


def _depth(stack: Stack, *queues: type[HeldQueue]) -> int:
    return sum(stack.open(one).depth() for one in queues)


def _deadlines(unfinished: UnfinishedAnswer, hours: Sequence[UnfinishedHour]) -> list[Deadline]:
    found = [_of_record(one) for one in unfinished.records]
    for hour in hours:
        hour_at = LogKey.parse(hour.log).hour_at
        found.append(Deadline(hour_at, None, hour.why, None, hour.deadline, hour.left))
    return sorted(found, key=lambda one: (one.at, one.record or ()))


def _of_record(one: StandingRecord) -> Deadline:
    key = RecordKey.parse(one.record)
    return Deadline(key.hour_at, key, one.reason or one.state, one.units, one.deadline, one.left)


def _view_hours(answer: RecentHoursAnswer) -> UsageView:
    parts = tuple(PARTS if answer.totals[Standing.INCLUDED] else [*PARTS][:-1])
    rows = tuple(_row(one, parts) for one in answer.hours)
    labels = [f"{one.hour_at:%m-%d %H:%M}" for one in rows]
    columns = {name: [one.parts[place] for one in rows] for place, name in enumerate(parts)}
    chart = draw_stacks("Units of all dimensions by hour, and where they stand", labels, columns)
    return UsageView(answer, parts, chart, rows)


def _row(hour: HourOfAll, parts: Iterable[str]) -> HourRow:
    units = (_sum(hour.units.get(one, Decimal(0)) for one in PARTS[name]) for name in parts)
    return HourRow(hour.hour_at, tuple(units), hour.is_accounted)


def _sum(units: Iterable[Decimal]) -> Decimal:
    return sum(units, Decimal(0))
