"""The sandbox's clock: frozen, set, advanced, fast, and never beyond its calendar."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace_sandbox.core.model.agenda import DueAction
from marketplace_sandbox.core.model.clock import (
    JUMP_MAX,
    SHOWN_MAX_AT,
    SHOWN_MIN_AT,
    SPEED_MAX,
    ClockSettings,
    Pace,
    advance_clock,
    set_clock,
    set_offset,
    set_speed,
    take_up_again,
)
from marketplace_sandbox.core.model.errors import ControlError
from tests.builders import AN_HOUR, NOON_AT, Shop

MACHINE_AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
A_SECOND = timedelta(seconds=1)

instants = st.builds(NOON_AT.__add__, st.timedeltas(timedelta(days=-9_000), timedelta(days=9_000)))
moments = st.timedeltas(timedelta(), timedelta(days=30))
speeds = st.decimals(0, SPEED_MAX, places=6)


def running(at: datetime = NOON_AT, speed: Decimal | int = 1) -> ClockSettings:
    return ClockSettings(MACHINE_AT, at, Decimal(speed))


@given(instants, speeds, moments, moments)
def test_time_never_goes_back_by_itself(
    at: datetime, speed: Decimal, first: timedelta, then: timedelta
) -> None:
    clock = running(at, speed)
    earlier = clock.show(MACHINE_AT + first)
    assert at <= earlier <= clock.show(MACHINE_AT + first + then)


@given(instants, speeds, moments, speeds)
def test_a_change_of_speed_does_not_change_the_time(
    at: datetime, speed: Decimal, passed: timedelta, new_speed: Decimal
) -> None:
    now = MACHINE_AT + passed
    clock = running(at, speed)
    assert set_speed(clock, new_speed, machine_now=now).show(now) == clock.show(now)


@given(speeds, moments, instants, moments)
def test_setting_and_advancing_are_exact(
    speed: Decimal, passed: timedelta, new_at: datetime, by: timedelta
) -> None:
    now = MACHINE_AT + passed
    clock = set_clock(running(speed=speed), new_at, machine_now=now)
    assert clock.show(now) == new_at
    assert clock.speed == speed
    assert advance_clock(clock, by, machine_now=now).show(now) == new_at + by


@given(st.lists(moments, max_size=5), instants)
def test_advancing_in_steps_and_at_once_show_the_same(steps: list[timedelta], at: datetime) -> None:
    clock = running(at, 0)
    for by in steps:
        clock = advance_clock(clock, by, machine_now=MACHINE_AT)
    whole = advance_clock(running(at, 0), sum(steps, timedelta()), machine_now=MACHINE_AT)
    assert clock.show(MACHINE_AT) == whole.show(MACHINE_AT)


@pytest.mark.parametrize(
    ("speed", "pace", "after_a_minute"),
    [
        (0, Pace.FROZEN, timedelta()),
        ("0.5", Pace.SLOW, timedelta(seconds=30)),
        (1, Pace.RUNNING, timedelta(minutes=1)),
        (3600, Pace.FAST, timedelta(hours=60)),
    ],
)
def test_speed_is_sandbox_seconds_per_machine_second(
    speed: str | int, pace: Pace, after_a_minute: timedelta
) -> None:
    clock = running(speed=Decimal(speed))
    assert clock.pace is pace
    assert clock.show(MACHINE_AT + timedelta(minutes=1)) - NOON_AT == after_a_minute


def test_a_fast_clock_stands_still_at_the_end_of_its_calendar() -> None:
    clock = running(speed=SPEED_MAX)
    assert clock.show(MACHINE_AT + timedelta(days=365)) == SHOWN_MAX_AT
    assert clock.show(MACHINE_AT + timedelta(days=20_000)) == SHOWN_MAX_AT
    assert clock.show(MACHINE_AT - timedelta(days=365)) == SHOWN_MIN_AT


@pytest.mark.parametrize(
    "at",
    [
        datetime(1970, 12, 31, tzinfo=UTC),
        datetime(2999, 1, 1, tzinfo=UTC),
        datetime(2026, 11, 22, 12, 0),  # noqa: DTZ001 - without an offset, on purpose
        NOON_AT + JUMP_MAX + A_SECOND,
    ],
)
def test_a_time_that_cannot_be_shown_is_refused(at: datetime) -> None:
    with pytest.raises(ControlError):
        set_clock(running(), at, machine_now=MACHINE_AT)


def test_a_time_in_another_zone_is_shown_in_utc() -> None:
    at = datetime(2026, 11, 22, 14, 0, tzinfo=timezone(timedelta(hours=1)))
    clock = set_clock(running(), at, machine_now=MACHINE_AT)
    assert clock.show(MACHINE_AT) == at
    assert clock.shown_at.tzinfo is UTC


@pytest.mark.parametrize("by", [-A_SECOND, timedelta.max])
def test_an_advance_that_cannot_be_is_refused(by: timedelta) -> None:
    with pytest.raises(ControlError):
        advance_clock(running(), by, machine_now=MACHINE_AT)


@pytest.mark.parametrize("speed", ["-1", "1000001", "NaN", "Infinity"])
def test_a_speed_that_cannot_be_is_refused(speed: str) -> None:
    with pytest.raises(ControlError):
        set_speed(running(), Decimal(speed), machine_now=MACHINE_AT)


@pytest.mark.parametrize("seconds", [10**18, -(10**18), 10**9 * 40])
def test_an_offset_beyond_the_calendar_is_refused(seconds: int) -> None:
    with pytest.raises(ControlError):
        set_offset(running(), seconds, machine_now=MACHINE_AT)


def test_a_frozen_clock_is_taken_up_where_it_was_left() -> None:
    clock = take_up_again(
        running(speed=0), left_machine_at=MACHINE_AT, machine_now=MACHINE_AT + AN_HOUR
    )
    assert clock.show(MACHINE_AT + AN_HOUR) == NOON_AT


def test_a_running_clock_kept_running_while_nobody_looked() -> None:
    clock = take_up_again(running(), left_machine_at=MACHINE_AT, machine_now=MACHINE_AT + AN_HOUR)
    assert clock.show(MACHINE_AT + AN_HOUR) == NOON_AT + AN_HOUR


def test_a_fast_clock_stood_still_while_nobody_looked_and_is_fast_again() -> None:
    left_at = MACHINE_AT + A_SECOND
    taken_up_at = MACHINE_AT + AN_HOUR
    clock = take_up_again(running(speed=60), left_machine_at=left_at, machine_now=taken_up_at)
    assert clock.show(taken_up_at) == NOON_AT + timedelta(minutes=1)
    assert clock.show(taken_up_at + A_SECOND) == NOON_AT + timedelta(minutes=2)


def test_a_frozen_sandbox_stands_still_until_it_is_resumed(shop: Shop) -> None:
    time = shop.marketplace.desks.clock
    assert time.freeze() == NOON_AT
    shop.now += AN_HOUR
    assert time.now() == NOON_AT
    assert time.status().pace is Pace.FROZEN
    assert time.status().offset_seconds == -3600
    assert time.resume() == NOON_AT
    shop.now += AN_HOUR
    assert time.now() == NOON_AT + AN_HOUR


def test_what_falls_due_on_the_way_has_happened_when_the_clock_answers(shop: Shop) -> None:
    shop.meter(shop.licensed_record())
    month_end_at = shop.marketplace.desks.clock.status().next_due_at
    assert month_end_at is not None
    shop.marketplace.desks.clock.freeze()
    with shop.marketplace.step() as step:
        due = {item.action for item in step.state.agenda.items if item.at <= month_end_at}
    assert due == {DueAction.CLOSE_MONTH}
    assert shop.marketplace.desks.clock.set(month_end_at) == month_end_at
    assert "2026-11" in shop.marketplace._state.invoices


def test_going_back_undoes_nothing(shop: Shop) -> None:
    shop.meter(shop.licensed_record())
    shop.marketplace.desks.clock.advance(timedelta(days=10))
    assert shop.marketplace.desks.clock.set(NOON_AT) == NOON_AT
    assert "2026-11" in shop.marketplace._state.invoices
    assert shop.billed() == [("api_calls", "5")]


def test_a_refused_change_leaves_the_clock_alone(shop: Shop) -> None:
    before = shop.marketplace.desks.clock.status()
    with pytest.raises(ControlError):
        shop.marketplace.desks.clock.advance(-A_SECOND)
    assert shop.marketplace.desks.clock.status() == before
