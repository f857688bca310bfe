from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from local.replay.columns import ColumnChoice, Measure, choose_columns, parse_measure
from local.replay.errors import ReplayError
from local.replay.log_reader import (
    BadRow,
    IdleRow,
    LeftOut,
    LogForm,
    LoggedUsage,
    Member,
    read_logs,
)
from local.replay.survey import survey_log


def read(tmp_path: Path, text: str, **choice: object) -> list[Member]:
    columns = ColumnChoice(**choice)  # type: ignore[arg-type]
    return read_as(tmp_path, text, LogForm(columns))


def read_as(tmp_path: Path, text: str, form: LogForm) -> list[Member]:
    file = tmp_path / "usage.csv"
    file.write_text(text)
    return list(read_logs([file], form))


def reason(member: Member) -> str:
    assert isinstance(member, BadRow)
    return member.reason


def usage(members: Sequence[Member]) -> list[tuple[str, str, Decimal]]:
    """What was used: id, dimension, quantity."""
    return [
        (one.event_id, one.dimension, one.quantity)
        for one in members
        if isinstance(one, LoggedUsage)
    ]


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
        LoggedUsage("0.1", used_at, "me", "context_tokens", Decimal(374), in_zone=True),
        LoggedUsage("0.1", used_at, "me", "GeneratedTokens", Decimal(44), in_zone=True),
    ]


def test_an_offset_is_converted_to_utc(tmp_path: Path) -> None:
    text = "time,subscription,dimension,quantity\n2026-11-22T20:04:05+02:00,a,d,1\n"
    (row,) = read(tmp_path, text)
    assert isinstance(row, LoggedUsage)
    assert row.used_at == datetime(2026, 11, 22, 18, 4, 5, tzinfo=UTC)


def test_a_blank_cell_of_a_wide_log_leaves_the_others_of_its_row(tmp_path: Path) -> None:
    text = (
        "time,subscription,tokens in,tokens out\n2026-11-22T18:00:00Z,a,1,\n"
        "2026-11-22T18:00:00Z,a, ,\n2026-11-22T18:00:00Z,a,,2\n2026-11-22T18:00:00Z,a,3\n"
    )
    measures = (Measure("tokens in", "in"), Measure("tokens out", "out"))
    rows = read(tmp_path, text, measures=measures)
    assert usage(rows) == [("0.1", "in", Decimal(1)), ("0.3", "out", Decimal(2))]
    assert isinstance(rows[1], IdleRow)
    assert (survey_log(rows).idle, survey_log(rows).bad_row_count) == (1, 1)
    assert reason(rows[3]) == "it has 3 fields and the header 4"


def test_two_columns_of_one_dimension_are_two_events(tmp_path: Path) -> None:
    text = "id,time,subscription,in,out,calls\nr-1,2026-11-22T18:00:00Z,a,100,7,1\n"
    measures = (Measure("in", "tokens"), Measure("out", "tokens"), Measure("calls", "calls"))
    for id_column, row_id in ((None, "0.1"), ("id", "r-1")):
        rows = read(tmp_path, text, measures=measures, id_column=id_column)
        assert usage(rows) == [
            (f"{row_id}:in", "tokens", Decimal(100)),
            (f"{row_id}:out", "tokens", Decimal(7)),
            (row_id, "calls", Decimal(1)),
        ]


def test_a_measure_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match="same --measure"):
        read(tmp_path, "time,subscription,a\n", measures=(Measure("a", "d"), Measure("a", "d")))


def test_a_header_that_names_a_needed_column_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match=r"'quantity' 2 times: .*--quantity-column"):
        read(tmp_path, "time,subscription,dimension,quantity,quantity\n")
    with pytest.raises(ReplayError, match=r"both time and timestamp .*--time-column"):
        read(tmp_path, "time,timestamp,subscription,dimension,quantity\n")
    text = "time,note,subscription,dimension,quantity,note\n2026-11-22T18:00:00Z,x,a,d,5,y\n"
    assert usage(read(tmp_path, text)) == [("0.1", "d", Decimal(5))]


def test_default_names_are_found_in_whatever_case(tmp_path: Path) -> None:
    (used,) = read(
        tmp_path, "TimeStamp,SUBSCRIPTION,Dimension,Quantity\n2026-11-22T18:00:00Z,a,d,7\n"
    )
    assert isinstance(used, LoggedUsage)
    assert used.quantity == 7


def test_two_columns_that_differ_in_case_alone_are_told_apart_by_an_option(tmp_path: Path) -> None:
    text = "time,subscription,dimension,quantity,Quantity\n2026-11-22T18:00:00Z,a,d,7,100\n"
    with pytest.raises(ReplayError, match=r"both Quantity and quantity .*--quantity-column"):
        read(tmp_path, text)
    (used,) = read(tmp_path, text, quantity_column="Quantity")
    assert isinstance(used, LoggedUsage)
    assert used.quantity == 100
    (wide,) = read(tmp_path, text, measures=(Measure("Quantity", "d"),))
    assert isinstance(wide, LoggedUsage)


def test_a_delimiter_at_the_end_of_each_row_adds_nothing(tmp_path: Path) -> None:
    good = "2026-11-22T18:00:00Z,a,d,5"
    text = f"time,subscription,dimension,quantity\n{good},\n{good},,\n"
    assert [quantity for _, _, quantity in usage(read(tmp_path, text))] == [5, 5]
    text = f"time,subscription,dimension,quantity,\n{good},\n"
    assert len(usage(read(tmp_path, text))) == 1


def test_a_delimiter_at_the_end_of_the_header_names_no_column(tmp_path: Path) -> None:
    """A value below it is one too many: it may be the rest of a quantity."""
    text = "time,subscription,dimension,quantity,\n"
    row = "2026-11-28T20:05:00Z,acme,api_calls,1"
    whole, ended, cut = read(tmp_path, f"{text}{row}\n{row},\n{row},234\n")
    assert len(usage([whole, ended])) == 2
    assert "it has 5 fields and the header 4" in reason(cut)
    first, *_ = read(tmp_path, f",{text}0,{row}\n")
    assert len(usage([first])) == 1


def test_an_id_that_comes_again_is_named_with_its_first_place(tmp_path: Path) -> None:
    text = (
        "id,time,subscription,dimension,quantity\nr-1,2026-11-22T18:00:00Z,a,d,1\n"
        "r-1,2026-11-22T18:59:00Z,a,d,2\nr-1,2026-11-22T19:00:00Z,a,d,3\n"
        "r-1,2026-11-22T18:00:00Z,b,d,4\nr-1,2026-11-22T18:00:00Z,a,e,5\n"
    )
    rows = read(tmp_path, text, id_column="id")
    assert [quantity for _, _, quantity in usage(rows)] == [1, 3, 4, 5]
    assert "'r-1' was in" in reason(rows[1])
    assert "usage.csv line 2" in reason(rows[1])
    (file,) = tmp_path.iterdir()
    form = LogForm(ColumnChoice(id_column="id"))
    assert len(usage(list(read_logs([file, file], form)))) == 4


def test_a_row_with_one_known_id_makes_none_of_its_ids_known(tmp_path: Path) -> None:
    text = (
        "id,time,subscription,a,b\nr,2026-11-22T18:00:00Z,s,1,\n"
        "r,2026-11-22T18:00:00Z,s,2,2\nr,2026-11-22T18:00:00Z,s,,3\n"
    )
    measures = (Measure("b", "b"), Measure("a", "a"))
    rows = read(tmp_path, text, id_column="id", measures=measures)
    assert usage(rows) == [("r", "a", Decimal(1)), ("r", "b", Decimal(3))]


def test_usage_of_another_time_is_left_out_and_counted(tmp_path: Path) -> None:
    times = ("17:59:59", "18:00:00", "18:59:59", "19:00:00")
    text = "time,subscription,dimension,quantity\n" + "".join(
        f"2026-11-22T{time}Z,a,d,{number}\n" for number, time in enumerate(times)
    )
    since = datetime(2026, 11, 22, 18, tzinfo=UTC)
    rows = read_as(tmp_path, text, LogForm(since=since, until=since + timedelta(hours=1)))
    assert usage(rows) == [("0.2", "d", Decimal(1)), ("0.3", "d", Decimal(2))]
    assert rows.count(LeftOut()) == 2
    assert survey_log(rows).left_out == 2


def test_a_survey_knows_whether_times_were_read_in_a_zone(tmp_path: Path) -> None:
    head = "time,subscription,dimension,quantity\n2026-11-22T18:00:00Z,a,d,1\n"
    assert not survey_log(read(tmp_path, head)).has_times_in_zone
    text = f"{head}2026-11-22 18:00:00,a,d,1\n2026-11-22T18:00:00Z,a,d,1\n"
    assert survey_log(read(tmp_path, text)).has_times_in_zone


def test_an_id_column_gives_the_ids(tmp_path: Path) -> None:
    text = "request,time,dimension,quantity\nr-1,2026-11-22T18:00:00Z,d,1\n"
    (row,) = read(tmp_path, text, subscription="a", id_column="request")
    assert isinstance(row, LoggedUsage)
    assert row.event_id == "r-1"


def test_rows_of_two_files_never_share_an_id(tmp_path: Path) -> None:
    file = tmp_path / "usage.csv"
    file.write_text("time,subscription,dimension,quantity\n2026-11-22T18:00:00Z,a,d,1\n")
    rows = [row for row in read_logs([file, file], LogForm()) if isinstance(row, LoggedUsage)]
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
        ("2026-11-22T18:00:00Z,a", "2 fields and the header 4"),
        ("2026-11-22T18:00:00Z,a,d,", "quantity is empty"),
        ("2026-11-22T18:00:00Z,a,d,1,234", "5 fields and the header 4; a value that holds ','"),
        ("2026-11-22T18:00:00Z,a,d,1,,5", "6 fields"),
        ('2026-11-22T18:00:00Z,a,"d"x,1', "expected after"),
        ('2026-11-22T18:00:00Z,a,d,"12,5"', "--decimal-comma"),
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
    with pytest.raises(ReplayError, match=r"usage\.csv: .*--time-column.*--delimiter"):
        read(tmp_path, "when,subscription,dimension,quantity\n")
    with pytest.raises(ReplayError, match="--subscription"):
        read(tmp_path, "time,dimension,quantity\n")
    with pytest.raises(ReplayError, match="--measure"):
        read(tmp_path, "time,a\n", subscription="x", measures=(Measure("b", "b"),))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match=r"absent\.csv"):
        list(read_logs([tmp_path / "absent.csv"], LogForm()))


def test_a_subscription_and_a_column_of_them_exclude_each_other() -> None:
    choice = ColumnChoice(subscription="a", subscription_column="b")
    with pytest.raises(ReplayError, match="not both"):
        choose_columns(choice, ["time", "b", "dimension", "quantity"], ",")


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
