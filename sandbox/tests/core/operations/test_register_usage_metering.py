"""What AWS meters of registered containers (`register.metered`, `register.late`)."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace_sandbox.core.bill.container_hours import (
    ContainerHour,
    container_seconds,
    container_usage,
)
from marketplace_sandbox.core.model.callers import Platform, Resource
from marketplace_sandbox.core.model.registrations import Registration
from marketplace_sandbox.core.model.state import MarketplaceState
from tests.builders import NOON_AT
from tests.estate import Estate

MONTH_END_AT = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)


@pytest.fixture
def estate() -> Estate:
    return Estate()


def usage(
    estate: Estate, *, since: datetime | None = None, until: datetime | None = None
) -> tuple[ContainerHour, ...]:
    with estate.marketplace.step() as step:
        return container_usage(step.state, now=step.now, since=since, until=until)


def seconds(hours: Iterable[ContainerHour]) -> list[tuple[str, int]]:
    return [(f"{hour.hour_at:%d %H}", hour.seconds) for hour in hours]


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
    assert seconds(usage(estate)) == [("22 12", 600), ("22 13", 3600), ("22 14", 607)]
    assert {hour.resource for hour in usage(estate)} == {task}


def test_a_short_lived_task_is_metered_for_a_minute(estate: Estate) -> None:
    estate.pass_time(minutes=59, seconds=50)
    run(estate, seconds=3)
    assert seconds(usage(estate)) == [("22 12", 10), ("22 13", 50)]


def test_a_running_task_is_metered_until_now(estate: Estate) -> None:
    task = estate.launch(Platform.EKS)
    estate.register(task)
    estate.pass_time(minutes=30)
    assert seconds(usage(estate)) == [("22 12", 1800)]
    estate.pass_time(minutes=15)
    assert seconds(usage(estate)) == [("22 12", 2700)]


def test_each_task_counts(estate: Estate) -> None:
    for _ in range(3):
        estate.register(estate.launch(Platform.ECS))
    estate.pass_time(hours=1)
    assert seconds(usage(estate)) == [("22 12", 3600)] * 3


def test_a_task_that_never_registered_is_not_metered(estate: Estate) -> None:
    estate.launch(Platform.ECS)
    estate.pass_time(hours=1)
    assert usage(estate) == ()


def test_metering_goes_on_whatever_becomes_of_the_subscription(estate: Estate) -> None:
    task = estate.launch(Platform.ECS)
    estate.register(task)
    estate.unsubscribe("container")
    estate.pass_time(hours=3)
    assert sum(hour.seconds for hour in usage(estate)) == 3 * 3600
    (agreement_id,) = {hour.agreement_id for hour in usage(estate)}
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
    assert seconds(usage(estate))[0] == (first_hour, 3600)


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
    since, until = NOON_AT + timedelta(hours=1), NOON_AT + timedelta(hours=3)
    assert seconds(usage(estate, since=since, until=until)) == [("22 13", 3600), ("22 14", 3600)]
    assert seconds(usage(estate, until=NOON_AT + timedelta(minutes=1))) == [("22 12", 3600)]
    just_after = since + timedelta(seconds=1)
    assert seconds(usage(estate, since=just_after, until=until)) == [("22 14", 3600)]


def test_a_clock_that_was_set_back_before_the_launch_shows_no_usage(estate: Estate) -> None:
    estate.register(estate.launch(Platform.ECS))
    estate.pass_time(hours=-1)
    assert usage(estate) == ()


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
    hours = container_usage(state, now=stopped_at)
    whole = stopped_at.replace(microsecond=0) - launched_at.replace(microsecond=0)
    assert sum(hour.seconds for hour in hours) == max(60, whole // timedelta(seconds=1))
    assert all(1 <= hour.seconds <= 3600 for hour in hours)
    assert len({hour.hour_at for hour in hours}) == len(hours)
    since, until = NOON_AT + timedelta(hours=1), NOON_AT + timedelta(hours=5)
    listed = container_usage(state, now=stopped_at, since=since, until=until)
    added = container_seconds(state, now=stopped_at, since=since, until=until)
    assert added.get("agmt-1", 0) == sum(hour.seconds for hour in listed)
