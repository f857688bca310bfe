from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.replay.errors import ReplayError
from local.replay.log_reader import LogForm, read_logs
from local.replay.moving import check_window, oldest_hour, shift_to_recent
from local.replay.survey import survey_log

SETTLE = timedelta(minutes=15)
NOW = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)


def test_a_log_moves_by_whole_hours_to_end_in_the_newest_settled_hour() -> None:
    first_at = datetime(2023, 11, 16, 18, 15, 46, tzinfo=UTC)
    last_at = datetime(2023, 11, 16, 19, 14, 8, tzinfo=UTC)
    shift = shift_to_recent(first_at, last_at, now=NOW, settle=SETTLE)
    assert last_at + shift == datetime(2026, 11, 22, 17, 14, 8, tzinfo=UTC)


def test_an_hour_that_still_settles_is_not_the_newest() -> None:
    moment = datetime(2023, 11, 16, 18, 15, tzinfo=UTC)
    now = NOW.replace(minute=14)
    assert (moment + shift_to_recent(moment, moment, now=now, settle=SETTLE)).hour == 16


def test_a_log_longer_than_the_window_is_refused_with_both_lengths() -> None:
    first_at = datetime(2023, 11, 15, 18, 15, tzinfo=UTC)
    last_at = datetime(2023, 11, 16, 19, 14, tzinfo=UTC)
    way_out = "parts of at most 23 hours, first with --until 2023-11-16T17:00Z, then with --since"
    with pytest.raises(ReplayError, match=rf"spans 26 hours .* \(23 closed hours\): .*{way_out}"):
        shift_to_recent(first_at, last_at, now=NOW.replace(minute=20), settle=SETTLE)


def test_each_part_that_the_refusal_names_can_be_replayed(tmp_path: Path) -> None:
    text = "time,subscription,dimension,quantity\n" + "".join(
        f"2023-11-{day}T{hour:02d}:59:59Z,a,d,1\n" for day in (15, 16) for hour in range(24)
    )
    log = tmp_path / "usage.csv"
    log.write_text(text)
    first_at = datetime(2023, 11, 15, 0, 59, 59, tzinfo=UTC)
    last_at = datetime(2023, 11, 16, 23, 59, 59, tzinfo=UTC)
    with pytest.raises(ReplayError) as refused:
        shift_to_recent(first_at, last_at, now=NOW, settle=SETTLE)
    named = str(refused.value).partition("--until ")[2].partition(",")[0]
    until = datetime.fromisoformat(named)
    part = survey_log(read_logs([log], LogForm(until=until)))
    rest = survey_log(read_logs([log], LogForm(since=until)))
    assert part.quantities == rest.left_out > 0
    assert part.first_at is not None
    assert part.last_at is not None
    shift = shift_to_recent(part.first_at, part.last_at, now=NOW, settle=SETTLE)
    assert part.first_at + shift >= oldest_hour(NOW)


def test_last_months_hours_are_open_until_six_on_the_first() -> None:
    assert oldest_hour(datetime(2026, 12, 1, 5, 0, tzinfo=UTC)).day == 30
    assert oldest_hour(datetime(2026, 12, 1, 5, 40, tzinfo=UTC)) == datetime(
        2026, 12, 1, tzinfo=UTC
    )


def test_old_or_future_usage_needs_moving() -> None:
    past = datetime(2023, 11, 16, 18, tzinfo=UTC)
    with pytest.raises(ReplayError, match="--move-to-recent"):
        check_window(past, past, now=NOW)
    future = NOW + timedelta(hours=1)
    with pytest.raises(ReplayError, match="future") as refused:
        check_window(NOW, future, now=NOW)
    assert "--time-zone" not in str(refused.value)
    with pytest.raises(ReplayError, match=r"--time-zone: .* were read as UTC"):
        check_window(NOW, future, now=NOW, assumed_zone=UTC)


def test_a_log_that_is_partly_too_old_can_be_cut() -> None:
    first_at = NOW - timedelta(days=2)
    oldest = f"{oldest_hour(NOW):%Y-%m-%dT%H:%MZ}"
    with pytest.raises(ReplayError, match=f"or --since {oldest} to leave the rest out"):
        check_window(first_at, NOW, now=NOW)
    with pytest.raises(ReplayError) as refused:
        check_window(first_at, first_at, now=NOW)
    assert "--since" not in str(refused.value)
