"""UTC hours, AWS's deadlines, and when an hour is sealed."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhouse.domain.hours import (
    HOUR,
    deadline_of,
    floor_to_hour,
    format_hour,
    is_sendable,
    read_hour,
    seal_time_of,
)
from tests.unit.domain.strategies import hours

SETTLE = timedelta(minutes=15)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text + "Z")


@pytest.mark.parametrize(
    ("hour", "deadline"),
    [
        ("2026-11-18T12:00", "2026-11-19T12:00"),
        ("2026-11-30T05:00", "2026-12-01T05:00"),
        ("2026-11-30T06:00", "2026-12-01T06:00"),
        ("2026-11-30T07:00", "2026-12-01T06:00"),
        ("2026-11-30T23:00", "2026-12-01T06:00"),
        ("2026-12-01T00:00", "2026-12-02T00:00"),
        ("2026-12-31T23:00", "2027-01-01T06:00"),
        ("2027-01-01T00:00", "2027-01-02T00:00"),
        ("2028-02-28T23:00", "2028-02-29T23:00"),
        ("2028-02-29T23:00", "2028-03-01T06:00"),
        ("2027-02-28T23:00", "2027-03-01T06:00"),
    ],
)
def test_the_deadline_is_a_day_after_the_hour_began_or_six_in_the_morning_of_the_first(
    hour: str, deadline: str
) -> None:
    assert deadline_of(at(hour)) == at(deadline)


@given(hours())
def test_a_deadline_keeps_both_rules_of_aws_and_is_one_of_the_two(
    hour_at: datetime,
) -> None:
    deadline_at = deadline_of(hour_at)
    month_close_at = (hour_at.replace(day=1, hour=0) + timedelta(days=32)).replace(day=1, hour=6)

    assert deadline_at <= hour_at + timedelta(hours=24)
    assert deadline_at <= month_close_at
    assert deadline_at in {hour_at + timedelta(hours=24), month_close_at}
    assert deadline_at >= hour_at + timedelta(hours=7), "even a month's last hour has time left"


@given(hours(), hours())
def test_deadlines_grow_with_hours_so_that_ordering_by_hour_is_ordering_by_deadline(
    one_at: datetime, other_at: datetime
) -> None:
    first_at, last_at = sorted([one_at, other_at])

    assert deadline_of(first_at) <= deadline_of(last_at)


@pytest.mark.parametrize(
    ("now", "sendable"),
    [
        ("2026-11-19T11:54:59", True),
        ("2026-11-19T11:55:00", False),
        ("2026-11-19T12:00:00", False),
    ],
)
def test_a_call_must_be_answered_before_the_deadline(now: str, *, sendable: bool) -> None:
    assert is_sendable(at("2026-11-18T12:00"), at(now)) is sendable


def test_an_hour_is_sealed_when_it_has_settled() -> None:
    assert seal_time_of(at("2026-11-18T12:00"), SETTLE) == at("2026-11-18T13:15")


@given(hours(), st.timedeltas(timedelta(0), timedelta(hours=6)))
def test_an_hour_is_sealed_after_its_end_and_with_two_hours_left_for_retries(
    hour_at: datetime, settle: timedelta
) -> None:
    seal_at = seal_time_of(hour_at, settle)

    assert hour_at + HOUR <= seal_at <= deadline_of(hour_at) - timedelta(hours=2)
    assert is_sendable(hour_at, seal_at)


def test_the_last_hour_of_a_month_is_sealed_in_time_however_long_it_settles() -> None:
    assert seal_time_of(at("2026-11-30T23:00"), timedelta(hours=6)) == at("2026-12-01T04:00")


@given(
    st.datetimes(
        datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
        datetime(2040, 1, 1),  # noqa: DTZ001 - as above
        timezones=st.integers(-14 * 60, 14 * 60).map(
            lambda minutes: timezone(timedelta(minutes=minutes))
        ),
    )
)
def test_the_hour_of_a_moment_is_an_hour_of_utc_in_whichever_zone_it_was_written(
    moment: datetime,
) -> None:
    hour_at = floor_to_hour(moment)

    assert hour_at <= moment < hour_at + HOUR
    assert (hour_at.minute, hour_at.second, hour_at.microsecond) == (0, 0, 0)
    assert hour_at.tzinfo is UTC


@given(hours())
def test_an_hour_survives_being_written_and_read(hour_at: datetime) -> None:
    assert read_hour(format_hour(hour_at)) == hour_at
