from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from local.month_end.play import MonthEnd, find_problems, last_line
from local.month_end.scenario import ACTS, DIMENSION, ReportedFact, facts_of, next_month_end
from local.seller.comparison import compare
from local.seller.marketplace import Subscription
from local.seller.usage import UsageKey
from meterhouse.domain.hours import deadline_of

END_AT = datetime(2027, 1, 1, tzinfo=UTC)
BUYER = Subscription("a", "agmt-1", "p1", "1" * 12, "arn:aws:license-manager::l-1", None)
REPORTED = tuple(one for act in ACTS for one in facts_of(act, END_AT, BUYER))


def units_of(reported: tuple[ReportedFact, ...]) -> dict[UsageKey, Decimal]:
    units: dict[UsageKey, Decimal] = defaultdict(Decimal)
    for one in reported:
        units[one.key] += one.fact.quantity
    return dict(units)


def seen(billed: dict[UsageKey, Decimal]) -> MonthEnd:
    return MonthEnd(END_AT, REPORTED, compare(units_of(REPORTED), billed), 0, 0)


def key(day: int, month: int, hour: int, year: int = 2026) -> UsageKey:
    return UsageKey(BUYER.agreement_id, DIMENSION, datetime(year, month, day, hour, tzinfo=UTC))


@pytest.mark.parametrize(
    ("now", "end_at"),
    [
        ((2026, 11, 22, 18), (2026, 12, 1)),
        ((2026, 11, 29, 23), (2026, 12, 1)),
        ((2026, 11, 30, 0), (2027, 1, 1)),
        ((2026, 12, 31, 12), (2027, 2, 1)),
        ((2028, 1, 31, 12), (2028, 3, 1)),
    ],
)
def test_the_next_months_end_leaves_a_day_to_sell(
    now: tuple[int, int, int, int], end_at: tuple[int, int, int]
) -> None:
    assert next_month_end(datetime(*now, tzinfo=UTC)) == datetime(*end_at, tzinfo=UTC)


def test_what_is_not_late_is_reported_before_its_deadline_and_what_is_late_after_it() -> None:
    for act in ACTS:
        reported_at = END_AT + act.at
        for one in facts_of(act, END_AT, BUYER):
            assert one.fact.used_at < reported_at
            assert (reported_at >= deadline_of(one.fact.hour_at)) is act.is_late


def test_usage_of_both_months_and_late_usage_is_reported() -> None:
    assert {one.fact.used_at.month for one in REPORTED} == {12, 1}
    assert {act.is_late for act in ACTS} == {True, False}


def test_a_bill_that_has_every_unit_in_its_hour_is_right() -> None:
    line, succeeded = last_line(seen(units_of(REPORTED)))
    assert succeeded
    assert line == (
        "month-end: OK: 12 events, 1138.125001 units sent, 1138.125001 units billed, "
        "0 lost, 0 billed twice; 1064.500001 in December, 73.625 in January"
    )


def test_a_unit_that_is_billed_in_another_hour_is_a_problem() -> None:
    bill = units_of(REPORTED)
    bill[key(31, 12, 22)] -= 1
    bill[key(1, 1, 0, 2027)] += 1
    (problem,) = find_problems(seen(bill))
    assert problem == "units billed in another hour than they must be: 31 Dec 22h, 01 Jan 00h"


def test_lost_units_refused_records_and_dead_letters_are_problems() -> None:
    bill = units_of(REPORTED)
    del bill[key(31, 12, 23)]
    line, succeeded = last_line(replace(seen(bill), refusals=2, messages_in_dlq=1))
    assert not succeeded
    assert line == (
        "month-end: FAILED: 1,000.000001 units lost; 1 messages in the dead-letter queue; "
        "AWS refused 2 records"
    )
