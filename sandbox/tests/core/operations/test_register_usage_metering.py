"""What AWS meters of registered containers (`register.metered`, `register.late`)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace_sandbox.core.bill.container_hours import container_seconds
from marketplace_sandbox.core.model.callers import Platform, Resource
from marketplace_sandbox.core.model.registrations import Registration
from marketplace_sandbox.core.model.state import MarketplaceState
from tests.builders import AN_HOUR, NOON_AT
from tests.estate import Estate

MONTH_END_AT = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)


@pytest.fixture
def estate() -> Estate:
    return Estate()


def seconds_of(
    estate: Estate, *, since: datetime | None = None, until: datetime | None = None
) -> Mapping[str, int]:
    with estate.marketplace.step() as step:
        return container_seconds(step.state, now=step.now, since=since, until=until)


def seconds_by_hour(estate: Estate) -> list[tuple[str, int]]:
    """Ask for the seconds of each hour that there is anything in."""
    hours = range(-1, (estate.now - NOON_AT) // AN_HOUR + 2)  # a minute may go beyond now
    return [
        (f"{since:%d %H}", seconds)
        for since in (NOON_AT + hour * AN_HOUR for hour in hours)
        for seconds in seconds_of(estate, since=since, until=since + AN_HOUR).values()
    ]


def run(estate: Estate, **duration: float) -> Resource:
    """Let a task register, run for so long and stop."""
    task = estate.launch(Platform.ECS)
    estate.register(task)
    estate.pass_time(**duration)
    return estate.marketplace.desks.resources.stop(task.resource_id)


def test_a_task_is_metered_to_the_second_in_each_hour(estate: Estate) -> None:
    estate.pass_time(minutes=50)
    task = run(estate, hours=1, minutes=20, seconds=7)
    estate.pass_time(days=1)
    assert seconds_by_hour(estate) == [("22 12", 600), ("22 13", 3600), ("22 14", 607)]
    assert set(estate.marketplace.desks.resources.running_times()) == {task.resource_id}


def test_a_short_lived_task_is_metered_for_a_minute(estate: Estate) -> None:
    estate.pass_time(minutes=59, seconds=50)
    run(estate, seconds=3)
    assert seconds_by_hour(estate) == [("22 12", 10), ("22 13", 50)]


def test_a_running_task_is_metered_until_now(estate: Estate) -> None:
    task = estate.launch(Platform.EKS)
    estate.register(task)
    estate.pass_time(minutes=30)
    assert seconds_by_hour(estate) == [("22 12", 1800)]
    estate.pass_time(minutes=15)
    assert seconds_by_hour(estate) == [("22 12", 2700)]


def test_each_task_counts(estate: Estate) -> None:
    for _ in range(3):
        estate.register(estate.launch(Platform.ECS))
    estate.pass_time(hours=1)
    assert seconds_by_hour(estate) == [("22 12", 3 * 3600)]


def test_a_task_that_never_registered_is_not_metered(estate: Estate) -> None:
    estate.launch(Platform.ECS)
    estate.pass_time(hours=1)
    assert seconds_of(estate) == {}


def test_metering_goes_on_whatever_becomes_of_the_subscription(estate: Estate) -> None:
    task = estate.launch(Platform.ECS)
    estate.register(task)
    estate.unsubscribe("container")
    estate.pass_time(hours=3)
    ((agreement_id, seconds),) = seconds_of(estate).items()
    assert seconds == 3 * 3600
    assert estate.marketplace.desks.agreements.agreement(agreement_id).product_code == "container"


@pytest.mark.parametrize(
    ("launched_at", "waited", "first_hour"),
    [
        (MONTH_END_AT, timedelta(hours=6), "30 17"),
        (MONTH_END_AT, timedelta(hours=6, seconds=1), "30 17"),
        (MONTH_END_AT + timedelta(hours=6), timedelta(hours=6), "30 23"),
        (MONTH_END_AT + timedelta(hours=6), timedelta(hours=6, seconds=1), "01 00"),
        (MONTH_END_AT, timedelta(days=40), "01 00"),
    ],
)
def test_a_task_that_registers_more_than_six_hours_late_is_metered_from_that_month_on(
    estate: Estate, launched_at: datetime, waited: timedelta, first_hour: str
) -> None:
    estate.now = launched_at
    task = estate.launch(Platform.ECS)
    estate.now += waited
    estate.register(task)
    assert seconds_by_hour(estate)[0] == (first_hour, 3600)


def test_each_month_has_an_invoice_of_its_own_for_a_task_that_runs_on(estate: Estate) -> None:
    estate.now = datetime(2026, 11, 30, 22, 0, tzinfo=UTC)
    task = estate.launch(Platform.ECS)
    estate.pass_time(hours=5)
    estate.register(task)
    estate.pass_time(days=60)
    estate.marketplace.desks.resources.stop(task.resource_id)
    books = estate.marketplace.desks.bill
    hours = {
        month: [charge.quantity for charge in books.invoice(month).charges]
        for month in ("2026-11", "2026-12", "2027-01")
    }
    assert hours == {"2026-11": [2], "2026-12": [31 * 24], "2027-01": [29 * 24 + 3]}
    with estate.marketplace.step() as step:
        assert set(step.state.invoices) >= {"2026-11", "2026-12"}


def test_only_the_hours_of_a_span_can_be_asked_for(estate: Estate) -> None:
    run(estate, hours=5)
    since, until = NOON_AT + AN_HOUR, NOON_AT + 3 * AN_HOUR
    assert [*seconds_of(estate, since=since, until=until).values()] == [2 * 3600]
    assert [*seconds_of(estate, since=since).values()] == [4 * 3600]
    assert [*seconds_of(estate, until=NOON_AT + timedelta(minutes=1)).values()] == [60]
    assert seconds_of(estate, since=NOON_AT + 5 * AN_HOUR) == {}


def test_a_clock_that_was_set_back_before_the_launch_shows_no_usage(estate: Estate) -> None:
    estate.register(estate.launch(Platform.ECS))
    estate.pass_time(hours=-1)
    assert seconds_of(estate) == {}


@settings(max_examples=200, deadline=None)
@given(
    launched=st.integers(min_value=0, max_value=10**10),
    ran=st.integers(min_value=0, max_value=10**11),
)
def test_the_seconds_of_the_hours_add_up_to_those_of_the_run_and_of_any_span(
    launched: int, ran: int
) -> None:
    launched_at = NOON_AT + timedelta(microseconds=launched)
    stopped_at = launched_at + timedelta(microseconds=ran)
    task = Resource(
        "task-1", "444455556666", "container", Platform.ECS, "us-east-1", launched_at,
        "ASIA1", "secret", "token", stopped_at,
    )  # fmt: skip
    state = MarketplaceState(resources={task.access_key_id: task})
    state.registrations["task-1"] = Registration("task-1", "ASIA1", "agmt-1", launched_at)

    def seconds(since: datetime | None = None, until: datetime | None = None) -> int:
        added = container_seconds(state, now=stopped_at, since=since, until=until)
        return added.get("agmt-1", 0)

    whole = stopped_at.replace(microsecond=0) - launched_at.replace(microsecond=0)
    assert seconds() == max(60, whole // timedelta(seconds=1))
    bounds = [NOON_AT + number * AN_HOUR for number in range(1, 6)]
    parts = [seconds(*span) for span in pairwise(bounds)]
    assert all(0 <= part <= 3600 for part in parts)
    assert seconds(bounds[0], bounds[-1]) == sum(parts)
    assert seconds() == seconds(until=bounds[0]) + sum(parts) + seconds(since=bounds[-1])
