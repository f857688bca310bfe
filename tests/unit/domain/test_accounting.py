"""Accounting: books that balance, and planted differences that do not go unnoticed."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from meterhouse.domain.accounting import Balance, Standing, balance_account
from meterhouse.domain.journal import PageKind
from meterhouse.domain.lifecycle import RecordState
from meterhouse.domain.records import MeteringRecord
from tests.unit.domain.builders import HOUR, KEY, NOON_AT, page_of, record_in

ONE_AT, TWO_AT, THREE_AT = (NOON_AT + hour * HOUR for hour in (1, 2, 3))


def books() -> list[MeteringRecord]:
    """Return four hours in which everything happened that moves units from hour to hour."""
    metered = record_in(
        RecordState.METERED,
        page_of(("a", "1.5"), ("b", 2), ("a", "1.5")),
        page_of(("late", 4), kind=PageKind.LATE),
        units="3.5",
    )
    carried = record_in(
        RecordState.CARRIED,
        page_of(("c", 8), from_hour_at=ONE_AT),
        key=KEY._replace(hour_at=ONE_AT),
        units=8,
    )
    cut = record_in(
        RecordState.METERED,
        page_of(("d", "9999999999"), ("e", 16), from_hour_at=TWO_AT),
        key=KEY._replace(hour_at=TWO_AT),
        units="9999999999.999999",
        rest_units="15.000001",
    )
    current = record_in(
        RecordState.OPEN,
        page_of(("f", 32), from_hour_at=THREE_AT),
        page_of(("late", 4), kind=PageKind.CARRIED_EVENTS),
        page_of(("carried_record/0", 8), kind=PageKind.CARRIED_RECORD, from_hour_at=ONE_AT),
        page_of(("carried_rest/0", "15.000001"), kind=PageKind.CARRIED_REST, from_hour_at=TWO_AT),
        key=KEY._replace(hour_at=THREE_AT),
    )
    return [metered, carried, cut, current]


def balance(records: list[MeteringRecord]) -> Balance:
    return balance_account(KEY.account, records)


def test_books_in_which_everything_happened_balance_to_the_last_decimal() -> None:
    found = balance(books())

    assert found.is_exact
    assert found.difference == found.carry_difference == 0
    assert found.carried_out == found.carried_in == Decimal("27.000001")
    assert found.standings[Standing.METERED] == Decimal("10000000003.499999")
    assert found.standings[Standing.PENDING] == Decimal("59.000001")


def test_an_account_without_records_balances() -> None:
    assert balance([]).is_exact


@pytest.mark.parametrize(
    ("state", "reason", "standing"),
    [
        (RecordState.OPEN, None, Standing.PENDING),
        (RecordState.OPEN, "subscription_unknown", Standing.HELD),
        (RecordState.SEALED, None, Standing.PENDING),
        (RecordState.SEALED, "CustomerNotSubscribed", Standing.HELD),
        (RecordState.SUBMITTING, None, Standing.PENDING),
        (RecordState.METERED, None, Standing.METERED),
        (RecordState.METERED, "duplicate_of_own_send", Standing.METERED),
        (RecordState.REJECTED, "InvalidLicenseException", Standing.REJECTED),
        (RecordState.DISPUTED, "DuplicateRecord", Standing.DISPUTED),
        (RecordState.EXPIRED, "deadline", Standing.EXPIRED),
        (RecordState.CARRIED, "deadline", Standing.CARRIED),
    ],
)
def test_every_state_has_its_place_in_the_balance(
    state: RecordState, reason: str | None, standing: Standing
) -> None:
    record = record_in(state, page_of(("a", 7)), reason=reason)

    found = balance([record])

    assert found.difference == 0
    assert {place: units for place, units in found.standings.items() if units} == {standing: 7}


def with_record(position: int, change: Callable[[MeteringRecord], MeteringRecord]) -> Balance:
    records = books()
    records[position] = change(records[position])
    return balance(records)


def without_page(kind: PageKind) -> Callable[[MeteringRecord], MeteringRecord]:
    return lambda record: replace(
        record, pages=tuple(page for page in record.pages if page.kind is not kind)
    )


@pytest.mark.parametrize(
    ("position", "change", "difference", "carry_difference"),
    [
        (0, lambda record: replace(record, units=Decimal("3.499999")), "0.000001", "0"),
        (0, lambda record: replace(record, units=Decimal("3.500001")), "-0.000001", "0"),
        (0, without_page(PageKind.HOME), "-3.5", "0"),
        (0, without_page(PageKind.LATE), "0", "-4"),
        (1, lambda record: replace(record, units=Decimal(9)), "-1", "1"),
        (2, lambda record: replace(record, rest_units=Decimal(15)), "0.000001", "-0.000001"),
        (3, without_page(PageKind.CARRIED_EVENTS), "0", "4"),
        (3, without_page(PageKind.CARRIED_RECORD), "0", "8"),
        (3, without_page(PageKind.CARRIED_REST), "0", "15.000001"),
    ],
)
def test_a_planted_difference_is_found(
    position: int,
    change: Callable[[MeteringRecord], MeteringRecord],
    difference: str,
    carry_difference: str,
) -> None:
    found = with_record(position, change)

    assert not found.is_exact
    assert found.difference == Decimal(difference)
    assert found.carry_difference == Decimal(carry_difference)


@pytest.mark.parametrize("position", [1, 3])
def test_a_record_that_disappears_is_found(position: int) -> None:
    records = books()
    del records[position]

    assert not balance(records).is_exact


def test_usage_carried_twice_is_found() -> None:
    again = page_of(("late", 4), kind=PageKind.CARRIED_EVENTS)
    later = record_in(
        RecordState.OPEN, again, key=KEY._replace(hour_at=THREE_AT + HOUR), due_at=THREE_AT
    )

    assert balance([*books(), later]).carry_difference == -4


def test_usage_that_came_from_before_the_period_is_no_difference() -> None:
    records = [record for record in books() if record.key.hour_at >= TWO_AT]

    assert balance_account(KEY.account, records, since=TWO_AT).is_exact
    assert not balance_account(KEY.account, records).is_exact
