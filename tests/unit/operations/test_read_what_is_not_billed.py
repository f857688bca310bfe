"""Everything unfinished with the time that is left, and everything that ended unbilled."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from meterhouse.domain.hours import deadline_of
from meterhouse.domain.journal.carrying import Carry
from meterhouse.domain.journal.head import Head
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import AwsCode, Reason
from meterhouse.domain.records.record import Batch, BatchKey
from meterhouse.errors import JournalCorruptError
from operations.answers import LateUsage, UnfinishedHour
from operations.reads import read_refused, read_unfinished
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.operations.books import Books
from tests.unit.operations.builders import KEY
from tests.unit.operations.lives import find_record
from tests.unit.use_cases.billing.subscription_times import METERED, Told
from tests.unit.use_cases.billing.test_late_usage_of_strangers import late_stranger, redrive

LAST_OF_MONTH_AT = datetime(2026, 11, 30, 23, tzinfo=UTC)


class DamagedLedger(InMemoryLedger):
    """Cannot read some heads and batches."""

    def __init__(self) -> None:
        super().__init__()
        self.damaged: set[LogKey | BatchKey] = set()

    def heads(self, logs: Sequence[LogKey]) -> dict[LogKey, Head]:
        found = super().heads(logs)
        if self.damaged & found.keys():
            raise JournalCorruptError("head cannot be read")
        return found

    def carries(self, log: LogKey) -> dict[str, Carry]:
        if log in self.damaged:
            raise JournalCorruptError("carry cannot be read")
        return super().carries(log)

    def read_batch(self, key: BatchKey) -> Batch | None:
        if key in self.damaged:
            raise JournalCorruptError("batch cannot be read")
        return super().read_batch(key)


def test_what_is_unfinished_says_why_and_how_long_is_left(books: Books) -> None:
    now = books.house.clock.now()

    answer = read_unfinished(books.ledger, now)

    deadline_at = NOON + 48 * HOUR
    held, current = answer.hours
    assert held == UnfinishedHour(
        log="2026-11-19T12#00",
        why="subscription_unknown",
        waiting=(books.keys.held.subscription,),
        aside=(),
        deadline=deadline_at,
        left=deadline_at - now,
    )
    assert (current.log, current.why) == (str(books.keys.last_log), "open")
    (record,) = answer.records
    assert (record.record, record.state) == (str(books.keys.submitting), "SUBMITTING")
    assert (record.units, record.sends, record.left) == (Decimal(7), 1, deadline_at - now)
    assert answer.dealt_with == 2, "they balance, and wait to be filed"
    assert next(answer.sentences).endswith("Records: 1, with 7 units.")


def test_the_soonest_deadline_comes_first_though_it_is_looked_at_last() -> None:
    ledger = InMemoryLedger()
    early, late = LogKey(NOON, 0), LogKey(NOON + HOUR, 0)
    for log, due_at in ((late, NOON), (early, NOON + 9 * HOUR)):
        ledger.stored_heads[log] = Head(log, due_at=due_at)

    assert [one.log for one in read_unfinished(ledger, NOON).hours] == [str(early), str(late)]


def test_records_are_in_the_order_of_their_deadlines(books: Books) -> None:
    now = books.house.clock.now()
    # The second would come last by its name.
    for key in (books.keys.rejected, books.keys.metered):
        books.restate(
            key, state=RecordState.SUBMITTING, due_at=now + 9 * HOUR, reason="UnprocessedRecords"
        )

    answer = read_unfinished(books.ledger, now)

    assert books.keys.submitting < books.keys.metered
    expected = [books.keys.rejected, books.keys.metered, books.keys.submitting]
    assert [one.record for one in answer.records] == [*map(str, expected)]
    assert answer.records[0].reason == "UnprocessedRecords"
    assert answer.records[0].left == -timedelta(hours=1.5)


def test_a_deadline_at_the_end_of_a_month_is_shorter() -> None:
    ledger = InMemoryLedger()
    log = LogKey(LAST_OF_MONTH_AT, 0)
    ledger.stored_heads[log] = Head(log, due_at=LAST_OF_MONTH_AT + 2 * HOUR)

    (hour,) = read_unfinished(ledger, LAST_OF_MONTH_AT + 3 * HOUR).hours

    assert hour.why == "to be closed"
    assert hour.deadline == deadline_of(LAST_OF_MONTH_AT)
    assert hour.left == timedelta(hours=4), "AWS closes the month at six"


def test_hours_are_named_while_they_are_closed_and_with_what_was_set_aside() -> None:
    ledger = InMemoryLedger()
    leased, aside = LogKey(NOON, 0), LogKey(NOON, 1)
    ledger.stored_heads[leased] = Head(leased, due_at=NOON, leased_until=NOON + HOUR)
    ledger.stored_heads[aside] = Head(
        aside, due_at=NOON, reason=Reason.SEGMENT_UNREADABLE, aside=("0#abc",)
    )

    first, second = read_unfinished(ledger, NOON).hours

    assert (first.log, first.why) == (str(leased), "being closed")
    assert (second.why, second.aside) == ("segment_unreadable", ("0#abc",))


def test_hours_that_do_not_balance_or_that_wait_are_not_dealt_with() -> None:
    ledger = InMemoryLedger()
    wrong, filed_later, waiting = (LogKey(NOON, shard) for shard in range(3))
    done = Head(wrong, open=1, done=1, is_settled=True, due_at=NOON)
    ledger.stored_heads[wrong] = replace(done, reason=Reason.NOT_BALANCED)
    ledger.stored_heads[filed_later] = replace(done, log=filed_later, is_balanced=True)
    ledger.stored_heads[waiting] = replace(done, log=waiting, waiting=(KEY.subscription,))

    answer = read_unfinished(ledger, NOON)

    assert [(one.log, one.why) for one in answer.hours] == [
        (str(wrong), "accounting_difference"),
        (str(waiting), "to be closed"),
    ]
    assert answer.dealt_with == 1


def test_what_cannot_be_read_hides_no_other() -> None:
    ledger = DamagedLedger()
    house = Meterhouse(ledger)
    first, second = house.buyer(), house.buyer()
    house.marketplace.inject_fault("internal_error_before", count=1_000)
    house.drain(house.event(first))
    house.clock.move_to(NOON + 2.4 * HOUR)
    house.hour_at = NOON + HOUR
    house.drain(house.event(second))
    (broken, other) = sorted(ledger.stored_batches)
    ledger.damaged = {broken, broken.log}

    unfinished = read_unfinished(ledger, house.clock.now())
    refused = read_refused(ledger, house.clock.now())

    assert [one.record for one in unfinished.records] == [
        str(one.key) for one in ledger.stored_batches[other].records
    ]
    assert {(one.name, one.why) for one in unfinished.unreadable} == {
        (str(broken.log), "head cannot be read"),
        (str(broken), "batch cannot be read"),
    }
    assert [one.name for one in refused.unreadable] == [str(broken)]


def test_nothing_unfinished_is_said() -> None:
    answer = read_unfinished(InMemoryLedger(), NOON)

    assert (answer.hours, answer.records, answer.dealt_with) == ((), (), 0)
    assert [*answer.sentences] == ["Nothing is unfinished."]
    assert answer.is_whole


def test_what_ended_unbilled_is_listed_with_its_reason_and_units(books: Books) -> None:
    answer = read_refused(books.ledger, books.house.clock.now())

    found = {one.record: (one.state, one.reason, one.units) for one in answer.records}
    assert found == {
        str(books.keys.rejected): ("REJECTED", "InvalidLicenseException", Decimal(2)),
        str(books.keys.disputed): ("DISPUTED", "DuplicateRecord", Decimal(3)),
        str(books.keys.expired): ("EXPIRED", "deadline", Decimal(4)),
    }
    sentence, *meanings = answer.sentences
    assert "“Reasons on records”" in sentence
    assert "“Redriving a rejected record”" in sentence
    assert sentence.endswith("Records: 3, with 9 units.")
    reasons = {one.reason for one in answer.records if one.reason}
    assert {one.partition(": ")[0] for one in meanings} <= reasons
    assert any(one.startswith("DuplicateRecord: AWS holds another quantity") for one in meanings)


def test_what_ended_unbilled_beside_unfinished_records_is_listed_too(books: Books) -> None:
    books.restate(books.keys.metered, state=RecordState.SUBMITTING, due_at=NOON + 30 * HOUR)
    assert books.ledger.refused(count_max=10) == []

    answer = read_refused(books.ledger, books.house.clock.now())

    assert len(answer.records) == 3


def test_the_oldest_hour_comes_first_and_zeros_do_not_come(books: Books) -> None:
    batch, place = find_record(books.ledger, books.keys.submitting)
    status = replace(
        batch.records[place].status, state=RecordState.REJECTED, due_at=None, reason=AwsCode("x")
    )
    books.ledger.stored_batches[batch.key] = batch.with_statuses({place: status})
    books.refreeze(books.keys.disputed, quantity=Decimal(0))

    answer = read_refused(books.ledger, books.house.clock.now())

    expected = sorted([str(books.keys.rejected), str(books.keys.expired)])
    assert [one.record for one in answer.records] == [*expected, str(books.keys.submitting)]


def test_late_usage_that_stays_unbilled_is_listed_by_record_with_its_reason() -> None:
    ledger = InMemoryLedger()
    house = Meterhouse(ledger)
    early, covered, gone = house.buyer(), house.buyer(), house.buyer()
    house.drain(house.event(early), house.event(covered), house.event(gone))
    assert {one.state for one in map(house.record, (early, covered, gone))} == {METERED}
    Told(house, early)(starts_at=NOON + HOUR)
    Told(house, gone)(ended_at=NOON)
    for event_id, quantity in (("late", 2), ("later", "0.5")):
        house.drain(
            *(house.event(one, event_id, quantity=quantity) for one in (early, covered, gone))
        )

    answer = read_refused(ledger, house.clock.now())

    assert answer.records == ()
    assert {(one.record, one.reason, one.units) for one in answer.late} == {
        (str(house.key(early)), "before_start", Decimal("2.5")),
        (str(house.key(gone)), "after_end", Decimal("2.5")),
    }
    none, late, *meanings = answer.sentences
    assert none == "No record that was refused, disputed or expired needs anybody."
    assert late.startswith("What came late is in no record")
    assert late.endswith("Records: 2, with 5 units.")
    assert [one.partition(":")[0] for one in meanings] == ["after_end", "before_start"]
    assert not read_refused(ledger, house.clock.now(), entries_max=1).is_whole


def test_late_usage_of_a_stranger_is_listed_until_it_is_redriven() -> None:
    ledger = InMemoryLedger()
    house = Meterhouse(ledger)
    stranger = late_stranger(house)

    (late,) = read_refused(ledger, house.clock.now()).late

    record = str(house.key(stranger))
    assert late == LateUsage(record, "subscription_unknown", Decimal(4))
    house.register(stranger)
    assert redrive(house, stranger) == "redriven"
    assert read_refused(ledger, house.clock.now()).late == ()


def test_late_usage_of_a_damaged_log_hides_no_other() -> None:
    ledger = DamagedLedger()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    house.drain(house.event(buyer))
    Told(house, buyer)(starts_at=NOON + HOUR)
    house.drain(house.event(buyer, "late"))
    (place,) = ledger.stored_carries
    whole = ledger.stored_carries[place]
    damaged = replace(whole, log=LogKey(NOON - HOUR, 0))
    ledger.stored_carries[damaged.log, damaged.name] = damaged
    ledger.damaged = {damaged.log}

    answer = read_refused(ledger, house.clock.now())

    assert [one.record for one in answer.late] == [str(house.key(buyer))]
    assert [one.name for one in answer.unreadable] == [str(damaged.log)]


def test_nothing_refused_is_said() -> None:
    answer = read_refused(InMemoryLedger(), NOON)

    assert answer.records == ()
    assert [*answer.sentences] == ["No record that was refused, disputed or expired needs anybody."]


def test_more_than_is_read_at_once_is_said(books: Books) -> None:
    now = books.house.clock.now()

    assert not read_unfinished(books.ledger, now, entries_max=2).is_whole
    assert not read_refused(books.ledger, now, entries_max=1).is_whole
    assert read_refused(books.ledger, now).is_whole
