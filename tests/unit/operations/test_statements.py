"""What the statements say to people and to scripts."""

import json
from decimal import Decimal
from typing import Any

import pytest

from meterhouse.domain.accounting import Standing
from operations.audit import NOT_SEEN, Statement
from operations.faults import FaultKind
from operations.statement_document import write_document
from operations.statement_tables import print_statements
from operations.statement_totals import add_up, verdict
from tests.unit.domain.builders import KEY, NOON_AT
from tests.unit.operations.builders import fault, statement, unreadable_statement


def document(*statements: Statement) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(write_document("table", NOON_AT, statements))
    return found


def printed(capsys: pytest.CaptureFixture[str], *statements: Statement) -> str:
    print_statements("table", None, statements)
    return capsys.readouterr().out


def test_units_are_added_up_without_losing_a_digit() -> None:
    totals = add_up(
        [
            statement("a", journalled="9999999999.999999", metered="9999999999.999999"),
            statement("b", journalled="0.000001", metered="0", held="0.000001"),
        ]
    )

    assert totals.journalled == Decimal(10_000_000_000)
    assert totals.standings[Standing.HELD] == Decimal("0.000001")
    assert totals.difference == 0


def test_differences_of_two_accounts_do_not_cancel_out() -> None:
    more, less = statement("a", metered="8"), statement("b", metered="6")

    assert add_up([more, less]).difference == 2
    assert document(more, less)["totals"]["difference"] == "2"
    assert document(more, less)["is_right"] is False


@pytest.mark.parametrize(
    ("statements", "is_right"),
    [
        ([], True),
        ([statement()], True),
        ([statement(carried_out="5", carried_in="5")], True),
        ([statement(metered="6.999999")], False),
        ([statement(carried_out="5", carried_in="4.5")], False),
        ([statement(faults=(fault(),))], False),
        ([unreadable_statement()], False),
        ([statement("a"), unreadable_statement("b")], False),
    ],
    ids=["nothing", "exact", "carried", "missing", "lost", "fault", "unreadable", "one of two"],
)
def test_an_account_is_right_only_when_nothing_at_all_is_wrong(
    statements: list[Statement], *, is_right: bool
) -> None:
    assert document(*statements)["is_right"] is is_right
    assert verdict(statements).startswith("OK: " if is_right else "FAILED: ")


def test_units_are_texts_for_scripts() -> None:
    (account,) = document(statement(journalled="1E+3", metered="1000.50"))["accounts"]

    assert account["journalled"] == "1000"
    assert account["standings"]["metered"] == "1000.5"
    assert account["unplaced"] == "-0.5"
    assert set(account["standings"]) == {place.value for place in Standing}


def test_a_script_learns_of_every_fault_and_of_what_was_not_looked_at() -> None:
    found = document(unreadable_statement("a", fault(FaultKind.UNREADABLE, "broken")))

    (account,) = found["accounts"]
    assert account["faults"] == [{"record": str(KEY), "kind": "unreadable", "detail": "broken"}]
    assert account["is_readable"] is False
    assert "journalled" not in account
    assert (found["since"], found["not_seen"]) == ("2026-11-18T12:00:00+00:00", NOT_SEEN)


def test_a_table_leaves_out_states_without_units(capsys: pytest.CaptureFixture[str]) -> None:
    without = printed(capsys, statement())
    assert "metered" in without
    assert "disputed" not in without
    assert "held" not in without

    assert "held" in printed(capsys, statement(journalled="8", held="1"))


def test_a_table_shows_every_digit_and_name_in_a_narrow_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    large = "9999999999.999999"

    shown = printed(capsys, statement("d" * 90, journalled=large, metered=large))

    assert f"  {'d' * 90}" in shown
    assert shown.count(large) == 5, "two in the line, two in the total, one in the verdict"
    assert KEY.subscription in shown


def test_names_are_shown_as_they_are_and_never_as_markup(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = printed(capsys, statement("[red]d[/red]", faults=(fault(detail="[b]x[/b]"),)))

    assert "[red]d[/red]" in shown
    assert "[b]x[/b]" in shown


def test_an_account_that_cannot_be_read_has_question_marks_and_its_faults(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = printed(capsys, unreadable_statement("a", fault(FaultKind.UNREADABLE, "broken")))

    assert "?" in shown
    assert f"{KEY}: unreadable: broken" in shown
    assert (
        shown.splitlines()[-1] == "account: FAILED: 1 of 1 accounts are wrong, 1 faults are named"
    )


def test_an_account_that_cannot_be_read_is_named_even_without_a_fault(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = printed(capsys, unreadable_statement("a"))

    assert f"{KEY.subscription}|a: its journal cannot be read" in shown
