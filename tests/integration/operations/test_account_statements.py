"""`account` on tables that are as they should be."""

from meterhouse.domain.lifecycle import RecordState
from operations.audit import Audit
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

OTHER = KEY._replace(dimension="gigabytes")


def test_an_account_with_every_state_balances_to_the_last_decimal(
    books: Books, command: Command
) -> None:
    write_every_state(books)
    books.journal(OTHER, page("other", "9999999999.999999"))
    books.end(OTHER, RecordState.METERED)

    outcome = command.check()

    assert outcome.exit_code == 0
    document = outcome.document()
    assert document["is_right"] is True
    api_calls, gigabytes = document["accounts"]
    assert (api_calls["subscription"], api_calls["dimension"]) == KEY.account
    # Eight hours, one unit late, and what was carried once more where it arrived.
    assert api_calls["journalled"] == "902.000009"
    assert api_calls["standings"] == {
        "metered": "100.000001",
        "pending": "301.000003",
        "held": "100.000001",
        "rejected": "100.000001",
        "disputed": "100.000001",
        "expired": "100.000001",
        "carried": "101.000001",
    }
    assert (api_calls["carried_out"], api_calls["carried_in"]) == ("101.000001", "101.000001")
    assert (api_calls["difference"], api_calls["faults"]) == ("0", [])
    assert gigabytes["standings"]["metered"] == "9999999999.999999"
    assert document["totals"]["journalled"] == "10000000902.000008"


def test_a_person_sees_every_digit_and_a_verdict_in_the_last_line(
    books: Books, command: Command
) -> None:
    write_every_state(books)
    books.journal(OTHER, page("other", "9999999999.999999"))
    books.end(OTHER, RecordState.METERED)

    outcome = command()

    assert outcome.exit_code == 0
    assert "10000000902.000008" in outcome.output
    assert "902.000009" in outcome.output
    assert KEY.subscription in outcome.output
    assert outcome.output.splitlines()[-1] == (
        "account: OK: 2 accounts, 10000000902.000008 units journalled, each in its place"
    )
    assert "Not seen: " in outcome.output


def test_a_table_without_usage_balances(command: Command) -> None:
    outcome = command()

    assert outcome.exit_code == 0
    assert outcome.output.splitlines()[-1] == "account: OK: no account has usage"


def test_the_audit_only_reads(books: Books) -> None:
    write_every_state(books)
    books.aws.calls.clear()

    assert [one.is_right for one in Audit(books.aws.dynamodb, books.table_name).statements()]

    assert {name for name, _ in books.aws.calls} <= {"Query", "BatchGetItem", "GetItem"}


def test_usage_before_the_period_is_left_out_with_what_was_carried_from_it(
    books: Books, command: Command
) -> None:
    write_every_state(books)

    outcome = command.check("--since", f"{NOON_AT:%Y-%m-%dT}17:30")

    assert outcome.exit_code == 0
    (account,) = outcome.document()["accounts"]
    # Hours 5 to 7 and the one that 101 carried units of earlier hours arrived in.
    assert account["journalled"] == "401.000004"
    assert (account["carried_out"], account["carried_in"]) == ("0", "0")


def test_the_last_hours_are_counted_back_from_now(books: Books, command: Command) -> None:
    write_every_state(books)

    account = command.check("--hours", "1").document()["accounts"][0]

    assert account["journalled"] == "0", "the story of this table is long over"


def test_a_new_account_is_shown_before_it_is_registered(books: Books, command: Command) -> None:
    books.journal(KEY, page("new", "3"))

    outcome = command.check()

    assert outcome.exit_code == 0
    (account,) = outcome.document()["accounts"]
    assert (account["is_registered"], account["is_right"]) == (False, True)
    assert account["standings"]["pending"] == "3"


def test_an_account_whose_first_usage_is_late_is_right_before_it_is_registered(
    books: Books, command: Command
) -> None:
    books.carry_late(KEY, "late")

    outcome = command.check()

    assert outcome.exit_code == 0
    (account,) = outcome.document()["accounts"]
    assert account["standings"]["carried"] == "0.5"
    assert account["standings"]["pending"] == "0.5"


def test_accounts_stand_in_order_whoever_was_registered_first(
    books: Books, command: Command
) -> None:
    names = ["b", "c", "a"]
    for name in names:
        key = KEY._replace(dimension=name)
        books.journal(key, large_page(name))
        books.end(key, RecordState.METERED)

    accounts = command.check().document()["accounts"]

    assert [account["dimension"] for account in accounts] == sorted(names)
    assert [account["journalled"] for account in accounts] == ["100"] * 3


def test_idle_hours_balance(books: Books, command: Command) -> None:
    books.ledger.open_idle([KEY, hour(1)], CARRY_TARGET.hour_at)
    books.end(KEY, RecordState.METERED)

    outcome = command.check()

    assert outcome.exit_code == 0
    assert outcome.document()["accounts"][0]["journalled"] == "0"
