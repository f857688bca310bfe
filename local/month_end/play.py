"""Playing a month's end on a running stack, and judging its bill."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from marketplace_sandbox.client import MeteringMode
from rich.console import Console
from rich.markup import escape

from local.month_end.scenario import (
    ACTS,
    DIMENSION,
    QUIET_AFTER,
    SETTLED_AFTER,
    SOLD_BEFORE,
    Act,
    ReportedFact,
    facts_of,
    next_month_end,
)
from local.seller.comparison import Comparison, add_up_bill, compare, format_units, success_line
from local.seller.marketplace import Subscription, sell
from local.seller.packing import pack_events
from local.seller.producer import send_messages
from local.seller.registration import Contact, register_buyer
from local.seller.stack_user import StackUser
from local.seller.usage import UsageKey
from local.seller.verdicts import problems_of_bill
from local.seller.waiting import Patience, wait_until_billed

NAME = "nightly"
_DRAINED_SECONDS_MAX = 60.0


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """What was seen when everything was over."""

    end_at: datetime
    reported: Sequence[ReportedFact]
    comparison: Comparison
    refusals: int
    messages_in_dlq: int


def play_month_end(console: Console, user: StackUser, seconds_max: float) -> MonthEnd:
    """Move the sandbox's clock over the next month's end while usage is reported."""
    marketplace = user.marketplace
    end_at = next_month_end(datetime.fromisoformat(marketplace.show_clock()["now"]))
    _begin(console, user, end_at - SOLD_BEFORE, "A buyer subscribes and registers")
    (subscription,) = sell(
        marketplace, "Nightly", MeteringMode.LICENSE, (DIMENSION,), names=(NAME,)
    )
    token = marketplace.issue_token(subscription.agreement_id)["token"]
    contact = Contact("nightly@example.com", "A company", "A buyer")
    register_buyer(user.addresses.register_url, token, contact)
    reported = [
        one for act in ACTS for one in _play_act(console, user, act, (end_at, subscription))
    ]
    _begin(console, user, end_at + ACTS[-1].at + SETTLED_AFTER, "All is settled")
    expected = _expected(reported)
    patience = Patience(seconds_max, user.aftermath.reconcile_now)
    wait_until_billed(marketplace, expected, patience, lambda _: None)
    bill = add_up_bill(marketplace.show_bill()["records"], {subscription.agreement_id})
    return MonthEnd(
        end_at=end_at,
        reported=reported,
        comparison=compare(expected, bill),
        refusals=len(marketplace.list_refusals()["refusals"]),
        messages_in_dlq=user.aftermath.messages_in_dlq(),
    )


def find_problems(seen: MonthEnd) -> list[str]:
    """Name everything that is not as it must be, hour by hour."""
    problems = problems_of_bill(seen.comparison, seen.messages_in_dlq)
    elsewhere = [row for row in seen.comparison.rows if row.difference]
    if seen.comparison.is_exact and elsewhere:
        hours = ", ".join(f"{row.key.hour_at:%d %b %H}h" for row in elsewhere)
        problems.append(f"units billed in another hour than they must be: {hours}")
    if seen.refusals:
        problems.append(f"AWS refused {seen.refusals} records")
    return problems


def last_line(seen: MonthEnd) -> tuple[str, bool]:
    """Return the last line, and whether all went well."""
    problems = find_problems(seen)
    if problems:
        return f"month-end: FAILED: {'; '.join(problems)}", False
    months: dict[datetime, Decimal] = defaultdict(Decimal)
    for row in seen.comparison.rows:
        months[row.key.hour_at.replace(day=1, hour=0)] += row.billed
    shares = ", ".join(
        f"{format_units(units, grouped=False)} in {month_at:%B}"
        for month_at, units in sorted(months.items())
    )
    return f"month-end: {success_line(seen.comparison, len(seen.reported))}; {shares}", True


def _play_act(
    console: Console, user: StackUser, act: Act, whose: tuple[datetime, Subscription]
) -> list[ReportedFact]:
    end_at, subscription = whose
    _begin(console, user, end_at + act.at, act.title)
    reported = list(facts_of(act, end_at, subscription))
    bodies = pack_events(one.fact.as_event() for one in reported)
    send_messages(user.aws.sqs(), user.addresses.usage_queue_url, bodies)
    user.aftermath.wait_until_drained(_DRAINED_SECONDS_MAX)
    _move_clock(user, end_at + act.at + QUIET_AFTER)
    return reported


def _begin(console: Console, user: StackUser, at: datetime, title: str) -> None:
    console.print(f"[bold]{at:%d %b %H:%M}[/bold]  {escape(title)}", soft_wrap=True)
    _move_clock(user, at)


def _move_clock(user: StackUser, at: datetime) -> None:
    """Move the clock, and do at once what the schedule does within a minute."""
    user.marketplace.set_clock(at.isoformat())
    user.aftermath.reconcile_now()


def _expected(reported: Sequence[ReportedFact]) -> dict[UsageKey, Decimal]:
    units: dict[UsageKey, Decimal] = defaultdict(Decimal)
    for one in reported:
        units[one.key] += one.fact.quantity
    return dict(units)
