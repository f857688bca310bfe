from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from local.replay.values import ValueUnreadableError, read_quantity, read_time

BERLIN = ZoneInfo("Europe/Berlin")
MOMENT = datetime(2026, 11, 28, 20, 5, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-28T20:05:08Z",
        "2026-11-28t20:05:08z",
        "2026-11-28 20:05:08+00:00",
        "2026-11-28T20:05:08-00:00",
        "2026-11-29T01:35:08+05:30",
        "2026-11-28T20:05:08.000000000Z",
        "2026-11-28 20:05:08,000Z",
        "2026-11-28 20:05:08 UTC",
        "2026-11-28 20:05:08 GMT",
        "1795896308",
        "1795896308.000",
        "1795896308000",
        "1795896308000000",
        "1795896308000000000",
    ],
)
def test_a_moment_is_read_however_it_is_written(text: str) -> None:
    assert read_time(text, BERLIN) == (MOMENT, False)


def test_what_is_finer_than_a_microsecond_is_cut_off() -> None:
    last = datetime(2026, 11, 28, 20, 59, 59, 999999, tzinfo=UTC)
    for text in ("2026-11-28T20:59:59.9999999Z", "1795899599.9999999", "1795899599999999999"):
        assert read_time(text, UTC) == (last, False)


def test_a_leap_second_belongs_to_the_hour_that_it_ends() -> None:
    for text in ("2016-12-31T23:59:60Z", "2016-12-31T15:59:60.5-08:00"):
        moment, _ = read_time(text, UTC)
        assert (moment.day, moment.hour) == (31, 23)


@pytest.mark.parametrize("text", ["2026-11-28", "20261128T00", "2026-W48-6", "2026W486T0000"])
def test_a_date_is_the_beginning_of_its_day(text: str) -> None:
    assert read_time(text, UTC) == (datetime(2026, 11, 28, tzinfo=UTC), True)


def test_an_error_quotes_a_page_in_a_cell_in_part() -> None:
    for read in (partial(read_time, zone=UTC), partial(read_quantity, decimal_comma=False)):
        with pytest.raises(ValueUnreadableError) as refused:
            read("7x" * 10_000)
        assert len(str(refused.value)) < 300
        assert "7x7x" in str(refused.value)


def test_a_time_without_an_offset_is_of_the_zone() -> None:
    assert read_time("2026-11-28 21:05:08", BERLIN) == (MOMENT, True)
    assert read_time("2026-11-28 20:05:08", UTC) == (MOMENT, True)
    summer = datetime(2026, 7, 28, 20, 5, 8, tzinfo=UTC)
    assert read_time("2026-07-28T22:05:08", BERLIN) == (summer, True)


@pytest.mark.parametrize("text", ["2026-10-25 02:30:00", "2026-03-29 02:30:00"])
def test_a_time_that_clocks_show_twice_or_never_is_refused(text: str) -> None:
    with pytest.raises(ValueUnreadableError, match="twice or never on the clocks of Europe/Berlin"):
        read_time(text, BERLIN)
    assert read_time(text, UTC)[1]
    assert not read_time(f"{text}+02:00", BERLIN)[1]


@pytest.mark.parametrize(
    "text",
    [
        *("1795", "17958992", "179589920", "17958993081", "46354.83", "20261128", "0"),
        *("2026112820", "2611282005"),
        *("1795896308,5", "1795896308000.5"),
    ],
)
def test_a_number_that_is_no_time_is_refused_and_never_read_as_a_year(text: str) -> None:
    with pytest.raises(ValueUnreadableError, match=r"seconds \(10 digits\) or milliseconds"):
        read_time(text, UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("yesterday", "11/28/2026 8:05 PM", "-1795896308", "1.7958E9", "2026-13-01T00:00:00Z"),
        *("0001-01-01T00:00:00+14:00", "2026-11-28T20:58:60Z"),
        *("2026-11-28+05:30", "2026-11-28-05", "20261128-05:00", "2026-11-28_20:05", "2026-11-28Z"),
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueUnreadableError, match="is not a time like"):
        read_time(text, UTC)


def test_a_decimal_comma_is_read_when_it_was_announced() -> None:
    assert read_quantity("12,5", decimal_comma=True) == Decimal("12.5")
    assert read_quantity("12", decimal_comma=True) == 12
    for text in ("1.234,5", "1.5", "1,2,3"):
        with pytest.raises(ValueUnreadableError):
            read_quantity(text, decimal_comma=True)
    with pytest.raises(ValueUnreadableError, match="--decimal-comma"):
        read_quantity("12,5", decimal_comma=False)
    with pytest.raises(ValueUnreadableError) as refused:
        read_quantity("1,234,567", decimal_comma=False)
    assert "--decimal-comma" not in str(refused.value)
