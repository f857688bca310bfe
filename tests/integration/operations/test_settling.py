"""What a settlement would do is shown before it is asked for; what was done, in every read."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from meterhouse.adapters.usage_table.layout import hold_layout
from meterhouse.domain.hours import format_hour
from meterhouse.domain.keys import RecordKey
from operations import options
from operations.__main__ import app
from operations.careful_ledger import CarefulUsageTable
from tests.fakes.meterhouse import HOUR, Meterhouse
from tests.integration.operations.books import Books
from tests.integration.operations.command import Command
from tests.unit.operations.lives import EveryState, live_into_every_state
from tests.unit.use_cases.billing.test_settling import (
    ANN,
    invoiced,
    reopening,
    settle,
    written_off,
)


@pytest.fixture
def house(books: Books) -> Meterhouse:
    hold_layout(books.aws.dynamodb, books.table_name, 1)
    return books.house()


@pytest.fixture
def every_state(house: Meterhouse) -> EveryState:
    return live_into_every_state(house)


@pytest.fixture
def ask(books: Books, command: Command, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return what is shown before the question of a command, which is answered with no."""
    del command
    table = CarefulUsageTable(books.aws.dynamodb, books.table_name)
    monkeypatch.setitem(options._TOLD, "caller", lambda *_: ANN.caller)
    monkeypatch.setitem(options._TOLD, "table", lambda *_: lambda: nullcontext(table))

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, [*words, "--function", "f"], input="n\n")
        assert done.exit_code == 1, done.output
        return " ".join(done.stderr.split())

    return run


def test_what_would_be_done_is_shown_before_it_is_asked(
    every_state: EveryState, books: Books, ask: Callable[..., str]
) -> None:
    before = books.contents()
    records = (str(every_state.rejected), str(every_state.metered))

    shown = ask("write-off", *records, "--reason", "goodwill")

    assert f"{every_state.rejected} REJECTED" in shown
    assert "written_off" in shown
    assert f"{every_state.metered} not_unbilled: METERED 0 0 nothing is done" in shown
    assert books.contents() == before


def test_what_would_be_taken_back_is_shown_too(
    every_state: EveryState, house: Meterhouse, ask: Callable[..., str]
) -> None:
    key = every_state.disputed
    settle(house, key, written_off(house))

    shown = ask("reopen", str(key), "--reason", "a mistake")

    assert f"{key} DISPUTED, written_off" in shown
    assert "reopened" in shown


@pytest.mark.parametrize(
    ("hours", "effect"),
    [
        (2, "the frozen record is sent again, unchanged"),
        (30, "its quantity is billed with the current hour, if at all"),
    ],
)
def test_what_a_redrive_would_do_is_shown_before_it_is_asked(
    every_state: EveryState,
    ask: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    hours: int,
    effect: str,
) -> None:
    key, metered = every_state.rejected, every_state.metered
    monkeypatch.setitem(options._TOLD, "now", lambda *_: key.hour_at + hours * HOUR)

    shown = ask("redrive", str(key), str(metered))

    assert f"{key} REJECTED" in shown
    assert effect in shown
    [refused] = [one for one in shown.splitlines() if f"{metered} METERED" in one]
    assert "nothing is done" in refused
    assert "record is METERED, not REJECTED" in refused


def test_a_record_shows_how_it_was_settled_by_whom_and_why(
    every_state: EveryState, house: Meterhouse, command: Command
) -> None:
    key = every_state.rejected
    settle(house, key, invoiced(house))

    name = (key.subscription, key.dimension, format_hour(key.hour_at))
    status = command.other("record").check(*name).document()["status"]

    settlement = status["settlement"]
    assert (status["state"], settlement["settled_as"]) == ("REJECTED", "billed_elsewhere")
    assert (settlement["reference"], settlement["settled_by"]["name"]) == ("INV-7", "Ann")
    assert "settled as: billed_elsewhere" in command.other("record")(*name).output


def test_what_was_settled_needs_nobody_and_the_books_still_balance(
    every_state: EveryState, house: Meterhouse, command: Command
) -> None:
    def shown() -> set[str]:
        return {one["record"] for one in command.other("refused").check().document()["records"]}

    unbilled = shown()
    assert {str(every_state.rejected), str(every_state.disputed)} < unbilled
    settle(house, every_state.disputed, written_off(house))
    settle(house, every_state.rejected, written_off(house))

    assert shown() == unbilled - {str(every_state.rejected), str(every_state.disputed)}
    assert command().exit_code == 0


def test_the_audit_trail_has_every_deed_of_all_records_or_of_one(
    every_state: EveryState, house: Meterhouse, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(options._TOLD, "now", lambda *_: house.clock.now() + HOUR)
    first, second = every_state.rejected, every_state.disputed
    begun_at = house.clock.now()
    settle(house, first, invoiced(house))
    house.clock.move_to(begun_at + timedelta(days=1))
    settle(house, second, written_off(house))
    house.reconcile(reopened={first: reopening(house)})
    trail = command.other("audit-trail")

    def actions(*options: str) -> list[tuple[str, RecordKey]]:
        found = trail.check(*options).document()["entries"]
        return [(one["action"], RecordKey.parse(one["record"])) for one in found]

    every = [("billed_elsewhere", first), ("written_off", second), ("reopened", first)]
    assert sorted(actions()) == sorted(every)
    assert actions()[0] == every[0]
    assert actions("--record", str(first)) == [every[0], every[2]]
    assert len(actions("--since", f"{house.clock.now():%Y-%m-%d}")) == 2
    rows = trail("--csv").output.splitlines()
    columns = "done_at,action,record,units,late_units,caller,by,reason,reference,before,after"
    assert rows[0].endswith(columns)
    assert len(rows) == 4
