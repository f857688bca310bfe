"""`records list` and `records show` as their user sees them, and what they read of a table."""

import csv
import io

import pytest

from meterhouse.adapters.usage_table.layout import hold_layout
from tests.fakes.meterhouse import HOUR, NOON
from tests.integration.operations.books import Books
from tests.integration.operations.command import Command, Outcome
from tests.unit.operations.lives import EveryState

SINCE = ("--from", "2026-11-18", "--to", "2026-11-19")
COLUMNS = [
    "hour",
    "subscription",
    "dimension",
    "units",
    "included",
    "state",
    "reason",
    "settled_as",
    "deadline",
    "record",
]


@pytest.fixture
def every_state(books: Books, keys: EveryState) -> EveryState:
    hold_layout(books.aws.dynamodb, books.table_name, 1)
    return keys


def listed(command: Command, *options: str) -> Outcome:
    return command.part("records", "list").check(*SINCE, *options)


def test_a_list_goes_on_where_it_ended(command: Command, every_state: EveryState) -> None:
    whole = listed(command).document()
    assert whole["next"] is None

    first = listed(command, "--limit", "4")
    rest = listed(command, "--after", first.document()["next"])

    assert (first.exit_code, rest.exit_code) == (0, 0)
    assert first.document()["records"] + rest.document()["records"] == whole["records"]
    units = {one["record"]: one["units"] for one in whole["records"]}
    assert units[str(every_state.metered)] == "100.000001"


def test_rows_for_a_spreadsheet_have_stable_columns(
    command: Command, every_state: EveryState
) -> None:
    filters = ("--state", "rejected", "--reason", "InvalidLicenseException")

    outcome = command.part("records", "list")("--csv", *SINCE, *filters)

    (row,) = csv.DictReader(io.StringIO(outcome.output))
    assert [*row] == ["table", "name", "why", *COLUMNS]
    assert outcome.errors == ""
    assert (row["record"], row["units"]) == (str(every_state.rejected), "2")
    assert (row["hour"], row["deadline"]) == ("2026-11-18T12", "2026-11-19T12:00:00+00:00")


def test_people_and_spreadsheets_see_where_to_go_on(
    command: Command, every_state: EveryState
) -> None:
    outcome = command.part("records", "list")(*SINCE, "--limit", "1")
    sheet = command.part("records", "list")("--csv", *SINCE, "--limit", "1")

    assert outcome.exit_code == 0
    assert str(every_state.submitting) in outcome.output
    assert "go on with --after '2026-11-19T12/00/" in outcome.output
    assert "go on with --after '2026-11-19T12/00/" in sheet.errors
    assert "--after" not in sheet.output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--month", "2026-11"), "give --month, or"),
        (("--from", "yesterday"), "is no day"),
        (("--from", "2026-11-20"), "--from lies after --to"),
        (("--after", "2026-11-19T12"), "give `next` of its answer"),
        (("--subscription", "l-1"), "names no subscription"),
        (("--limit", "0"), "--limit"),
    ],
    ids=["a month and days", "no day", "backwards", "no place", "no name", "no page"],
)
def test_what_is_asked_for_wrongly_is_said(
    command: Command, every_state: EveryState, options: tuple[str, ...], said: str
) -> None:
    del every_state

    outcome = listed(command, *options)

    assert (outcome.exit_code, outcome.output) == (2, "")
    assert said in outcome.errors


def test_hours_are_those_that_are_named(command: Command, every_state: EveryState) -> None:
    hour = ("--from", "2026-11-18T13", "--to", "2026-11-18T13")

    found = command.part("records", "list").check(*hour).document()

    assert {one["hour"] for one in found["records"]} == {"2026-11-18T13"}
    assert (found["first_hour"], found["last_hour"]) == ("2026-11-18T13", "2026-11-18T13")
    month = command.part("records", "list").check("--month", "2026-11").document()
    assert (month["first_hour"], month["last_hour"]) == ("2026-11-01T00", "2026-11-30T23")
    assert str(every_state.metered) in {one["record"] for one in month["records"]}


def test_a_batch_that_is_damaged_is_named_and_the_rest_is_shown(
    books: Books, command: Command, every_state: EveryState
) -> None:
    key = books.batch_of(every_state.submitting)
    books.spoil(key, statuses={"B": b"damaged"})

    for options in ((), ("--state", "SUBMITTING", "--state", "REJECTED")):
        outcome = listed(command, *options)

        assert outcome.exit_code == 2
        (named,) = outcome.document()["unreadable"]
        assert key[1].removeprefix("B#") in named["name"]
        shown = {one["record"] for one in outcome.document()["records"]}
        assert str(every_state.rejected) in shown


def test_a_record_is_shown_by_the_name_that_the_list_gives_it(
    command: Command, every_state: EveryState
) -> None:
    key = every_state.metered
    shown = command.part("records", "show")

    whole = shown.check(str(key))

    assert whole.exit_code == 0
    assert [one["quantity"] for one in whole.document()["events"]] == ["100", "0.000001", "1"]
    parts = (key.subscription, key.dimension, "2026-11-18T12")
    assert shown.check(*parts).output == whole.output
    assert command.other("record").check(*parts).output == whole.output
    for wrong in (parts[:2], parts[:1], ("nobody",)):
        assert shown(*wrong).exit_code == 2


def test_filed_records_are_read_from_the_sheets_of_their_subscription(
    books: Books, command: Command, every_state: EveryState
) -> None:
    house = books.house()
    for hours in (30, 38, 60, 76, 80):
        house.clock.move_to(NOON + hours * HOUR)
        house.reconcile()
    key = books.batch_of(every_state.metered)
    books.spoil(key, statuses={"B": b"damaged"})

    outcome = listed(command, "--subscription", every_state.metered.subscription, "--limit", "9")

    named = [one["name"] for one in outcome.document()["unreadable"]]
    shown = {one["record"]: one["state"] for one in outcome.document()["records"]}
    assert shown[str(every_state.metered)] == "METERED"
    # Of the hour after it something was carried on, which no sheet tells to be a record.
    assert named == []
