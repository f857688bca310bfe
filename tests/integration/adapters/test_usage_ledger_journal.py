"""The contract of UsageLedger.journal, held by the fake and by the table alike."""

from dataclasses import replace

import pytest

from meterhouse.domain.journal import Page
from meterhouse.domain.lateness import carry_late
from meterhouse.domain.lifecycle import RecordState
from meterhouse.ports import JournalResult, UsageLedger
from tests.integration.adapters.ledger_steps import (
    DUE_AT,
    LARGE_EVENTS,
    SMALL_EVENTS,
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

SIZES = pytest.mark.parametrize("events", [SMALL_EVENTS, LARGE_EVENTS], ids=["small", "large"])


@SIZES
def test_the_first_page_opens_the_record(ledger: UsageLedger, events: int) -> None:
    written = page("a", events)

    assert journal(ledger, KEY, written) is JournalResult.WRITTEN

    record = read(ledger)
    assert (record.key, record.state, record.pages) == (KEY, RecordState.OPEN, (written,))
    assert (record.due_at, record.written_at) == (DUE_AT, WRITTEN_AT)
    assert record.version == 1
    assert record.frozen is None
    assert record.units is None


@SIZES
def test_a_further_page_raises_the_version_and_keeps_what_was_there(
    ledger: UsageLedger, events: int
) -> None:
    journal(ledger, KEY, page("a", events))
    before = read(ledger)

    assert journal(ledger, KEY, page("b", events)) is JournalResult.WRITTEN

    after = read(ledger)
    assert after.version > before.version
    assert event_ids(after) == sorted(
        entry.event_id for one in (page("a", events), page("b", events)) for entry in one.entries
    )


@SIZES
def test_a_further_page_says_when_it_came_and_when_the_record_is_due(
    ledger: UsageLedger, events: int
) -> None:
    journal(ledger, KEY, page("a"))
    later = replace(
        write_of(KEY, page("b", events)), due_at=DUE_AT + MINUTE, written_at=WRITTEN_AT + MINUTE
    )

    ledger.journal([later])

    after = read(ledger)
    assert (after.due_at, after.written_at) == (DUE_AT + MINUTE, WRITTEN_AT + MINUTE)


@SIZES
def test_usage_that_comes_to_a_held_record_makes_it_due_again(
    ledger: UsageLedger, events: int
) -> None:
    journal(ledger, KEY, page("a"))
    held = step(read(ledger), RecordState.OPEN, reason="subscription_unknown", holds=3)
    ledger.commit(replace(held, record=replace(held.record, due_at=DUE_AT + 5 * HOUR)))

    journal(ledger, KEY, page("b", events))

    assert ledger.due_keys(now=DUE_AT, count_max=10) == [KEY]
    assert (read(ledger).holds, read(ledger).reason) == (3, "subscription_unknown")


@SIZES
def test_a_redelivered_page_is_written_and_changes_nothing(
    ledger: UsageLedger, events: int
) -> None:
    journal(ledger, KEY, page("a", events))
    before = read(ledger)

    assert journal(ledger, KEY, page("a", events)) is JournalResult.WRITTEN

    assert read(ledger) == before


def test_a_write_of_which_half_is_known_adds_the_other_half(ledger: UsageLedger) -> None:
    journal(ledger, KEY, page("a", LARGE_EVENTS))

    both = [page("a", LARGE_EVENTS), page("b", LARGE_EVENTS)]
    assert journal(ledger, KEY, *both) is JournalResult.WRITTEN

    assert len(read(ledger).pages) == 2


@SIZES
def test_a_closed_record_takes_no_more_pages(ledger: UsageLedger, events: int) -> None:
    journal(ledger, KEY, page("a", events))
    closed = close(ledger)

    assert journal(ledger, KEY, page("b", events)) is JournalResult.CLOSED

    assert read(ledger) == closed


@SIZES
def test_a_redelivery_to_a_closed_record_adds_nothing(ledger: UsageLedger, events: int) -> None:
    journal(ledger, KEY, page("a", events))
    closed = close(ledger)

    # CLOSED is right too: the drain then looks at the journal, and finds every event in it.
    result = journal(ledger, KEY, page("a", events))

    assert result in {JournalResult.WRITTEN, JournalResult.CLOSED}
    assert read(ledger) == closed


@SIZES
def test_a_claimed_record_takes_no_more_pages(ledger: UsageLedger, events: int) -> None:
    journal(ledger, KEY, page("a", events))
    ledger.commit(claim(read(ledger)))

    assert journal(ledger, KEY, page("b", events)) is JournalResult.CLOSED


def test_small_pages_spill_when_the_header_is_full_and_all_are_read_back(
    ledger: UsageLedger,
) -> None:
    names = [f"page {n}" for n in range(15)]

    results = [journal(ledger, KEY, page(name, 8)) for name in names]

    assert set(results) == {JournalResult.WRITTEN}
    assert event_ids(read(ledger)) == sorted(
        entry.event_id for name in names for entry in page(name, 8).entries
    )
    assert journal(ledger, KEY, page("page 0", 8)) is JournalResult.WRITTEN
    assert journal(ledger, KEY, page("page 14", 8)) is JournalResult.WRITTEN
    assert len(read(ledger).pages) == len(names)


def test_a_write_of_more_pages_than_a_transaction_takes_is_written_whole(
    ledger: UsageLedger,
) -> None:
    written = [page(f"page {n}", 40) for n in range(20)]

    assert journal(ledger, KEY, *written) is JournalResult.WRITTEN

    assert len(read(ledger).pages) == 20
    assert journal(ledger, KEY, *written) is JournalResult.WRITTEN
    assert len(read(ledger).pages) == 20


def test_a_journal_of_several_megabytes_is_read_back_whole(ledger: UsageLedger) -> None:
    # A query answers with at most 1 MB at a time.
    large = [page(f"{n}", 9_000) for n in range(8)]
    assert journal(ledger, KEY, *large[:3]) is JournalResult.WRITTEN
    assert journal(ledger, at_hour(1), *large[3:]) is JournalResult.WRITTEN

    for key, count in ((KEY, 3), (at_hour(1), 5)):
        assert len(read(ledger, key).pages) == count
        assert len(event_ids(read(ledger, key))) == count * 9_000
    account = list(ledger.read_account(KEY.account, None))
    assert [len(record.pages) for record in account] == [3, 5]
    assert [record.key for record in ledger.read_each([KEY, at_hour(1)])] == [KEY, at_hour(1)]


@SIZES
def test_two_writes_for_one_record_in_one_call_are_both_written(
    ledger: UsageLedger, events: int
) -> None:
    results = ledger.journal([write_of(KEY, page(name, events)) for name in ("a", "b")])

    assert results == [JournalResult.WRITTEN] * 2
    assert len(read(ledger).pages) == 2


@SIZES
def test_a_record_that_only_notes_late_usage_takes_no_pages(
    ledger: UsageLedger, events: int
) -> None:
    late = carry_late(KEY, None, [usage_event("late")], NOON_AT + 5 * HOUR)
    ledger.commit(late, at_hour(5), DUE_AT)

    assert journal(ledger, KEY, page("a", events)) is JournalResult.CLOSED
    assert len(read(ledger).pages) == 1


def test_a_write_of_many_pages_to_a_closed_record_is_refused_whole(ledger: UsageLedger) -> None:
    journal(ledger, KEY, page("a"))
    closed = close(ledger)

    assert journal(ledger, KEY, *(page(f"{n}", 40) for n in range(20))) is JournalResult.CLOSED

    assert read(ledger) == closed


@SIZES
def test_one_closed_record_harms_none_of_its_neighbours(ledger: UsageLedger, events: int) -> None:
    keys = [of_dimension(f"dimension {n}") for n in range(12)]
    journal(ledger, keys[5], page("before", events))
    close(ledger, keys[5])

    results = ledger.journal([write_of(key, page("a", events)) for key in keys])

    assert [result.name for result in results] == [
        "CLOSED" if n == 5 else "WRITTEN" for n in range(12)
    ]
    found = ledger.read(keys)
    assert [len(found[key].pages) for key in keys] == [1] * 12


def test_more_records_than_a_transaction_takes_are_all_written(ledger: UsageLedger) -> None:
    keys = [of_dimension(f"dimension {n}") for n in range(120)]

    results = ledger.journal([write_of(key, page("a", 40)) for key in keys])

    assert set(results) == {JournalResult.WRITTEN}
    assert set(ledger.read(keys)) == set(keys)


def test_results_stand_in_the_order_of_the_writes(ledger: UsageLedger) -> None:
    small, large, closed = (at_hour(n) for n in range(3))
    journal(ledger, closed, page("a"))
    close(ledger, closed)

    results = ledger.journal(
        [
            write_of(large, page("x", LARGE_EVENTS)),
            write_of(closed, page("x", LARGE_EVENTS)),
            write_of(small, page("x")),
            write_of(closed._replace(dimension="other"), page("x")),
        ]
    )

    assert [result.name for result in results] == ["WRITTEN", "CLOSED", "WRITTEN", "WRITTEN"]


def test_no_writes_are_no_work(ledger: UsageLedger) -> None:
    assert ledger.journal([]) == []


@pytest.mark.parametrize(
    "written",
    [
        page("tagged", 3, tags=(("team", "ads \\ @/:"), ("z", "=+-"))),
        Page(page("x").kind, KEY.hour_at, KEY.hour_at + MINUTE / 7, page("x").entries),
    ],
    ids=["tags", "microseconds"],
)
def test_a_page_is_read_back_as_it_was_written(ledger: UsageLedger, written: Page) -> None:
    journal(ledger, KEY, written)

    assert read(ledger).pages == (written,)


def test_names_of_any_characters_are_told_apart(ledger: UsageLedger) -> None:
    keys = [of_dimension(name) for name in ("a|b", "a", "a#b", "é", " ", "A", "\U0001f600" * 63)]

    ledger.journal([write_of(key, page(str(n))) for n, key in enumerate(keys)])
    ledger.register_accounts([key.account for key in keys])

    found = ledger.read(keys)
    assert [found[key].pages for key in keys] == [(page(str(n)),) for n in range(len(keys))]
    assert set(ledger.accounts()) == {key.account for key in keys}
