"""What the seller's API reports of a subscription's usage."""

from datetime import datetime, timedelta

import pytest

from meterhouse.domain.subscriptions.identity import license_key
from tests.fakes.meterhouse import HOUR, Meterhouse
from tests.unit.web.api_calls import ONE, Backend, body_of, refusal

USAGE = f"{ONE}/usage"


@pytest.fixture
def backend() -> Backend:
    return Backend(Meterhouse(), [])


def billed(backend: Backend, *quantities: str) -> str:
    """Let a subscription use something of each dimension and be billed; return its key."""
    house = backend.house
    agreement = house.buyer()
    house.drain(
        *(
            house.event(agreement, f"e{number}", quantity=quantity, dimension=dimension)
            for number, quantity in enumerate(quantities)
            for dimension in ("api_calls", "gigabytes")
        )
    )
    house.reconcile()
    return license_key(agreement.license_arn or "")


def test_usage_is_told_by_hour_dimension_and_state_with_totals(backend: Backend) -> None:
    key, hour = billed(backend, "1.5", "2"), backend.house.hour_at

    told = body_of(backend.ask(USAGE, key, **{"from": hour.isoformat()}))

    assert told["subscription"] == key
    assert told["hours"] == [
        {"hour": hour.isoformat(), "dimension": one, "state": "metered", "quantity": "3.5"}
        for one in ("api_calls", "gigabytes")
    ]
    assert told["totals"] == [
        {"dimension": one, "state": "metered", "quantity": "3.5"}
        for one in ("api_calls", "gigabytes")
    ]
    assert told["unsettled"] == []


def test_an_hour_that_still_runs_is_unsettled(backend: Backend) -> None:
    key, house = billed(backend, "1"), backend.house
    house.hour_at = house.clock.now().replace(minute=0)
    house.clock.move_to(house.hour_at + HOUR / 2)
    agreement = house.buyer()
    house.drain(house.event(agreement, "e9", time=house.clock.now().isoformat()))

    told = body_of(backend.ask(USAGE, key))

    assert told["unsettled"] == [house.hour_at.isoformat()]


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [(0, 1, 2), (-3, 0, 0), (1, 2, 0), (-24, 24, 2)],
    ids=["the hour", "before it", "after it", "days around it"],
)
def test_a_span_has_its_own_hours_alone(
    backend: Backend, first: int, last: int, count: int
) -> None:
    key, hour = billed(backend, "1"), backend.house.hour_at
    span = {"from": (hour + first * HOUR).isoformat(), "to": (hour + last * HOUR).isoformat()}

    assert len(body_of(backend.ask(USAGE, key, **span))["hours"]) == count


def test_without_a_span_the_last_day_is_told(backend: Backend) -> None:
    key = billed(backend, "1")

    told = body_of(backend.ask(USAGE, key))

    assert len(told["hours"]) == 2
    span = datetime.fromisoformat(told["to"]) - datetime.fromisoformat(told["from"])
    assert timedelta(days=1) <= span < timedelta(days=1) + HOUR


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"from": "2026-11-22T18:00:00"}, "time_invalid"),
        ({"from": "<b>"}, "time_invalid"),
        ({"to": "9999-12-31T23:59:59-23:00"}, "time_invalid"),
        ({"to": "0001-01-01T00:00:00Z"}, "span_empty"),
        ({"from": "2026-11-22T18:00:00Z", "to": "2026-11-22T18:00:00Z"}, "span_empty"),
        ({"from": "2026-01-01T00:00:00Z", "to": "2026-11-22T18:00:00Z"}, "span_too_long"),
        ({"since": "2026-01-01T00:00:00Z"}, "parameter_unknown"),
    ],
    ids=str,
)
def test_a_span_is_bounded_and_means_one_thing(
    backend: Backend, query: dict[str, str], code: str
) -> None:
    assert refusal(backend.ask(USAGE, billed(backend, "1"), **query)) == (400, code)
