"""`account` finds what somebody, or a bug, did to the table: each test plants one thing by hand."""

from collections.abc import Sequence

import pytest

from meterhouse.adapters.usage_items import header_key
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.lifecycle import RecordState
from tests.integration.operations.books import (
    CARRY_TARGET,
    Books,
    hour,
    large_page,
    page,
    write_every_state,
)
from tests.integration.operations.command import Command
from tests.unit.domain.builders import KEY, NOON_AT

METERED, REJECTED, DISPUTED, EXPIRED, CARRIED, HELD, SUBMITTING, OPEN = range(8)


@pytest.fixture
def keys(books: Books) -> Sequence[RecordKey]:
    """Return the records of an account that balances, in the order of the names above."""
    return write_every_state(books)


def test_a_page_item_that_was_deleted(
    books: Books, keys: Sequence[RecordKey], command: Command
) -> None:
    books.delete(books.page_items(keys[EXPIRED])[0])

    outcome = command.check()

    assert outcome.exit_code == 1
    assert outcome.document()["is_right"] is False
    assert outcome.faults() == {(str(keys[EXPIRED]), "unreadable")}


def test_a_quantity_that_was_changed_inside_a_page_of_a_billed_record(
    books: Books, keys: Sequence[RecordKey], command: Command
) -> None:
    changed = page("large 0", *["0.25"] * 399, "0.250001")
    books.rewrite_page(keys[METERED], large_page("large 0"), changed)

    outcome = command.check()

    assert outcome.exit_code == 1
    assert outcome.faults() == {
        (str(keys[METERED]), "difference"),
        (str(keys[METERED]), "page_altered"),
    }
    (account,) = outcome.document()["accounts"]
    assert account["unplaced"] == "0.000001"
    details = {fault["kind"]: fault["detail"] for fault in account["faults"]}
    assert details["difference"] == (
        "its journal holds 101.000002 units, it accounts for 101.000001"
    )


def test_a_quantity_that_was_changed_inside_a_page_that_is_not_billed_yet(
    books: Books, keys: Sequence[RecordKey], command: Command
) -> None:
    books.rewrite_page(keys[OPEN], large_page("large 7"), large_page("large 6"))

    outcome = command.check()

    # The sums agree; only the page's name tells.
    assert outcome.exit_code == 1
    assert outcome.faults() == {(str(keys[OPEN]), "page_altered")}


def test_a_small_page_that_was_changed_inside_its_header(
    books: Books, keys: Sequence[RecordKey], command: Command
) -> None:
    books.journal(hour(9), page("inline", "5"))
    header = books.aws.dynamodb.get_item(TableName=books.table_name, Key=header_key(hour(9)))
    (name,) = (one for one in header["Item"] if one.startswith("page:"))
    other = books.aws.dynamodb.get_item(TableName=books.table_name, Key=header_key(keys[OPEN]))
    blobs = [value for one, value in other["Item"].items() if one.startswith("page:")]
    books.set_header(hour(9), **{name: blobs[0] if blobs else {"B": b"no page"}})

    outcome = command.check()

    assert outcome.exit_code == 1
    assert (str(hour(9)), "page_altered") in outcome.faults()


def test_units_of_a_billed_record_that_were_changed(
    books: Books, keys: Sequence[RecordKey], command: Command
) -> None:
    books.set_header(keys[METERED], units={"N": "100"})

    outcome = command.check()

    assert outcome.exit_code == 1
    assert outcome.faults() == {
        (str(keys[METERED]), "difference"),
        (str(keys[METERED]), "state_impossible"),
    }
    assert outcome.document()["totals"]["difference"] == "0.000001"


def test_a_carried_page_that_was_dropped_from_the_hour_it_went_to(
    books: Books, keys: Sequence[RecordKey], command: Command
) -> None:
    del keys
    books.delete(books.page_items(CARRY_TARGET)[0])

    outcome = command.check()

    assert outcome.exit_code == 1
    assert (str(CARRY_TARGET), "unreadable") in outcome.faults()
    assert {kind for _, kind in outcome.faults()} == {"unreadable", "carry_difference"}


def test_a_carried_page_that_was_dropped_with_care(
    books: Books, keys: Sequence[RecordKey], command: Command
) -> None:
    """The header's count is put right, so that only the hours that it left know of it."""
    for item in books.page_items(CARRY_TARGET):
        books.delete(item)
    books.set_header(CARRY_TARGET, page_items={"N": "0"})

    outcome = command.check()

    assert outcome.exit_code == 1
    assert outcome.faults() == {
        (str(keys[METERED]), "carry_difference"),
        (str(keys[CARRIED]), "carry_difference"),
    }
    (account,) = outcome.document()["accounts"]
    assert (account["carried_out"], account["carried_in"]) == ("101.000001", "0")
    assert account["difference"] == "101.000001"


def test_a_state_that_was_set_to_metered_without_units(
    books: Books, keys: Sequence[RecordKey], command: Command
) -> None:
    books.set_header(keys[OPEN], state={"S": RecordState.METERED.value})

    outcome = command.check()

    assert outcome.exit_code == 1
    assert outcome.faults() == {(str(keys[OPEN]), "state_impossible")}
    (fault,) = outcome.document()["accounts"][0]["faults"]
    assert "is METERED and has no frozen units" in fault["detail"]
    assert "was never sent" in fault["detail"]


def test_a_state_that_nobody_knows(
    books: Books, keys: Sequence[RecordKey], command: Command
) -> None:
    books.set_header(keys[DISPUTED], state={"S": "SETTLED"})

    outcome = command.check()

    assert outcome.exit_code == 1
    assert (str(keys[DISPUTED]), "unreadable") in outcome.faults()


def test_a_header_that_was_deleted_and_left_its_pages(
    books: Books, keys: Sequence[RecordKey], command: Command
) -> None:
    books.delete(header_key(keys[EXPIRED]))

    outcome = command.check()

    assert outcome.exit_code == 1
    assert outcome.faults() == {(str(keys[EXPIRED]), "page_without_header")}


@pytest.mark.parametrize("attribute", ["due_at", "due_shard"])
def test_a_record_that_fell_out_of_the_due_index(
    books: Books, keys: Sequence[RecordKey], command: Command, attribute: str
) -> None:
    books.set_header(keys[SUBMITTING], **{attribute: None})

    outcome = command.check()

    assert outcome.exit_code == 1
    assert outcome.faults() == {(str(keys[SUBMITTING]), "state_impossible")}


def test_an_account_that_is_billed_and_not_registered(
    books: Books, keys: Sequence[RecordKey], command: Command
) -> None:
    partition = f"{KEY.subscription}|{KEY.dimension}"
    books.delete({"pk": {"S": "ACCOUNTS"}, "sk": {"S": partition}})

    outcome = command.check()

    assert outcome.exit_code == 1
    assert outcome.faults() == {(str(keys[METERED]), "not_registered")}
    assert outcome.document()["accounts"][0]["is_registered"] is False


def test_a_fault_of_one_account_stands_beside_the_balance_of_another(
    books: Books, keys: Sequence[RecordKey], command: Command
) -> None:
    other = KEY._replace(dimension="gigabytes")
    books.journal(other, page("other", "7"))
    books.end(other, RecordState.METERED)
    books.delete(books.page_items(keys[REJECTED])[0])

    outcome = command()

    assert outcome.exit_code == 1
    lines = outcome.output.splitlines()
    assert any(line.startswith(f"{keys[REJECTED]}: unreadable: ") for line in lines)
    assert lines[-1] == "account: FAILED: 1 of 2 accounts are wrong, 1 faults are named"
    accounts = {one["dimension"]: one for one in command.check().document()["accounts"]}
    assert (accounts["gigabytes"]["is_right"], accounts["api_calls"]["is_readable"]) == (
        True,
        False,
    )


def test_a_fault_before_the_period_is_not_looked_for(
    books: Books, keys: Sequence[RecordKey], command: Command
) -> None:
    books.set_header(keys[METERED], units={"N": "100"})

    assert command("--since", f"{NOON_AT:%Y-%m-%dT%H}").exit_code == 1
    assert command("--since", f"{NOON_AT:%Y-%m-%dT}13").exit_code == 0
