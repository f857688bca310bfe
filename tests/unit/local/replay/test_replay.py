from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from local.replay.columns import ColumnChoice, Measure, choose_columns, parse_measure
from local.replay.errors import ReplayError
from local.replay.log_reader import BadRow, LoggedUsage, read_logs
from local.replay.moving import check_window, oldest_hour, shift_to_recent
from local.replay.survey import survey_log

SETTLE = timedelta(minutes=15)
NOW = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)


def read(tmp_path: Path, text: str, **choice: object) -> list[LoggedUsage | BadRow]:
    file = tmp_path / "usage.csv"
    file.write_text(text)
    return list(read_logs([file], ColumnChoice(**choice)))  # type: ignore[arg-type]


def test_the_long_form_needs_no_options(tmp_path: Path) -> None:
    text = "time,subscription,dimension,quantity\n2026-11-22T18:04:05Z,a,api_calls,12.5\n"
    assert read(tmp_path, text) == [
        LoggedUsage(
            "0.1", datetime(2026, 11, 22, 18, 4, 5, tzinfo=UTC), "a", "api_calls", Decimal("12.5")
        )
    ]


def test_the_wide_form_reads_several_dimensions_of_a_row(tmp_path: Path) -> None:
    text = "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n"
    measures = (parse_measure("ContextTokens=context_tokens"), parse_measure("GeneratedTokens"))
    rows = read(tmp_path, text, subscription="me", measures=measures)
    used_at = datetime(2023, 11, 16, 18, 15, 46, 680590, tzinfo=UTC)
    assert rows == [
        LoggedUsage("0.1", used_at, "me", "context_tokens", Decimal(374)),
        LoggedUsage("0.1", used_at, "me", "GeneratedTokens", Decimal(44)),
    ]


def test_an_offset_is_converted_to_utc(tmp_path: Path) -> None:
    text = "time,subscription,dimension,quantity\n2026-11-22T20:04:05+02:00,a,d,1\n"
    (row,) = read(tmp_path, text)
    assert isinstance(row, LoggedUsage)
    assert row.used_at == datetime(2026, 11, 22, 18, 4, 5, tzinfo=UTC)


def test_an_id_column_gives_the_ids(tmp_path: Path) -> None:
    text = "request,time,dimension,quantity\nr-1,2026-11-22T18:00:00Z,d,1\n"
    (row,) = read(tmp_path, text, subscription="a", id_column="request")
    assert isinstance(row, LoggedUsage)
    assert row.event_id == "r-1"


def test_rows_of_two_files_never_share_an_id(tmp_path: Path) -> None:
    file = tmp_path / "usage.csv"
    file.write_text("time,subscription,dimension,quantity\n2026-11-22T18:00:00Z,a,d,1\n")
    rows = [row for row in read_logs([file, file], ColumnChoice()) if isinstance(row, LoggedUsage)]
    assert [row.event_id for row in rows] == ["0.1", "1.1"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("yesterday,a,d,1", "not a time"),
        ("2026-11-22T18:00:00Z,a,d,-1", "not a quantity"),
        ("2026-11-22T18:00:00Z,a,d,1e3", "not a quantity"),
        ("2026-11-22T18:00:00Z,a,d,0.1234567", "not a quantity"),
        ("2026-11-22T18:00:00Z,a,d,12345678901", "not a quantity"),
        ("2026-11-22T18:00:00Z,,d,1", "subscription is empty"),
        ("2026-11-22T18:00:00Z,a", "dimension is empty"),
        ("", "time is empty"),
    ],
)
def test_a_bad_row_is_reported_with_its_line_and_harms_no_other(
    tmp_path: Path, row: str, reason: str
) -> None:
    good = "2026-11-22T18:00:00Z,a,d,1"
    text = f"time,subscription,dimension,quantity\n{good}\n{row or ',,,'}\n{good}\n"
    first, bad, last = read(tmp_path, text)
    assert isinstance(first, LoggedUsage)
    assert isinstance(last, LoggedUsage)
    assert isinstance(bad, BadRow)
    assert bad.line == 3
    assert reason in bad.reason


def test_an_absent_column_is_named_with_the_option_that_chooses_another(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match="--time-column"):
        read(tmp_path, "when,subscription,dimension,quantity\n")
    with pytest.raises(ReplayError, match="--subscription"):
        read(tmp_path, "time,dimension,quantity\n")
    with pytest.raises(ReplayError, match="--measure"):
        read(tmp_path, "time,a\n", subscription="x", measures=(Measure("b", "b"),))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match=r"absent\.csv"):
        list(read_logs([tmp_path / "absent.csv"], ColumnChoice()))


def test_a_subscription_and_a_column_of_them_exclude_each_other() -> None:
    choice = ColumnChoice(subscription="a", subscription_column="b")
    with pytest.raises(ReplayError, match="not both"):
        choose_columns(choice, ["time", "b", "dimension", "quantity"])


@pytest.mark.parametrize("text", ["", "=d", "column="])
def test_a_measure_needs_a_column_and_a_dimension(text: str) -> None:
    with pytest.raises(ReplayError):
        parse_measure(text)


def test_a_survey_knows_who_used_what_and_when(tmp_path: Path) -> None:
    text = (
        "time,subscription,dimension,quantity\n"
        "2026-11-22T18:00:00Z,a,d,1\n2026-11-22T16:00:00Z,b,e,1\nnever,a,d,1\n"
    )
    survey = survey_log(read(tmp_path, text))
    assert (survey.quantities, survey.bad_row_count) == (2, 1)
    assert (survey.subscriptions, survey.dimensions) == ({"a", "b"}, {"d", "e"})
    assert survey.first_at is not None
    assert survey.last_at is not None
    assert (survey.first_at.hour, survey.last_at.hour) == (16, 18)


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
    with pytest.raises(ReplayError, match=r"spans 26 hours .* \(23 closed hours\)"):
        shift_to_recent(first_at, last_at, now=NOW.replace(minute=20), settle=SETTLE)


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
    with pytest.raises(ReplayError, match="future"):
        check_window(NOW, future, now=NOW)
