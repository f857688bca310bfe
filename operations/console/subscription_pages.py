"""The pages about who has subscribed: a list with search, and one subscription with its life."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import typer
from loopback_console.charts import draw_bars
from loopback_console.drawing import show_quantity
from loopback_console.forms import EntryError
from loopback_console.visits import Visit
from markupsafe import Markup

from meterhouse.domain.hours import HOUR, format_hour, read_hour
from meterhouse.domain.subscriptions.announcing import content
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.state import Phase
from meterhouse.use_cases.accounting.read_usage import ReadUsage
from operations import times
from operations.answers import UsageAnswer
from operations.careful_ledger import CarefulUsageTable
from operations.console.runbook_words import words_about, write_inline
from operations.console.stack import Stack
from operations.console.views import NotHereError, View
from operations.entitlements import EntitlementRow, rows_of
from operations.entitlements import words_about as words_of_rows
from operations.errors import OperationError
from operations.fact_words import WORDS
from operations.included_units import AllowanceRow, words_about_included
from operations.included_units import rows_of as allowances_of
from operations.reads import read_usage
from operations.showing import as_text
from operations.subscription_shelf import (
    KnownSubscription,
    Sought,
    SubscriptionShelf,
    read_page,
    read_subscription,
    source_of,
)
from operations.usage import month_of

# Two weeks of hours are as many bars as an eye tells apart.
_BARS_MAX = 14 * 24
HOURS_SHOWN_MAX = 200
_CARRIED = "carried"
_LISTED_ELSEWHERE = frozenset({"key", "phase", "has_access", "flags", "entitlements"})


@dataclass(frozen=True, slots=True)
class HourRow:
    """What one dimension used in one hour, by where it stands; `record` names it."""

    hour: str
    dimension: str
    record: str
    units: Decimal
    standings: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class UsageView:
    """A month of usage; `rows` are the latest hours, of which `hidden` are not shown."""

    charts: tuple[tuple[str, Decimal, Markup], ...]
    rows: tuple[HourRow, ...]
    hidden: int
    totals: tuple[tuple[str, str, Decimal], ...]
    unsettled: tuple[str, ...]


def show_subscriptions(stack: Stack, visit: Visit) -> View:
    """Show a page of the subscriptions that are looked for."""
    query = visit.query
    phase = None if query.text("phase") is None else query.choice("phase", Phase)
    sought = Sought(phase, query.text("account"), query.text("tenant"), query.text("text") or "")
    place = read_place(query.text("after"))
    shelf = stack.open(SubscriptionShelf)
    try:
        page = read_page(shelf, sought, place)
    except OperationError as error:
        raise EntryError(str(error)) from error
    fields = {name: query.entered(name) for name in ("text", "phase", "account", "tenant")}
    return View(
        "subscriptions.html",
        {
            "filter": query,
            "phases": [("", "any"), *((one.value, one.value) for one in Phase)],
            "rows": page.rows,
            "following": page.after and {**fields, "after": json.dumps(page.after)},
            "is_first": not place,
            "unreadable": shelf.unreadable,
        },
    )


def show_subscription(stack: Stack, visit: Visit) -> View:
    """Show all that is known of one subscription, and what it used in a month."""
    now = stack.now()
    days = month_of(read_month(visit.query.text("month")) or now)
    shelf = stack.open(SubscriptionShelf)
    try:
        known = read_subscription(shelf, SubscriptionKey(visit.query.required("name")))
    except OperationError as error:
        raise NotHereError(str(error)) from error
    name = SubscriptionKey(known.state.folder)
    usage = _usage_of(stack, name, days)
    included = allowances_of(stack.open(CarefulUsageTable), stack.rules(), known.state, now)
    told, held = content(known.state) or {}, known.state.entitlements
    asked_at = None if held is None else held.asked_at
    rows = rows_of(held, now)
    words = words_of_rows(asked_at, rows, has_ended=known.state.ended_at is not None)
    return View(
        "subscription.html",
        {
            "name": name,
            "state": known.state,
            "told": [one for one in told.items() if one[0] not in _LISTED_ELSEWHERE],
            "phase_words": words_about(known.state.phase),
            "flags": [(one, words_about(one)) for one in known.state.flags],
            "asked_at": asked_at,
            "held": [(one, show_held(one)) for one in rows],
            "held_words": words and write_inline(words),
            "allowances": [*map(_view_allowance, included)],
            "allowance_words": [*map(write_inline, words_about_included(included))],
            "links": known.links,
            "facts": facts_of(known),
            "usage": None if usage is None else view_usage(usage),
            "month": f"{days[0]:%Y-%m}",
            "filter": visit.query,
            "unreadable": (*shelf.unreadable, *(() if usage is None else usage.unreadable)),
        },
    )


def _usage_of(
    stack: Stack, name: SubscriptionKey, days: tuple[datetime, datetime]
) -> UsageAnswer | None:
    """Return what a subscription used on some days; None of a stack that never saw any usage."""
    ledger = stack.open(CarefulUsageTable)
    shards = ledger.shards()
    if shards is None:
        return None
    return read_usage(ReadUsage(ledger, shards), name, days, ledger.noted)


@dataclass(frozen=True, slots=True)
class FactView:
    """Something that was told, whole."""

    at: datetime
    kind: str
    source: str
    kept_in: str
    means: str
    document: str


def facts_of(known: KnownSubscription) -> list[FactView]:
    """Return the facts of a life, the oldest first."""
    return [
        FactView(
            fact.at,
            fact.kind,
            source_of(fact),
            kept_in,
            WORDS[fact.kind],
            write_document(fact.document),
        )
        for kept_in, fact in known.facts
    ]


def show_held(held: EntitlementRow) -> str:
    """Write what is held for people: 22,361,870, yes, or a name as it is."""
    value = held.value
    return show_quantity(value) if isinstance(value, Decimal) else as_text(value)


def _view_allowance(one: AllowanceRow) -> tuple[AllowanceRow, list[str]]:
    """Return an allowance and how people read what is granted, taken and left of it."""
    units = (one.granted, one.taken, one.left)
    return one, ["not known" if value is None else show_quantity(value) for value in units]


def view_usage(usage: UsageAnswer) -> UsageView:
    """Return what was used as a page shows it: a chart of each dimension, and the latest hours."""
    by_row = defaultdict[tuple[str, str], list[tuple[str, Decimal]]](list)
    for line in usage.lines:
        by_row[line.hour, line.dimension].append((line.standing, line.units))
    rows = [
        HourRow(
            hour,
            dimension,
            f"{usage.subscription}|{dimension}|{hour}",
            sum((units for _, units in standings), Decimal(0)),
            tuple(standings),
        )
        for (hour, dimension), standings in sorted(by_row.items(), reverse=True)
    ]
    totals = tuple((one.dimension, one.standing, one.units) for one in usage.totals)
    return UsageView(
        charts=tuple(_charts(usage)),
        rows=tuple(rows[:HOURS_SHOWN_MAX]),
        hidden=max(0, len(rows) - HOURS_SHOWN_MAX),
        totals=totals,
        unsettled=usage.unsettled,
    )


def _charts(usage: UsageAnswer) -> Iterable[tuple[str, Decimal, Markup]]:
    """Yield each dimension with what was used of it, and its hours as bars.

    What was carried on counts in the hour to which it went.
    """
    used = defaultdict[str, defaultdict[datetime, Decimal]](lambda: defaultdict(Decimal))
    for line in usage.lines:
        if line.standing != _CARRIED:
            used[line.dimension][read_hour(line.hour)] += line.units
    for dimension, hours in sorted(used.items()):
        last_at = max(hours)
        first_at = max(min(hours), last_at - (_BARS_MAX - 1) * HOUR)
        count = (last_at - first_at) // HOUR + 1
        bars = [(first_at + n * HOUR) for n in range(count)]
        told = f"{dimension} by hour, from {format_hour(first_at)} to {format_hour(last_at)}"
        drawn = draw_bars(told, [(format_hour(at), hours.get(at, Decimal(0))) for at in bars])
        yield dimension, sum(hours.values(), Decimal(0)), drawn


def write_document(text: str) -> str:
    """Write a document as people read it: JSON in lines, and anything else as it came."""
    try:
        return json.dumps(json.loads(text, parse_float=str), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def read_month(text: str | None) -> datetime | None:
    """Read a month; raises EntryError."""
    if text is None:
        return None
    try:
        return times.read_month(text)
    except typer.BadParameter as error:
        raise EntryError("the month must be one like 2026-11") from error


def read_place(text: str | None) -> tuple[str, ...]:
    """Read where a list goes on; raises EntryError for what no page wrote."""
    if text is None:
        return ()
    try:
        place = json.loads(text)
    except (ValueError, RecursionError):
        place = None
    if not isinstance(place, list) or not all(isinstance(one, str) and one for one in place):
        raise EntryError("this is no place in a list: begin at its first page")
    return tuple(place)
