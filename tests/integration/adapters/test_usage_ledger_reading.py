"""The contract of UsageLedger's readings: records, what is due, what is unfinished, accounts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from meterhouse.adapters.usage_items import due_shard_of
from meterhouse.domain.identity import SubscriptionKey
from meterhouse.domain.keys import AccountKey, RecordKey
from meterhouse.domain.lateness import carry_late
from meterhouse.domain.lifecycle import RecordState
from meterhouse.ports import CommitResult, JournalResult, JournalWrite, UsageLedger
from tests.integration.adapters.ledger_steps import (
    DUE_AT,
    LARGE_EVENTS,
    WRITTEN_AT,
    at_hour,
    claim,
    close,
    event_ids,
    journal,
    of_dimension,
    page,
    read,
    step,
    write_of,
)
from tests.unit.domain.builders import HOUR, KEY, MINUTE, NOON_AT, usage_event


def open_at(ledger: UsageLedger, *due_minutes: int) -> None:
    """Open a record that is due so many minutes after DUE_AT, named after the minutes."""
    ledger.journal(
        [
            JournalWrite(
                of_dimension(str(minutes)),
                DUE_AT + minutes * MINUTE,
                WRITTEN_AT,
                (page(str(minutes)),),
            )
            for minutes in due_minutes
        ]
    )


def due(ledger: UsageLedger, minutes: int = 60) -> list[str]:
    return due_names(ledger.due_keys(now=DUE_AT + minutes * MINUTE, count_max=1_000))


def due_names(keys: Sequence[RecordKey]) -> list[str]:
    return [key.dimension for key in keys]


def shard_of(name: str) -> str:
    return due_shard_of(of_dimension(name))


def test_only_records_that_exist_are_read(ledger: UsageLedger) -> None:
    open_at(ledger, 1)

    assert set(ledger.read([of_dimension("1"), of_dimension("2")])) == {of_dimension("1")}
    assert ledger.read([]) == {}


def test_one_key_may_be_asked_for_twice(ledger: UsageLedger) -> None:
    open_at(ledger, 1)

    assert len(ledger.read([of_dimension("1"), of_dimension("1")])) == 1
    assert len(list(ledger.read_each([of_dimension("1"), of_dimension("1")]))) == 1


def test_more_records_than_one_request_names_are_read(ledger: UsageLedger) -> None:
    keys = [of_dimension(str(n)) for n in range(130)]
    ledger.journal([write_of(key, page(str(n), 1)) for n, key in enumerate(keys)])

    assert {record.key for record in ledger.read_each(keys)} == set(keys)


def test_what_is_due_comes_the_longest_overdue_first(ledger: UsageLedger) -> None:
    open_at(ledger, 5, 1, 9, 3, 7, 2, 8, 4, 6)

    assert due(ledger) == ["1", "2", "3", "4", "5", "6", "7", "8", "9"]


def test_what_is_not_due_yet_does_not_come(ledger: UsageLedger) -> None:
    open_at(ledger, 1, 2, 3)

    assert due(ledger, 2) == ["1", "2"]
    assert due(ledger, 0) == []


def test_a_claim_is_due_when_its_lease_ends_and_a_finished_record_never(
    ledger: UsageLedger,
) -> None:
    open_at(ledger, 1, 2)
    ledger.commit(claim(read(ledger, of_dimension("1"))))
    close(ledger, of_dimension("2"))

    assert due(ledger, 5) == []
    assert due(ledger, 6) == ["1"]
    assert {key.dimension for key in ledger.unfinished_keys(count_max=1_000)} == {"1"}


def test_a_record_that_was_only_noted_as_late_is_never_due(ledger: UsageLedger) -> None:
    change = carry_late(KEY, None, [usage_event("late")], NOON_AT + 5 * HOUR)
    ledger.commit(change, at_hour(5), DUE_AT)

    assert ledger.due_keys(now=DUE_AT, count_max=100) == [at_hour(5)]
    assert ledger.unfinished_keys(count_max=100) == [at_hour(5)]


def test_what_was_taken_in_this_run_is_skipped(ledger: UsageLedger) -> None:
    open_at(ledger, 1, 2, 3)

    found = ledger.due_keys(now=DUE_AT + HOUR, count_max=100, skip={of_dimension("2")})

    assert [key.dimension for key in found] == ["1", "3"]


def test_looking_again_and_again_finds_everything_that_is_due(ledger: UsageLedger) -> None:
    open_at(ledger, *range(1, 25))
    seen: list[str] = []
    while len(seen) < 24:
        found = ledger.due_keys(
            now=DUE_AT + HOUR, count_max=8, skip={of_dimension(name) for name in seen}
        )
        assert found, f"only {seen} were found"
        seen += [key.dimension for key in found]

    assert sorted(seen, key=int) == [str(n) for n in range(1, 25)]


def test_more_than_a_page_of_the_index_may_be_skipped(ledger: UsageLedger) -> None:
    # All in one shard of the index, where the answer to a query ends after 500 records.
    names = [name for n in range(6_000) if shard_of(name := str(n)) == shard_of("0")]
    taken = [of_dimension(name) for name in names[:505]]
    ledger.open_idle(taken, DUE_AT)
    ledger.open_idle([of_dimension(name) for name in names[505:508]], DUE_AT + MINUTE)

    found = ledger.due_keys(now=DUE_AT + HOUR, count_max=80, skip={*taken})

    assert set(due_names(found)) == {*names[505:508]}


@pytest.mark.parametrize("count_max", [1, 5, 8, 20])
def test_the_longest_overdue_comes_first_however_few_are_asked_for(
    ledger: UsageLedger, count_max: int
) -> None:
    open_at(ledger, *range(30, 0, -1))

    found = due_names(ledger.due_keys(now=DUE_AT + HOUR, count_max=count_max))

    assert found[0] == "1"
    assert found == sorted(found, key=int)
    # An equal share of every shard is taken, so the bound is met to within the other seven.
    assert len(found) <= count_max + 7


def test_a_record_that_is_put_off_comes_after_those_that_were_due_later(
    ledger: UsageLedger,
) -> None:
    open_at(ledger, 1, 2, 3)
    record = read(ledger, of_dimension("1"))
    put_off = step(record, RecordState.OPEN, reason="queue_backlog", holds=1)
    ledger.commit(replace(put_off, record=replace(put_off.record, due_at=DUE_AT + 9 * MINUTE)))

    assert due(ledger, 8) == ["2", "3"]
    assert due(ledger, 9) == ["2", "3", "1"]


def test_the_unfinished_records_of_one_subscription_can_be_asked_for(ledger: UsageLedger) -> None:
    other = KEY._replace(subscription=SubscriptionKey("license#l-other"))
    for hours in range(3):
        journal(ledger, at_hour(hours), page("a"))
        journal(ledger, at_hour(hours, other), page("a"))
    close(ledger, at_hour(1))

    found = ledger.unfinished_keys(count_max=800, subscription=KEY.subscription)

    assert set(found) == {at_hour(0), at_hour(2)}
    assert len(ledger.unfinished_keys(count_max=800)) == 5


def test_an_idle_hour_is_an_open_record_without_usage(ledger: UsageLedger) -> None:
    ledger.open_idle([KEY, at_hour(1)], DUE_AT)

    record = read(ledger)
    assert (record.state, record.pages, record.due_at) == (RecordState.OPEN, (), DUE_AT)
    assert set(ledger.due_keys(now=DUE_AT, count_max=100)) == {KEY, at_hour(1)}


def test_an_idle_hour_takes_usage_that_comes_after_all(ledger: UsageLedger) -> None:
    ledger.open_idle([KEY], DUE_AT)
    seen = read(ledger)

    assert journal(ledger, KEY, page("a")) is JournalResult.WRITTEN

    assert len(read(ledger).pages) == 1
    assert ledger.commit(claim(seen)) is CommitResult.CONFLICT


def test_an_hour_with_usage_is_not_idle(ledger: UsageLedger) -> None:
    journal(ledger, KEY, page("a"))
    journal(ledger, at_hour(1), page("a"))
    close(ledger, at_hour(1))
    before = ledger.read([KEY, at_hour(1)])

    ledger.open_idle([KEY, at_hour(1)], DUE_AT + HOUR)
    ledger.open_idle([], DUE_AT)

    assert ledger.read([KEY, at_hour(1)]) == before


def test_the_heartbeat_remembers_how_far_it_came(ledger: UsageLedger) -> None:
    assert ledger.beaten_hour() is None

    for hours in (0, 1):
        ledger.note_beaten_hour(NOON_AT + hours * HOUR)
        assert ledger.beaten_hour() == NOON_AT + hours * HOUR


def test_accounts_are_remembered_once(ledger: UsageLedger) -> None:
    accounts = [of_dimension(str(n)).account for n in range(120)]
    ledger.register_accounts(accounts[:3])
    ledger.register_accounts(accounts)
    ledger.register_accounts([])

    found = list(ledger.accounts())

    assert set(found) == set(accounts)
    assert len(found) == len(accounts)


def test_an_account_has_the_records_of_its_own_hours(ledger: UsageLedger) -> None:
    for hours in range(4):
        journal(ledger, at_hour(hours), page("small"), page("large", LARGE_EVENTS))
    journal(ledger, of_dimension("other"), page("x"))
    journal(ledger, of_dimension("api_calls2"), page("x"))

    found = list(ledger.read_account(KEY.account, None))

    assert [record.key for record in found] == [at_hour(hours) for hours in range(4)]
    assert found[0].pages
    assert all(event_ids(record) == event_ids(found[0]) for record in found)
    assert len(event_ids(found[0])) == LARGE_EVENTS + 5


@pytest.mark.parametrize(("since_hours", "expected"), [(0, 4), (1, 3), (3, 1), (4, 0)])
def test_an_account_is_read_from_an_hour_on(
    ledger: UsageLedger, since_hours: int, expected: int
) -> None:
    for hours in range(4):
        journal(ledger, at_hour(hours), page("a", LARGE_EVENTS if hours % 2 else 5))

    since = NOON_AT + since_hours * HOUR
    found = list(ledger.read_account(KEY.account, since))

    assert len(found) == expected
    assert all(record.pages for record in found)


def test_an_account_may_be_read_from_within_an_hour(ledger: UsageLedger) -> None:
    for hours in range(3):
        journal(ledger, at_hour(hours), page("a", LARGE_EVENTS))

    found = list(ledger.read_account(KEY.account, NOON_AT + HOUR + timedelta(minutes=20)))

    # An hour that began before may or may not be there, but what is there has its journal.
    assert [record.key for record in found][-1] == at_hour(2)
    assert all(record.pages for record in found)


def test_an_account_that_nobody_knows_has_no_records(ledger: UsageLedger) -> None:
    assert list(ledger.read_account(AccountKey(KEY.subscription, "nothing"), None)) == []
