"""Lists of records: which they show, in which order, a page at a time."""

from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.accounting.sheets import day_of
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records.lifecycle import NOT_BILLED, UNFINISHED, RecordState
from meterhouse.domain.records.reasons import AwsCode, Reason
from meterhouse.domain.records.settlement import Operator, SettledAs, Settlement
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from operations.errors import OperationError
from operations.record_filter import RecordFilter
from operations.record_list import RecordsAnswer
from operations.record_looks import ListedRecord
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.operations.books import Books
from tests.unit.operations.lives import live_on_a_contract
from tests.unit.operations.record_lists import (
    ALL,
    CountingLedger,
    file_days,
    listing,
    pages,
    selling,
)


def names(found: RecordsAnswer) -> list[str]:
    return [one.record for one in found.records]


def test_the_latest_hour_comes_first_with_exact_units(books: Books) -> None:
    keys = books.keys

    answer = listing(books.house)

    hours = [one.hour for one in answer.records]
    assert hours == sorted(hours, reverse=True)
    assert {one.record: (one.state, one.reason, one.units) for one in answer.records} == {
        str(keys.submitting): ("SUBMITTING", None, Decimal(7)),
        str(keys.metered): ("METERED", None, Decimal("100.000001")),
        str(next_hour(keys.metered)): ("CARRIED", "deadline", Decimal(1)),
        str(keys.rejected): ("REJECTED", "InvalidLicenseException", Decimal(2)),
        str(keys.disputed): ("DISPUTED", "DuplicateRecord", Decimal(3)),
        str(keys.expired): ("EXPIRED", "deadline", Decimal(4)),
        str(keys.carried): ("CARRIED", "redriven", Decimal(5)),
        str(keys.large): ("METERED", None, Decimal("9999999999.999999")),
        str(next_hour(keys.large)): ("CARRIED", "deadline", Decimal("9.000001")),
    }
    assert (answer.next, answer.is_whole, answer.unreadable) == (None, True, ())


def next_hour(key: RecordKey) -> RecordKey:
    return key._replace(hour_at=key.hour_at + HOUR)


FILTERS: dict[str, RecordFilter] = {
    "a dimension": RecordFilter(dimension="api_calls"),
    "an hour": RecordFilter(first_at=NOON, last_at=NOON),
    "since": RecordFilter(first_at=NOON + HOUR),
    "until": RecordFilter(last_at=NOON + HOUR),
    "metered": RecordFilter(states=frozenset({RecordState.METERED})),
    "carried": RecordFilter(states=frozenset({RecordState.CARRIED})),
    "rejected": RecordFilter(states=frozenset({RecordState.REJECTED})),
    "unbilled": RecordFilter(states=frozenset({RecordState.DISPUTED, RecordState.EXPIRED})),
    "unfinished": RecordFilter(states=frozenset({RecordState.SUBMITTING, RecordState.SEALED})),
    "a reason": RecordFilter(reason=Reason.DEADLINE),
    "AWS's reason": RecordFilter(reason=AwsCode("InvalidLicenseException")),
    "a state and a reason": RecordFilter(
        states=frozenset({RecordState.EXPIRED}), reason=Reason.DEADLINE
    ),
}


def is_like(one: ListedRecord, wanted: RecordFilter) -> bool:
    hour_at = RecordKey.parse(one.record).hour_at
    return (
        wanted.subscription in {None, one.subscription}
        and wanted.dimension in {None, one.dimension}
        and wanted.reason in {None, one.reason}
        and (not wanted.states or RecordState(one.state) in wanted.states)
        and (wanted.first_at is None or hour_at >= wanted.first_at)
        and (wanted.last_at is None or hour_at <= wanted.last_at)
    )


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("limit", [1, 2, 50])
def test_a_filter_shows_what_is_like_it_once_however_long_a_page_is(
    books: Books, name: str, limit: int
) -> None:
    wanted = FILTERS[name]
    expected = {one.record for one in listing(books.house).records if is_like(one, wanted)}
    assert expected

    found = [one.record for page in pages(books.house, wanted, limit) for one in page]

    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize("is_filed", [False, True], ids=["not filed", "filed"])
@pytest.mark.parametrize("name", ["everything", *FILTERS])
def test_of_one_subscription_the_same_is_shown_as_of_all(
    books: Books, name: str, *, is_filed: bool
) -> None:
    if is_filed:
        file_days(books.house)
    wanted = FILTERS.get(name, ALL)
    of_all = listing(books.house, wanted).records

    for field in fields(books.keys):
        key = getattr(books.keys, field.name)
        own = replace(wanted, subscription=key.subscription)
        found = [row for page in pages(books.house, own, 1) for row in page]
        assert found == [row for row in of_all if row.subscription == key.subscription]


@pytest.mark.parametrize("is_filed", [False, True], ids=["not filed", "filed"])
def test_what_a_contract_includes_is_shown_beside_what_a_record_bills(*, is_filed: bool) -> None:
    house = Meterhouse(CountingLedger())
    keys = live_on_a_contract(house)
    if is_filed:
        file_days(house)
    ledger = house.ledger
    assert isinstance(ledger, CountingLedger)
    ledger.read.clear()
    own = RecordFilter(subscription=keys.within.subscription)

    rows = listing(house, own).records
    shown = [(one.record, one.state, one.units, one.included) for one in rows]

    assert shown == [
        (str(keys.beyond), "METERED", Decimal("30.5"), Decimal(40)),
        (str(keys.within), "INCLUDED", Decimal(0), Decimal(60)),
    ]
    for row in rows:
        only = replace(own, states=frozenset({RecordState(row.state)}))
        assert listing(house, only).records == (row,)
    assert bool(ledger.read) is not is_filed, "sheets tell it all"
    assert listing(house, ALL).records == rows


@pytest.mark.parametrize("limit", [1, 7, 25, 89, 90, 91])
def test_pages_together_are_everything_once(limit: int) -> None:
    sold = selling()

    found = pages(sold.house, ALL, limit)

    assert sorted(one.record for page in found for one in page) == sorted(map(str, sold.keys))
    assert all(len(page) <= limit for page in found)
    hours = [one.hour for page in found for one in page]
    assert hours == sorted(hours, reverse=True)


@pytest.mark.parametrize("limit", [1, 24, 50])
@pytest.mark.parametrize(
    ("given", "states"),
    [({"is_known": False}, NOT_BILLED), ({"is_answered": False}, UNFINISHED)],
    ids=["not billed", "unfinished"],
)
def test_pages_of_the_index_are_everything_once(
    given: dict[str, bool], states: frozenset[RecordState], limit: int
) -> None:
    sold = selling(shards=1, **given)

    found = pages(sold.house, RecordFilter(states=states), limit)

    rows = [one for page in found for one in page]
    assert sorted(one.record for one in rows) == sorted(map(str, sold.keys))
    assert [one.hour for one in rows] == sorted((one.hour for one in rows), reverse=True)


def test_a_reason_is_shown_of_what_is_not_billed_and_found_of_all(books: Books) -> None:
    books.restate(books.keys.metered, reason=Reason.OWN_DUPLICATE)

    (found,) = listing(books.house, RecordFilter(reason=Reason.OWN_DUPLICATE)).records

    assert (found.record, found.reason) == (str(books.keys.metered), None)
    file_days(books.house)
    own = RecordFilter(books.keys.metered.subscription, reason=Reason.OWN_DUPLICATE)
    assert listing(books.house, own).records == (found,)


def test_nothing_that_was_carried_nowhere_is_no_record(books: Books) -> None:
    books.refreeze(books.keys.carried, quantity=Decimal(0))
    books.refreeze(books.keys.rejected, quantity=Decimal(0))

    assert str(books.keys.carried) not in names(listing(books.house))
    assert str(books.keys.rejected) in names(listing(books.house))
    assert listing(books.house, FILTERS["rejected"]).records == ()


@pytest.mark.parametrize("is_filed", [False, True], ids=["not filed", "filed"])
def test_what_somebody_settled_is_shown_as_such_but_not_to_who_asks_for_what_is_left(
    books: Books, *, is_filed: bool
) -> None:
    if is_filed:
        file_days(books.house)
    key = books.keys.rejected
    by = Operator("arn:aws:iam::111122223333:user/olga", "Olga")
    books.restate(key, settlement=Settlement(SettledAs.WRITTEN_OFF, "goodwill", None, by, NOON))
    own = RecordFilter(key.subscription)

    for wanted in (RecordFilter(first_at=NOON, last_at=NOON), own):
        (found,) = (one for one in listing(books.house, wanted).records if one.record == str(key))
        assert (found.state, found.settled_as) == ("REJECTED", "written_off")
    for wanted in (FILTERS["rejected"], replace(own, states=FILTERS["rejected"].states)):
        assert str(key) not in names(listing(books.house, wanted))
    others = listing(books.house, RecordFilter(books.keys.disputed.subscription)).records
    assert [one.settled_as for one in others] == [None]


def test_without_hours_the_last_month_is_shown_but_all_that_was_not_billed(books: Books) -> None:
    file_days(books.house)
    books.house.clock.move_to(NOON + timedelta(days=60))

    assert names(listing(books.house)) == []
    assert names(listing(books.house, FILTERS["rejected"])) == [
        *map(str, (books.keys.held, books.keys.rejected))
    ]
    everything = listing(books.house, RecordFilter(first_at=day_of(NOON)))
    assert str(books.keys.metered) in names(everything)
    assert (everything.first_hour, everything.last_hour) == ("2026-11-18T00", "2027-01-17T13")
    assert listing(books.house, FILTERS["rejected"]).first_hour is None


@pytest.mark.parametrize(
    ("after", "subscription"),
    [
        ("nonsense", None),
        ("2026-11-18T12", None),
        ("2026-11-18T12/00|api_calls", None),
        ("2026-11-18T12/00/abc/01", "license#l-1"),
        ("2026-11-18T99/~", None),
    ],
)
def test_a_wrong_place_to_go_on_is_refused(after: str, subscription: str | None) -> None:
    house = Meterhouse()
    wanted = replace(
        ALL, subscription=None if subscription is None else SubscriptionKey(subscription)
    )

    with pytest.raises(OperationError, match="not where a list with these filters ended"):
        listing(house, wanted, after=after)


def test_a_list_of_nothing_says_so() -> None:
    answer = listing(Meterhouse())

    assert answer.records == ()
    assert "There is no such record." in next(answer.sentences)
