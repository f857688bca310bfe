"""Answers as people and scripts see them."""

import csv
import io
import json
from contextvars import copy_context
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from rich.console import Console

from operations import showing
from operations.answers import (
    CountedEvent,
    RefusedAnswer,
    StandingRecord,
    UnfinishedAnswer,
    UnfinishedHour,
    Unreadable,
)
from operations.reads import read_record
from operations.showing import print_answer, write_answer_csv, write_json
from tests.unit.operations.books import Books

AT = datetime(2026, 11, 19, 12, tzinfo=UTC)
RECORD = StandingRecord("a|b|c", "SEALED", None, Decimal("9999999999.999999"), 1, AT, timedelta(1))
HOUR = UnfinishedHour("log", "why", ("license#a", "[b]c[/b]"), (), AT, -timedelta(minutes=90))
ANSWER = UnfinishedAnswer(hours=(HOUR,), records=(RECORD,), dealt_with=1)


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    print_answer("table", "the-table", ANSWER)
    return capsys.readouterr().out


def test_people_see_tables_with_every_digit_in_a_narrow_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")

    shown = printed(capsys)

    assert shown.splitlines()[0] == "table: the-table"
    assert "9999999999.999999 1     2026-11-19T12:00:00+00:00 24 h 00 min" in shown
    assert "license#a, [b]c[/b]" in shown, "names are no markup"
    assert "1 h 30 min ago" in shown
    assert "dealt with: 1" in shown, "a one is no yes"
    assert "is whole" not in shown
    assert "unreadable" not in shown


def test_scripts_get_exact_texts_and_seconds() -> None:
    document = json.loads(write_json(asdict(ANSWER)))

    assert document["records"][0]["units"] == "9999999999.999999"
    assert document["records"][0]["left"] == 86_400
    assert document["hours"][0]["deadline"] == "2026-11-19T12:00:00+00:00"
    assert document["hours"][0]["waiting"] == ["license#a", "[b]c[/b]"]
    assert (document["is_whole"], document["unreadable"]) == (True, [])


def test_spreadsheets_get_all_tables_under_columns_that_stay() -> None:
    text = write_answer_csv(ANSWER)

    hour, record = csv.DictReader(io.StringIO(text))
    assert (hour["table"], hour["log"], hour["waiting"]) == ("hours", "log", "license#a, [b]c[/b]")
    assert (record["table"], record["units"]) == ("records", "9999999999.999999")
    assert (record["left"], hour["left"]) == ("86400", "-5400")
    assert record["deadline"] == "2026-11-19T12:00:00+00:00"
    nothing = UnfinishedAnswer(hours=(), records=(), dealt_with=0)
    assert write_answer_csv(nothing).strip() == text.splitlines()[0]


def test_a_spreadsheet_tells_what_is_missing() -> None:
    missing = RefusedAnswer(records=(), unreadable=(Unreadable("a log", "damaged"),))

    (row,) = csv.DictReader(io.StringIO(write_answer_csv(missing)))

    assert (row["table"], row["name"], row["why"]) == ("unreadable", "a log", "damaged")


def test_what_is_frozen_is_shown_with_its_parts(
    books: Books, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = read_record(books.ledger, 1, books.keys.large)

    print_answer("table", "the-table", answer)

    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert "state: METERED" in lines
    assert "quantity: 9999999999.999999" in lines
    assert f"key: {books.keys.large}" in lines
    assert lines[lines.index("rest:") + 4] == "9.000001"
    document = json.loads(write_json(asdict(answer)))
    assert document["frozen"]["rest"] == [{"quantity": "9.000001", "tags": []}]


def test_tags_are_shown_by_name(capsys: pytest.CaptureFixture[str], books: Books) -> None:
    answer = read_record(books.ledger, 1, books.keys.large)
    tags = (("team", "search"), ("stage", "prod"))
    event = CountedEvent("e", Decimal(1), tags, late_in=None, is_contradicted=True)

    print_answer("table", "the-table", replace(answer, events=(event,)))

    shown = capsys.readouterr().out
    assert "team=search, stage=prod" in shown
    assert "yes" in shown


@pytest.mark.parametrize("shows", [True, False])
def test_how_far_a_reading_has_come_is_shown_unless_several_read_at_a_time(
    monkeypatch: pytest.MonkeyPatch, *, shows: bool
) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(showing, "_WAITING", Console(file=terminal, force_terminal=True))

    def read() -> list[int]:
        showing.SHOWS_PROGRESS.set(shows)
        with showing.waiting("Looking"):
            pass
        return [*showing.shown_progress([1, 2], "Reading")]

    assert copy_context().run(read) == [1, 2]
    said = terminal.getvalue()
    assert ("Looking" in said, "Reading" in said) == (shows, shows)
