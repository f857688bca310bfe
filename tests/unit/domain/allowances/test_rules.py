"""The seller's rules about included units, as a setting says them."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from meterhouse.domain.allowances.rules import Period, Rule, period_end, read_rules
from meterhouse.domain.subscriptions.entitlements import Entitlement, Entitlements
from meterhouse.domain.subscriptions.identity import LicenseIdentity, SubscriptionKey
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.errors import UnreadableError
from tests.template.cloudformation import document

WRONG = (
    "calls",
    "calls=1000",
    "calls=1000/week",
    "calls=/month",
    "=1000/month",
    "product:=1000/month",
    "calls=-1/month",
    "calls=1e3/month",
    "calls=Entitlement/month",
    "calls=1.0000001/month",
    "calls=1/month/",
    "calls=1/month;gb=1/month",
    "calls=entitlement:/month",
    "calls=entitlements:seats/month",
    "calls=1:seats/month",
    "calls=entitlement:a:b/month",
    "calls=entitlement:a b/month",
)
RIGHT = (
    "",
    "calls=1000.5/month",
    " calls=1000.5/month , prod/1:x:gb=entitlement/agreement,gb=0/year",
    "p:1:over=entitlement:calls_held/month,",
)
LICENSE = LicenseIdentity("444455556666", "arn:aws:license-manager::1:license:l-0")


def of_product(code: str) -> Subscription:
    return Subscription(SubscriptionKey("license#l-0"), code, LICENSE)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_rule_says_of_what_how_many_units_are_included_and_for_how_long() -> None:
    rules = read_rules(" calls=1000.5/month , prod/1:x:gb=entitlement/agreement,gb=0/year")

    assert rules.rule_for(of_product("any"), "calls") == Rule(
        None, "calls", Decimal("1000.5"), Period.MONTH
    )
    assert rules.rule_for(of_product("prod/1:x"), "gb") == Rule(
        "prod/1:x", "gb", None, Period.AGREEMENT
    )
    assert rules.rule_for(of_product("prod/1"), "gb") == Rule(None, "gb", Decimal(0), Period.YEAR)
    assert rules.rule_for(of_product("any"), "seats") is None


def test_what_exceeds_may_be_another_dimension_than_what_is_held() -> None:
    rules = read_rules("p:1:over=entitlement:calls_held/month")
    rule = rules.rule_for(of_product("p:1"), "over")
    held = Entitlement("calls_held", Decimal(9)), Entitlement("over", Decimal(1))

    assert rule == Rule("p:1", "over", None, Period.MONTH, "calls_held")
    assert rule.granted_to(Entitlements(at("2026-11-18T12:00"), held)) == 9
    assert rule.granted_to(None) is None


@pytest.mark.parametrize(
    ("held", "granted"),
    [("0.1234561", "0.123457"), ("1.5", "1.500000"), ("1E+300", "1E+20"), ("0", "0.000000")],
)
def test_what_is_included_leaves_quantities_that_aws_takes_whatever_aws_says(
    held: str, granted: str
) -> None:
    rule = Rule(None, "calls", None, Period.MONTH)
    said = Entitlements(at("2026-11-18T12:00"), (Entitlement("calls", Decimal(held)),))

    found = rule.granted_to(said)
    assert found == Decimal(granted)
    assert found.as_tuple().exponent == -6


@pytest.mark.parametrize("text", ["", " ", ",", " , ,"])
def test_without_rules_nothing_is_included(text: str) -> None:
    assert not read_rules(text)
    assert read_rules("calls=1/month")


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError):
        read_rules(text)


def test_two_rules_for_one_dimension_of_one_product_are_refused_and_of_two_are_not() -> None:
    with pytest.raises(UnreadableError, match="two rules"):
        read_rules("calls=1/month,calls=2/year")

    assert read_rules("calls=1/month,a:calls=2/month,b:calls=3/month")


@pytest.mark.parametrize(
    ("period", "hour_at", "name"),
    [
        (Period.MONTH, "2026-11-30T23:00", "2026-11"),
        (Period.MONTH, "2026-12-01T00:00", "2026-12"),
        (Period.AGREEMENT, "2029-12-01T00:00", "agreement"),
        (Period.YEAR, "2026-03-15T10:00", "year-1"),
        (Period.YEAR, "2027-03-14T23:00", "year-1"),
        (Period.YEAR, "2027-03-15T00:00", "year-2"),
        (Period.YEAR, "2028-12-31T00:00", "year-3"),
        (Period.YEAR, "2026-03-15T09:00", "year-1"),
    ],
)
def test_an_hour_lies_in_one_period(period: Period, hour_at: str, name: str) -> None:
    rule = Rule(None, "calls", None, period)

    assert rule.period_of(at(hour_at), at("2026-03-15T10:30")) == name


def test_a_year_that_began_on_29_february_ends_with_february() -> None:
    rule = Rule(None, "calls", None, Period.YEAR)
    start = at("2024-02-29T00:00")

    assert rule.period_of(at("2025-02-28T23:00"), start) == "year-1"
    assert rule.period_of(at("2025-03-01T00:00"), start) == "year-2"


def test_of_a_start_that_nobody_told_every_year_is_the_first() -> None:
    rule = Rule(None, "calls", None, Period.YEAR)

    assert rule.period_of(at("2036-03-15T10:00"), None) == "year-1"


@pytest.mark.parametrize("text", [*WRONG, *RIGHT])
def test_the_template_takes_what_is_a_rule_and_nothing_else(text: str) -> None:
    pattern = document()["Parameters"]["IncludedUnits"]["AllowedPattern"]

    assert (re.search(pattern, text) is not None) == (text in RIGHT)
    if text in RIGHT:
        read_rules(text)


@given(
    period=st.sampled_from(Period),
    days=st.integers(0, 9 * 366),
    hours=st.integers(0, 9 * 366 * 24),
)
@example(period=Period.YEAR, days=59, hours=400 * 24)
@example(period=Period.MONTH, days=365, hours=5)
def test_a_period_ends_where_the_next_one_begins(period: Period, days: int, hours: int) -> None:
    start = at("2024-01-01T07:30") + timedelta(days=days)
    rule, hour_at = Rule(None, "calls", None, period), start + timedelta(hours=hours)
    named = rule.period_of(hour_at, start)
    end_at = period_end(named, start)

    if end_at is None:
        assert period is Period.AGREEMENT
    else:
        assert hour_at < end_at
        assert rule.period_of(end_at - timedelta(seconds=1), start) == named
        assert rule.period_of(end_at, start) != named


def test_when_a_year_ends_nobody_knows_who_does_not_know_when_it_began() -> None:
    assert period_end("year-1", None) is None
