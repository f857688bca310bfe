"""`statement`: a month adds up to the last decimal, and says where carried usage came from."""

import html
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from meterhouse.adapters.usage_table.layout import Layout
from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.hours import format_hour
from meterhouse.domain.journal.head import Head
from meterhouse.domain.quantity import format_quantity
from meterhouse.ports.ledger import Due
from operations import monthly_usage
from operations.answers import Unreadable
from operations.careful_ledger import Noted, Part
from operations.errors import OperationError
from operations.findings import Fault, FaultKind
from operations.monthly_usage import NUMBERS, PARTS, ReadMonth, StatementRow, add_up
from operations.statement import StatementAnswer, draw_rows, draw_statement, read_statement
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.operations.books import Books
from tests.unit.operations.lives import live_on_a_contract
from tests.unit.operations.record_lists import file_days
from tests.unit.use_cases.billing.test_late_usage_of_strangers import late_stranger
from tests.unit.use_cases.billing.test_settling import (
    invoiced,
    ledger_of,
    settle,
    written_off,
)

MONTH = (datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 30, tzinfo=UTC))


def month_of(books: Books, subscription: str) -> tuple[StatementRow, ...]:
    return ReadMonth(books.ledger, 1)(subscription, MONTH).rows  # type: ignore[arg-type]


def test_each_hour_says_what_is_billed_and_where_the_rest_went(books: Books) -> None:
    key = books.keys.metered
    rows = month_of(books, key.subscription)

    hours = {row.hour: row for row in rows}
    noon = hours[format_hour(key.hour_at)]
    assert (noon.used, noon.billed, noon.carried_out) == (
        Decimal("101.000001"),
        Decimal("100.000001"),
        Decimal(1),
    )
    assert noon.carried_to == (format_hour(books.keys.next_log.hour_at),)
    later = hours[format_hour(books.keys.next_log.hour_at)]
    assert later.carried_from == (noon.hour,)


def test_what_is_used_stands_somewhere_in_every_row_and_in_the_totals(books: Books) -> None:
    keys = (getattr(books.keys, name) for name in ("metered", "rejected", "large"))
    rows = [row for key in keys for row in month_of(books, key.subscription)]
    assert rows

    for row in (*rows, *add_up(rows)):
        assert row.used == sum(getattr(row, name) for name in {*NUMBERS} - {"used", *PARTS})
    totals = [*add_up(rows)]
    assert sum(one.used for one in totals) == sum(one.used for one in rows)
    balances = {str(one.meter.subscription): one.balance for one in books.audit().statements}
    for total in totals:
        standings = balances[total.subscription].standings
        assert total.billed == standings[Standing.METERED]
        assert total.rejected == standings[Standing.REJECTED]
        assert total.carried_out == standings[Standing.CARRIED]


def test_usage_that_waits_in_an_open_hour_makes_the_month_unsettled(books: Books) -> None:
    read = ReadMonth(books.ledger, 1)(books.keys.carried.subscription, MONTH)

    assert [(row.carried_out, row.carried_to) for row in read.rows] == [
        (Decimal(5), (format_hour(books.keys.last_log.hour_at),))
    ]
    assert format_hour(books.keys.last_log.hour_at) in read.unsettled


def test_what_a_person_settled_is_a_part_of_what_was_not_billed() -> None:
    house = Meterhouse()
    stranger = late_stranger(house)
    key = house.key(stranger)

    def row() -> StatementRow:
        [found] = ReadMonth(ledger_of(house), 1)(key.subscription, MONTH).rows
        return found

    def units(of: StatementRow) -> str:
        return " ".join(map(format_quantity, (of.rejected, of.billed_elsewhere, of.written_off)))

    settle(house, key, invoiced(house))
    assert units(row()) == "7 7 0"
    house.drain(house.event(stranger, "later", quantity=2))
    settle(house, key, written_off(house))
    house.drain(house.event(stranger, "last", quantity=1))
    assert units(row()) == "10 7 2"
    [total] = add_up([row(), row()])
    assert units(total) == "20 14 4"


def test_a_month_before_holds_nothing(books: Books) -> None:
    october = (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 31, tzinfo=UTC))
    month = ReadMonth(books.ledger, 1)(books.keys.metered.subscription, october)
    assert (month.rows, month.unsettled) == ((), ())


def test_the_page_shows_every_digit_and_escapes_names() -> None:
    row = StatementRow("<script>", "2026-11-22T18", "a&b", used=Decimal("0.000001"))
    answer = StatementAnswer(month="2026-11", rows=(row,), totals=(*add_up([row]),), unsettled=())

    page = draw_statement(answer)

    assert "<script>" not in page
    assert html.escape("<script>") in page
    assert "a&amp;b" in page
    assert page.count("0.000001") == 2


@pytest.mark.parametrize("is_filed", [False, True], ids=["not filed", "filed"])
def test_what_a_contract_includes_stands_beside_what_is_billed(*, is_filed: bool) -> None:
    house = Meterhouse()
    keys = live_on_a_contract(house)
    if is_filed:
        file_days(house)

    rows = ReadMonth(ledger_of(house), 1)(keys.within.subscription, MONTH).rows

    assert [(row.used, row.included, row.billed) for row in rows] == [
        (Decimal(60), Decimal(60), Decimal(0)),
        (Decimal("70.5"), Decimal(40), Decimal("30.5")),
    ]
    [total] = add_up(rows)
    answer = StatementAnswer(month="2026-11", rows=rows, totals=(total,), unsettled=())
    assert (total.used, total.included + total.billed) == (Decimal("130.5"), Decimal("130.5"))
    assert not [*answer.warnings], "nothing of it waits"
    for said in (" ".join(answer.sentences), draw_statement(answer), draw_rows(answer)):
        assert "included" in said


def test_a_statement_says_that_it_is_not_final() -> None:
    row = StatementRow("a", "2026-11-22T18", "d", used=Decimal(1), pending=Decimal(1))
    answer = StatementAnswer(
        month="2026-11", rows=(row,), totals=(*add_up([row]),), unsettled=("2026-11-22T19",)
    )
    assert [one.split(":")[0] for one in answer.warnings] == ["Not final", "Not final"]
    final = StatementAnswer(month="2026-11", rows=(), totals=(), unsettled=())
    assert [*final.warnings] == []


class CountingLedger(InMemoryLedger):
    """Counts how often heads and the index are read."""

    reads: Counter[str]

    def heads_between(self, first_at: datetime, last_at: datetime) -> Iterator[Head]:
        self.reads[f"heads from {first_at:%d}"] += 1
        return super().heads_between(first_at, last_at)

    def due(self, *, now: datetime | None, count_max: int) -> list[Due]:
        self.reads["index"] += 1
        return super().due(now=now, count_max=count_max)


@pytest.mark.parametrize("is_filed", [False, True], ids=["not filed", "filed"])
def test_where_usage_came_from_is_known_beyond_the_month(books: Books, *, is_filed: bool) -> None:
    # As if the month had begun between the hours.
    days = (MONTH[0].replace(day=19), MONTH[1])
    if is_filed:
        file_days(books.house)
    else:
        books.house.clock.move_to(NOON + 26.5 * HOUR)
        books.house.reconcile()
    assert is_filed != any(one.due_at for one in books.ledger.stored_heads.values())

    rows = ReadMonth(books.ledger, 1)(books.keys.carried.subscription, days).rows

    assert [(row.hour, row.used, row.carried_from) for row in rows] == [
        ("2026-11-19T13", Decimal(5), (format_hour(books.keys.carried.hour_at),))
    ]


def test_what_is_everybodys_is_read_once_for_all(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = CountingLedger()
    vars(ledger).update(vars(books.ledger), reads=Counter())
    read = ReadMonth(ledger, 1)
    names = (books.keys.metered.subscription, books.keys.rejected.subscription)
    found = [read(one, MONTH) for one in names]

    assert ledger.reads == {"heads from 01": 1, "index": 1}
    assert found == [ReadMonth(books.ledger, 1)(one, MONTH) for one in names]
    monkeypatch.setattr(monthly_usage, "ENTRIES_MAX", 1)
    days = (MONTH[0].replace(day=19), MONTH[1])
    again = ReadMonth(ledger, 1)(books.keys.metered.subscription, days)
    assert again == ReadMonth(books.ledger, 1)(books.keys.metered.subscription, days)
    assert ledger.reads["heads from 18"] == 1, "too much is due to be of use"


@pytest.mark.parametrize(
    ("noted", "unreadable", "said"),
    [
        ("2026-11-18T12#00", (), "2026-11-18T12#00; `balance` names all of it"),
        ("", ("license#l-1",), "license#l-1; `subscriptions list` names all of it"),
    ],
)
def test_what_cannot_be_read_is_named_and_who_names_all_of_it(
    books: Books, noted: str, unreadable: tuple[str, ...], said: str
) -> None:
    ledger: Any = books.ledger
    ledger.layout = lambda: Layout(1, "usage")
    fault = Fault(noted, FaultKind.UNREADABLE, "half a name")
    ledger.noted = [Noted(None, Part.HEAD, fault)] if noted else []
    shelf: Any = SimpleNamespace(unreadable=[Unreadable(one, "why") for one in unreadable])

    with pytest.raises(OperationError) as caught:
        read_statement(ledger, shelf, books.keys.metered.subscription, MONTH)

    assert str(caught.value) == f"this cannot be read: {said}"
