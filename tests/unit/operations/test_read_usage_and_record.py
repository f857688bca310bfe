"""One subscription's usage, and one record down to its events."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.accounting.balances import ZERO
from meterhouse.domain.accounting.sheets import day_of
from meterhouse.domain.keys import LogKey, RecordKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.record import SealedRecord
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.use_cases.accounting.read_usage import ReadUsage
from operations.answers import CountedEvent, Move, RecordAnswer, Stay, UsageAnswer, UsedUnits
from operations.careful_ledger import Noted, Part
from operations.findings import Fault, FaultKind
from operations.reads import read_record, read_usage
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.operations.books import Books
from tests.unit.operations.lives import find_record

DAY = day_of(NOON)
LATER_AT = "2026-11-18T13"
UUID = "6f1c0b9e-4d5a-4c0f-8f6e-0a1b2c3d4e5f"


def usage_of(house: Meterhouse, key: RecordKey, *noted: Noted) -> UsageAnswer:
    read = ReadUsage(house.ledger, house.policy.shards)
    return read_usage(read, key.subscription, (DAY, DAY + timedelta(days=1)), noted)


def record_of(house: Meterhouse, key: RecordKey, *noted: Noted) -> RecordAnswer:
    return read_record(house.ledger, house.policy.shards, key, noted)


def used(hour: str, standing: str, units: str) -> UsedUnits:
    return UsedUnits(hour, "api_calls", standing, Decimal(units))


def event(event_id: str, quantity: str, *, late_in: int | None = None) -> CountedEvent:
    return CountedEvent(event_id, Decimal(quantity), (), late_in, is_contradicted=False)


def find_sealed(books: Books, key: RecordKey) -> SealedRecord:
    batch, place = find_record(books.ledger, key)
    return batch.records[place].sealed


def unreadable(log: LogKey | None) -> Noted:
    return Noted(log, Part.BATCH, Fault("a batch", FaultKind.UNREADABLE, "broken"))


def test_usage_is_told_by_hour_and_place_with_exact_totals(books: Books) -> None:
    answer = usage_of(books.house, books.keys.metered)

    assert answer.lines == (
        used("2026-11-18T12", "carried", "1"),
        used("2026-11-18T12", "metered", "100.000001"),
        used(LATER_AT, "carried", "1"),
    )
    assert answer.totals == (used("all", "carried", "2"), used("all", "metered", "100.000001"))
    assert (answer.first_day, answer.last_day) == ("2026-11-18", "2026-11-19")
    assert (answer.is_whole, answer.unreadable) == (True, ())
    assert "Usage that was carried stands twice" in "".join(answer.sentences)


def test_hours_that_may_hold_more_are_named(books: Books) -> None:
    answer = usage_of(books.house, books.keys.open)

    assert answer.lines == ()
    assert answer.unsettled == ("2026-11-19T12", "2026-11-19T13")
    assert [*answer.sentences] == [
        "Nothing that it used on these days is frozen.",
        "Hours that are not settled yet may hold more than is shown.",
    ]


def test_a_filed_day_says_what_its_hours_said(books: Books) -> None:
    house = books.house
    before = usage_of(house, books.keys.metered).lines
    for hours in (30, 38, 60, 76, 80):
        house.clock.move_to(NOON + hours * HOUR)
        house.reconcile()

    assert books.ledger.sheets(books.keys.metered.subscription, DAY, DAY), "the day was filed"
    assert {*before} <= {*usage_of(house, books.keys.metered).lines}


@pytest.mark.parametrize(
    ("log", "is_named"),
    [(LogKey(NOON, 0), True), (None, True), (LogKey(NOON, 1), False)],
    ids=["its shard", "nobody knows", "another shard"],
)
def test_what_a_ledger_could_not_read_is_missing_unless_it_is_of_another_shard(
    books: Books, log: LogKey | None, *, is_named: bool
) -> None:
    noted = unreadable(log)

    for answer in (
        usage_of(books.house, books.keys.metered, noted),
        record_of(books.house, books.keys.metered, noted),
    ):
        named = [(one.name, one.why) for one in answer.unreadable]
        assert named == ([("a batch", "broken")] if is_named else [])


def test_a_place_in_the_index_that_is_wrong_hides_nothing(books: Books) -> None:
    fault = Fault("a batch", FaultKind.INDEX_WRONG, "not in it")

    noted = Noted(books.keys.log, Part.BATCH, fault)

    assert usage_of(books.house, books.keys.metered, noted).unreadable == ()


def test_a_record_is_shown_down_to_its_events_late_ones_too(books: Books) -> None:
    key = books.keys.metered

    answer = record_of(books.house, key)

    assert (answer.record, answer.log) == (str(key), "2026-11-18T12#00")
    assert answer.status is not None
    assert answer.status.state is RecordState.METERED
    assert (answer.status.sends, answer.status.reason) == (1, None)
    assert answer.status.metering_record_id
    assert answer.frozen == find_sealed(books, key)
    assert answer.events == (
        event("a", "100"),
        event("b", "0.000001"),
        event("late", "1", late_in=1),
    )
    assert answer.carried_out == (
        Move("late#000001#000", f"{LATER_AT}#00", Decimal(1), has_arrived=True),
    )
    assert (answer.carried_in, answer.difference, answer.unreadable) == ((), ZERO, ())
    assert answer.journalled == Decimal("101.000001")
    assert answer.standings == {"metered": Decimal("100.000001"), "carried": Decimal(1)}


def test_late_usage_that_is_billed_nowhere_is_shown_with_its_reason() -> None:
    house = Meterhouse()
    buyer, other = house.buyer(), house.buyer()
    key = house.key(buyer)
    book = house.subscriptions.subscriptions
    book[key.subscription] = replace(book[key.subscription], starts_at=NOON + HOUR)
    house.drain(house.event(buyer, "a", quantity=2), house.event(other, "a"))
    house.drain(house.event(buyer, "late", quantity=3), house.event(other, "late"))

    answer = record_of(house, key)

    assert answer.not_carried == (Stay("late#000001#000", "before_start", Decimal(3)),)
    assert answer.carried_out == ()
    assert answer.standings == {"rejected": Decimal(5)}
    assert record_of(house, house.key(other)).not_carried == ()


def test_late_usage_of_an_unknown_subscription_shows_what_becomes_of_it() -> None:
    house = Meterhouse()
    stranger = house.subscribe()
    key = house.key(stranger)
    house.drain(house.event(stranger, quantity=2))
    house.clock.move_to(NOON + 25 * HOUR)
    house.reconcile()
    house.drain(house.event(stranger, "late", quantity=3))
    before = record_of(house, key)
    house.register(stranger)
    house.reconcile(key)

    after = record_of(house, key)

    stay = Stay("late#000002#000", "subscription_unknown", Decimal(3))
    assert (before.not_carried, before.carried_out) == ((stay,), ())
    assert after.not_carried == ()
    assert sum(move.units for move in after.carried_out) == 5
    assert after.standings == {"carried": Decimal(5)}


def test_what_was_carried_to_an_hour_is_no_event_of_it(books: Books) -> None:
    key = replace_hour(books.keys.metered, 1)

    answer = record_of(books.house, key)

    assert answer.events == ()
    assert answer.carried_in == (
        Move("2026-11-18T12#00/late#000001#000", f"{LATER_AT}#00", Decimal(1), has_arrived=True),
    )
    (move,) = answer.carried_out
    assert (move.target, move.units) == (str(books.keys.last_log), Decimal(1))
    assert answer.status is not None
    assert (answer.status.state, answer.status.reason) == (RecordState.CARRIED, "deadline")


def test_usage_of_others_does_not_show(books: Books) -> None:
    assert record_of(books.house, books.keys.rejected).events == (event("e1", "2"),)
    assert record_of(books.house, books.keys.rejected).carried_out == ()


def test_ids_tags_and_contradictions_are_shown_as_they_came() -> None:
    house = Meterhouse()
    buyer = house.buyer()
    house.drain(house.event(buyer, UUID, quantity="1.5", tags={"team": "search"}))
    key = house.key(buyer)
    house.drain(house.event(buyer, UUID, quantity=7), house.event(buyer, "other", quantity=2))
    house.reconcile()

    first, second = record_of(house, key).events

    assert first == CountedEvent(UUID, Decimal("1.5"), (("team", "search"),), None, True)  # noqa: FBT003
    assert second == event("other", "2", late_in=1)


def test_what_waits_for_its_subscription_says_so(books: Books) -> None:
    answer = record_of(books.house, books.keys.held)

    assert answer.status is None
    assert answer.hour_reason == "subscription_unknown"
    assert answer.standings == {"held": Decimal("6.5")}
    assert next(answer.sentences) == "It has no record yet."
    assert "docs/runbook.md" in [*answer.sentences][1]


def test_what_is_nowhere_is_said_to_be_nowhere(books: Books) -> None:
    key = RecordKey(SubscriptionKey("license#l-0"), "api_calls", NOON - 100 * HOUR)

    answer = record_of(books.house, key)

    assert (answer.status, answer.events, answer.difference) == (None, (), ZERO)
    assert [*answer.sentences] == ["There is no usage of it, and no record."]


def test_a_segment_that_cannot_be_read_hides_no_other(books: Books) -> None:
    late, intime = sorted(
        books.ledger.stored_segments[books.keys.log].values(), key=lambda one: -one.generation
    )
    books.rewrite(books.keys.log, late, b"damaged")

    answer = record_of(books.house, books.keys.metered)

    assert answer.events == (event("a", "100"), event("b", "0.000001"))
    (named,) = answer.unreadable
    assert named.name == f"{books.keys.log}/1#{late.name}"
    assert answer.difference == -1
    assert any("`balance`" in one for one in answer.sentences)
    books.drop(books.keys.log, intime)
    assert [one.name for one in record_of(books.house, books.keys.metered).unreadable] == [
        f"{books.keys.log}/1#{late.name}",
        f"{books.keys.log}/0#{intime.name}",
    ]


def test_a_segment_that_was_set_aside_is_named(books: Books) -> None:
    head = books.ledger.stored_heads[books.keys.log]
    books.ledger.stored_heads[books.keys.log] = replace(head, aside=("0#abc",))

    (named,) = record_of(books.house, books.keys.metered).unreadable

    assert named.name == f"{books.keys.log}/0#abc"


def replace_hour(key: RecordKey, hours: int) -> RecordKey:
    return key._replace(hour_at=key.hour_at + hours * HOUR)
