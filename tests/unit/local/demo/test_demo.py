import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from local.demo.lives import line_of_lives
from local.demo.scenario import (
    MALFORMED_BODY,
    UNKNOWN_DIMENSION,
    Dimension,
    Scenario,
    build_scenario,
    demo_hours,
)
from local.demo.verdict import Outcome, find_problems, last_line
from local.seller.aftermath import RejectedEvent, UnbilledRecord
from local.seller.comparison import compare
from local.seller.marketplace import Subscription
from local.seller.usage import UsageKey
from tests.unit.local.demo.lives import LIVES

NOW = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
SOLD = {
    Subscription("a", "agmt-1", "p1", "1" * 12, "arn:aws:license-manager::l-1", None): (
        Dimension("documents", 0, tagged=True),
        Dimension("gb_hours", 3),
    ),
    Subscription("b", "agmt-2", "p2", "2" * 12, None, "cust-1"): (Dimension("reports", 0),),
}


def scenario(seed: int = 7) -> Scenario:
    return build_scenario(seed, SOLD, demo_hours(NOW))


def events(bodies: list[str]) -> list[dict[str, Any]]:
    found = []
    for body in bodies:
        if body != MALFORMED_BODY:
            document = json.loads(body)
            found.extend(document.get("events", [document]))
    return found


def test_a_seed_gives_the_same_scenario_again() -> None:
    assert scenario() == scenario()
    assert scenario() != scenario(8)


def test_every_fact_is_reported_and_nothing_else() -> None:
    played = scenario()
    bodies = [body for messages in played.messages for body in messages]
    reported = {event["id"] for event in events(bodies)}
    assert reported == {fact.event_id for fact in played.facts} | {played.refused.event_id}


def test_some_messages_and_some_events_are_reported_twice() -> None:
    bodies = [body for messages in scenario().messages for body in messages]
    assert len(set(bodies)) < len(bodies)
    ids = [event["id"] for event in events(sorted(set(bodies)))]
    assert len(set(ids)) < len(ids)


def test_one_message_is_malformed_and_one_event_has_an_unknown_dimension() -> None:
    played = scenario()
    bodies = [body for messages in played.messages for body in messages]
    assert bodies.count(MALFORMED_BODY) == 1
    with pytest.raises(json.JSONDecodeError):
        json.loads(MALFORMED_BODY)
    unknown = {e["id"] for e in events(bodies) if e.get("dimension") == UNKNOWN_DIMENSION}
    assert unknown == {played.refused.event_id}


def test_the_hours_are_closed_and_settled_at_any_minute() -> None:
    hours = [hour.hour for hour in demo_hours(NOW.replace(minute=0))]
    assert hours == [13, 14, 15]


@pytest.mark.parametrize("hour", [0, 1, 5, 6, 7, 12, 23])
def test_the_hours_are_acceptable_at_the_turn_of_the_month(hour: int) -> None:
    now = datetime(2026, 12, 1, hour, 59, 59, tzinfo=UTC)
    for hour_at in demo_hours(now):
        assert hour_at.month == 12 or now.hour < 6
        assert (now - hour_at).total_seconds() < 24 * 3600


def call(fault: str) -> Any:
    return {"operation": "BatchMeterUsage", "fault": fault}


def outcome() -> Outcome:
    units = {UsageKey("agmt-1", "documents", NOW): Decimal(5)}
    return Outcome(
        comparison=compare(units, units),
        distinct_events=3,
        refused_units=Decimal(7),
        rejected_events=(RejectedEvent(("not_json",), "the message is not JSON"),),
        rejected_records=(
            UnbilledRecord("key", "REJECTED", "InvalidUsageDimensionException", Decimal(7)),
        ),
        messages_in_dlq=0,
        calls=(
            call("throttle"),
            call("unprocessed"),
        ),
        second=LIVES,
    )


def test_a_perfect_run_ends_with_the_promised_line() -> None:
    assert last_line(outcome()) == (
        "demo: OK: 3 events, 5 units sent, 5 units billed, 0 lost, 0 billed twice; "
        + line_of_lives(LIVES),
        True,
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"messages_in_dlq": 1}, "dead-letter queue"),
        ({"rejected_events": ()}, "malformed message"),
        ({"rejected_records": ()}, "unknown dimension"),
        ({"refused_units": Decimal(8)}, "unknown dimension"),
        ({"calls": ()}, "throttle"),
        ({"second": replace(LIVES, early=None)}, "before it registered"),
        ({"comparison": compare({UsageKey("a", "d", NOW): Decimal(1)}, {})}, "1 units lost"),
        ({"comparison": compare({}, {UsageKey("a", "d", NOW): Decimal(1)})}, "billed twice"),
    ],
)
def test_whatever_is_not_as_it_must_be_fails_the_demo(change: dict[str, Any], problem: str) -> None:
    changed = replace(outcome(), **change)
    assert any(problem in found for found in find_problems(changed))
    line, succeeded = last_line(changed)
    assert not succeeded
    assert line.startswith("demo: FAILED: ")
