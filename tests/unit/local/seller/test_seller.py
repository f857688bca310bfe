import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.seller.comparison import add_up_bill, compare, format_units, success_line
from local.seller.marketplace import Subscription
from local.seller.packing import (
    REQUEST_BYTES_MAX,
    REQUEST_MESSAGES_MAX,
    EventTooLargeError,
    group_into_requests,
    pack_events,
)
from local.seller.usage import Tally, UsageFact, UsageKey

HOUR = datetime(2026, 11, 22, 18, tzinfo=UTC)
LICENSE = Subscription("a", "agmt-1", "prod", "123456789012", "arn:aws:license-manager::l-1", None)
LEGACY = Subscription("b", "agmt-2", "prod", "123456789012", None, "cust-1")


def fact(
    event_id: str = "e1", quantity: str = "1", subscription: Subscription = LICENSE
) -> UsageFact:
    return UsageFact(event_id, subscription, "api_calls", Decimal(quantity), HOUR.replace(minute=5))


def test_a_fact_becomes_an_event_with_an_exact_quantity() -> None:
    assert fact(quantity="0.100000").as_event() == {
        "id": "e1",
        "subscription": "arn:aws:license-manager::l-1",
        "dimension": "api_calls",
        "quantity": "0.100000",
        "time": "2026-11-22T18:05:00Z",
    }


def test_a_legacy_subscription_is_named_by_product_and_customer() -> None:
    assert fact(subscription=LEGACY).as_event()["subscription"] == {
        "product_code": "prod",
        "customer_identifier": "cust-1",
    }


def test_a_cloud_event_keeps_the_time_in_its_envelope() -> None:
    event = fact().as_cloud_event("/edge")
    assert (event["id"], event["source"], event["time"]) == ("e1", "/edge", "2026-11-22T18:05:00Z")
    assert "time" not in event["data"]


def test_a_tally_counts_an_event_once() -> None:
    tally = Tally()
    assert [tally.add(fact()), tally.add(fact()), tally.add(fact("e2", "2.5"))] == [
        True,
        False,
        True,
    ]
    assert (tally.distinct_events, tally.total()) == (2, Decimal("3.5"))


def test_events_with_one_id_in_two_subscriptions_are_two() -> None:
    tally = Tally()
    tally.add(fact())
    tally.add(fact(subscription=LEGACY))
    assert tally.distinct_events == 2


@given(st.lists(st.text(max_size=60), max_size=50), st.integers(90, 400))
def test_packing_keeps_every_event_in_order_and_within_the_limit(
    ids: list[str], bytes_max: int
) -> None:
    events = [{"id": text[:6]} for text in ids]
    bodies = list(pack_events(events, bytes_max=bytes_max))
    assert [event for body in bodies for event in json.loads(body)["events"]] == events
    assert all(len(body.encode()) <= bytes_max for body in bodies)


def test_an_event_larger_than_a_message_is_refused() -> None:
    with pytest.raises(EventTooLargeError):
        list(pack_events([{"id": "x" * 100}], bytes_max=50))


def test_requests_hold_at_most_ten_messages_and_one_mebibyte() -> None:
    bodies = ["x"] * 25 + ["y" * (REQUEST_BYTES_MAX - 1)] * 2
    groups = list(group_into_requests(bodies))
    assert [body for group in groups for body in group] == bodies
    assert all(len(group) <= REQUEST_MESSAGES_MAX for group in groups)
    assert all(sum(map(len, group)) <= REQUEST_BYTES_MAX for group in groups)


def key(dimension: str = "api_calls", hour: int = 18) -> UsageKey:
    return UsageKey("agmt-1", dimension, HOUR.replace(hour=hour))


def test_equal_counts_are_exact() -> None:
    comparison = compare({key(): Decimal("1.50")}, {key(): Decimal("1.5")})
    assert comparison.is_exact
    assert success_line(comparison, 3) == (
        "OK: 3 events, 1.5 units sent, 1.5 units billed, 0 lost, 0 billed twice"
    )


def test_loss_in_one_dimension_is_not_made_good_by_excess_in_another() -> None:
    comparison = compare(
        {key("a"): Decimal(5), key("b"): Decimal(5)}, {key("a"): Decimal(3), key("b"): Decimal(7)}
    )
    assert [comparison.lost, comparison.billed_twice] == [Decimal(2), Decimal(2)]


def test_usage_billed_in_a_later_hour_is_neither_lost_nor_billed_twice() -> None:
    comparison = compare({key(hour=18): Decimal(5)}, {key(hour=19): Decimal(5)})
    assert comparison.is_exact
    assert [row.difference for row in comparison.rows] == [-5, 5]


def billed(agreement_id: str, quantity: str) -> Any:
    key = {"agreement_id": agreement_id, "dimension": "api_calls", "hour": HOUR.isoformat()}
    return key | {"quantity": quantity}


def test_only_the_sellers_own_agreements_count() -> None:
    bill = [
        billed("agmt-1", "1"),
        billed("somebody", "9"),
    ]
    assert add_up_bill(bill, {"agmt-1"}) == {key(): Decimal(1)}


@pytest.mark.parametrize(
    ("units", "text"),
    [("1234567.500", "1,234,567.5"), ("100", "100"), ("0", "0"), ("-0.10", "-0.1")],
)
def test_units_are_written_for_people(units: str, text: str) -> None:
    assert format_units(Decimal(units)) == text
