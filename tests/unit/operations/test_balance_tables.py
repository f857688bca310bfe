"""What the statements say to people and to scripts."""

import json
from decimal import Decimal
from typing import Any

import pytest

from meterhouse.domain.accounting.balances import Standing
from operations.balance_tables import add_up, print_statements, verdict, write_document
from operations.findings import NOT_SEEN, FaultKind, Findings, Scope, in_order
from tests.unit.operations.builders import (
    KEY,
    NOON_AT,
    fault,
    fault_of_an_hour,
    findings,
    statement,
)

ALONE = Scope(subscription=KEY.subscription)


def document(found: Findings) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(write_document("table", found))
    return read


def printed(capsys: pytest.CaptureFixture[str], found: Findings) -> str:
    print_statements("table", found)
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


def test_differences_of_two_meters_do_not_cancel_out() -> None:
    more, less = statement("a", metered="8"), statement("b", metered="6")

    assert add_up([more, less]).difference == 2
    assert document(findings(more, less))["totals"]["difference"] == "2"
    assert document(findings(more, less))["is_right"] is False


@pytest.mark.parametrize(
    ("found", "is_right"),
    [
        (findings(), True),
        (findings(statement()), True),
        (findings(statement(crossed=("5", "5", "0"))), True),
        (findings(statement(metered="6.999999")), False),
        (findings(statement(crossed=("5", "4.5", "0.5"))), False),
        (findings(statement(faults=(fault(),))), False),
        (findings(faults=(fault_of_an_hour(),)), False),
        (findings(statement("a"), statement("b", metered="8")), False),
        (findings(statement(), faults=(fault_of_an_hour(),)), False),
    ],
    ids=[
        "nothing",
        "exact",
        "carried",
        "missing",
        "lost",
        "fault",
        "an hour alone",
        "one of two",
        "an hour's fault",
    ],
)
def test_it_is_right_only_when_nothing_at_all_is_wrong(found: Findings, *, is_right: bool) -> None:
    assert document(found)["is_right"] is is_right
    assert verdict(found).startswith("OK: " if is_right else "FAILED: ")


def test_units_are_texts_for_scripts() -> None:
    line = statement(journalled="1E+3", metered="1000.50", crossed=("2", "1.5", "0.5"))

    (meter,) = document(findings(line))["meters"]

    assert meter["journalled"] == "1000"
    assert meter["standings"]["metered"] == "1000.5"
    assert meter["unplaced"] == "-0.5"
    assert (meter["carried_out"], meter["carried_in"]) == ("2", "1.5")
    assert meter["difference"] == "1"
    assert set(meter["standings"]) == {place.value for place in Standing}


def test_a_script_learns_of_every_fault_and_of_what_was_not_looked_at() -> None:
    found = document(
        findings(
            statement(faults=(fault(FaultKind.FROZEN_TWICE, "twice"),)),
            faults=(fault_of_an_hour("broken"),),
            scope=Scope(NOON_AT, KEY.subscription),
        )
    )

    (meter,) = found["meters"]
    assert meter["faults"] == [{"subject": str(KEY), "kind": "frozen_twice", "detail": "twice"}]
    assert found["faults"] == [
        {"subject": "2026-11-18T12#00", "kind": "unreadable", "detail": "broken"}
    ]
    assert (found["since"], found["not_seen"]) == ("2026-11-18T12:00:00+00:00", NOT_SEEN)
    assert found["subscription"] == KEY.subscription


def test_a_fault_that_was_found_twice_is_named_once_and_in_order() -> None:
    one, other = fault(FaultKind.DIFFERENCE), fault(FaultKind.CARRY_DIFFERENCE)

    assert in_order([one, other, fault(FaultKind.DIFFERENCE)]) == (other, one)


def test_a_table_leaves_out_states_without_units(capsys: pytest.CaptureFixture[str]) -> None:
    without = printed(capsys, findings(statement()))
    assert "metered" in without
    assert "disputed" not in without
    assert "held" not in without

    assert "held" in printed(capsys, findings(statement(journalled="8", held="1")))


def test_a_state_whose_units_cancel_out_is_shown_all_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = findings(statement("a", held="1"), statement("b", held="-1"))

    assert "held" in printed(capsys, found)


def test_a_table_shows_every_digit_and_name_in_a_narrow_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    large = "9999999999.999999"

    shown = printed(capsys, findings(statement("d" * 90, journalled=large, metered=large)))

    assert f"  {'d' * 90}" in shown
    assert shown.count(large) == 5, "two in the line, two in the total, one in the verdict"
    assert KEY.subscription in shown


def test_names_are_shown_as_they_are_and_never_as_markup(
    capsys: pytest.CaptureFixture[str],
) -> None:
    line = statement("[red]d[/red]", faults=(fault(detail="[b]x[/b]"),))

    shown = printed(capsys, findings(line))

    assert "[red]d[/red]" in shown
    assert "[b]x[/b]" in shown


def test_faults_of_meters_and_of_hours_are_told_in_lines_of_their_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = findings(
        statement("a", faults=(fault(detail="one"),)),
        statement("b"),
        faults=(fault_of_an_hour("two"),),
    )

    lines = printed(capsys, found).splitlines()

    assert f"{KEY}: difference: one" in lines
    assert "2026-11-18T12#00: unreadable: two" in lines
    assert lines[-1] == "balance: FAILED: 1 of 2 meters wrong, 2 faults named"


def test_who_sees_a_fault_is_told_to_look_twice_and_nobody_else(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "run it again" in printed(capsys, findings(faults=(fault_of_an_hour(),)))
    assert "run it again" not in printed(capsys, findings(statement()))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (findings(), "OK: no meter has usage"),
        (findings(scope=ALONE), f"OK: no meter of {KEY.subscription} has usage"),
        (findings(statement()), "OK: 1 meter, 7 units journalled, each in its place"),
        (
            findings(statement("a"), statement("b"), scope=ALONE),
            f"OK: 2 meters of {KEY.subscription}, 14 units journalled, each in its place",
        ),
        (findings(faults=(fault_of_an_hour(),)), "FAILED: 0 of 0 meters wrong, 1 fault named"),
        (findings(statement(metered="6")), "FAILED: 1 of 1 meter wrong, 0 faults named"),
    ],
)
def test_the_verdict_says_whose_units_it_is_about(found: Findings, said: str) -> None:
    assert verdict(found) == said


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        (Scope(), "table, all hours"),
        (Scope(NOON_AT), "table, hours from 2026-11-18T12 UTC on"),
        (ALONE, f"table, all hours, {KEY.subscription} alone"),
    ],
)
def test_the_first_line_says_what_was_looked_at(
    capsys: pytest.CaptureFixture[str], scope: Scope, said: str
) -> None:
    assert printed(capsys, findings(scope=scope)).splitlines()[0] == said
