"""What is read for a list of records: little more than it shows."""

import pytest

from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.record import Batch, BatchKey
from meterhouse.errors import JournalCorruptError
from operations import record_list
from operations.careful_ledger import Noted, Part
from operations.findings import Fault, FaultKind
from operations.record_filter import RecordFilter
from operations.record_list import list_records
from tests.fakes.meterhouse import HOUR, NOON
from tests.unit.operations.books import Books
from tests.unit.operations.record_lists import (
    HOURS,
    CountingLedger,
    file_days,
    listing,
    pages,
    selling,
)

REJECTED = RecordFilter(states=frozenset({RecordState.REJECTED}))


def test_a_page_reads_the_batches_that_it_shows() -> None:
    sold = selling()

    first = listing(sold.house, limit=4)

    (read,) = sold.ledger.read
    assert read.startswith("2026-11-18T14#")
    sold.ledger.read.clear()
    listing(sold.house, limit=4, after=first.next)
    assert len(sold.ledger.read) <= 2


def test_the_next_page_begins_within_an_hour() -> None:
    sold = selling(shards=1)
    first = listing(sold.house, limit=26)
    _, last = sold.ledger.read
    sold.ledger.read.clear()

    second = listing(sold.house, limit=2, after=first.next)

    assert second.records[0].hour == first.records[0].hour
    assert sold.ledger.read == [last]


def test_what_was_billed_of_a_filed_subscription_is_read_from_its_sheets_alone() -> None:
    sold = selling()
    file_days(sold.house)
    sold.ledger.read.clear()

    answer = listing(sold.house, RecordFilter(subscription=sold.keys[0].subscription))

    assert [one.state for one in answer.records] == ["METERED"] * HOURS
    assert sold.ledger.read == []


def test_of_days_that_are_not_filed_only_hours_of_the_page_are_read() -> None:
    sold = selling()

    listing(sold.house, RecordFilter(subscription=sold.keys[0].subscription), limit=1)

    assert {name.split("/")[0] for name in sold.ledger.read} == {str(sold.log(HOURS - 1))}


def test_what_was_not_billed_is_read_without_any_other_batch(books: Books) -> None:
    ledger = CountingLedger()
    ledger.copy(books.ledger)
    others = {str(one.key) for one in ledger.stored_batches.values() if not one.needs_person}

    answer = list_records(ledger, 1, REJECTED, books.house.clock.now(), limit=1)

    assert [one.record for one in answer.records] == [str(books.keys.rejected)]
    (unfinished,) = others & {*ledger.read}
    assert unfinished.startswith(str(books.keys.submitting.hour_at.date()))


def test_what_is_unfinished_is_read_without_what_was_not_billed(books: Books) -> None:
    ledger = CountingLedger()
    ledger.copy(books.ledger)
    wanted = RecordFilter(states=frozenset({RecordState.SUBMITTING}))

    answer = list_records(ledger, 1, wanted, books.house.clock.now())

    assert [one.record for one in answer.records] == [str(books.keys.submitting)]
    assert not {*ledger.read} & {str(one) for one in ledger.refused(count_max=9)}


def test_a_page_ends_when_enough_days_were_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_list, "LOOKS_MAX", 3)
    sold = selling()

    answer = listing(sold.house, RecordFilter(first_at=NOON - 900 * HOUR, last_at=NOON - HOUR))

    assert (answer.records, answer.next) == ((), "2026-11-16T00/~")


def test_a_page_ends_when_enough_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_list, "LOOKS_MAX", 3)
    sold, wanted = selling(), RecordFilter(dimension="nothing")

    answer = listing(sold.house, wanted)

    assert answer.records == ()
    assert "This may not be all: go on with --after" in next(answer.sentences)
    assert len(sold.ledger.read) <= 3
    assert len(pages(sold.house, wanted, 50)) > 4


def test_what_cannot_be_read_is_named_and_the_rest_is_shown(books: Books) -> None:
    class Damaged(CountingLedger):
        def read_batch(self, key: BatchKey) -> Batch | None:
            if key.log == books.keys.log:
                raise JournalCorruptError("broken")
            return super().read_batch(key)

    ledger = Damaged()
    ledger.copy(books.ledger)
    states = frozenset({RecordState.REJECTED, RecordState.SUBMITTING})
    noted = Noted(LogKey(NOON, 0), Part.BATCH, Fault("a batch", FaultKind.UNREADABLE, "broken"))

    answer = list_records(
        ledger, 1, RecordFilter(states=states), books.house.clock.now(), noted=[noted]
    )

    assert [one.record for one in answer.records] == [str(books.keys.submitting)]
    assert {one.name.split("/")[0] for one in answer.unreadable} == {str(books.keys.log), "a batch"}
